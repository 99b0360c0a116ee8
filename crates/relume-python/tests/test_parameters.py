"""Parameters: names, defaults, broadcasting, values that make no sense."""

import inspect

import numpy as np
import pytest

import relume
from conftest import CATALOGUE

WITH_PARAMETERS = [definition for definition in CATALOGUE if definition.parameters]


def leaky(x, slope):
    return np.where(x < 0, x * slope, x)


def test_by_name_by_place_and_by_default():
    x = np.linspace(-2, 2, 9)
    np.testing.assert_array_equal(relume.leaky_relu(x), leaky(x, 0.01))
    np.testing.assert_array_equal(relume.leaky_relu(x, 0.5), leaky(x, 0.5))
    np.testing.assert_array_equal(relume.leaky_relu(x, slope=0.5), leaky(x, 0.5))
    np.testing.assert_array_equal(relume.backward.leaky_relu(x, 2.0, slope=0.5), np.where(x < 0, 1.0, 2.0))


@pytest.mark.parametrize("definition", WITH_PARAMETERS, ids=lambda definition: definition.name)
def test_signatures_state_the_defaults_of_the_catalogue(definition):
    for module in (relume, relume.derivative, relume.backward):
        known = inspect.signature(getattr(module, definition.name)).parameters
        for parameter in definition.parameters:
            assert known[relume._functions.python_name(parameter.name)].default == parameter.default


def test_per_channel_slopes_broadcast(dtype):
    generator = np.random.default_rng(1)
    x = generator.normal(size=(3, 4, 50)).astype(dtype)
    slope = np.array([0.5, 0.25, 0.125, -2], dtype)
    np.testing.assert_array_equal(relume.leaky_relu(x, slope[:, None]), leaky(x, slope[:, None]))
    last = np.moveaxis(x, 1, 2)
    for channels_last in (last, np.ascontiguousarray(last)):
        np.testing.assert_array_equal(relume.leaky_relu(channels_last, slope), leaky(channels_last, slope))
    np.testing.assert_array_equal(
        relume.backward.leaky_relu(x, x, slope[:, None]), np.where(x < 0, x * slope[:, None], x)
    )


def test_a_parameter_for_each_element():
    generator = np.random.default_rng(2)
    x, alpha = generator.normal(size=1000), generator.uniform(0.1, 3, 1000)
    one_by_one = [relume.elu(x, alpha=alpha) for x, alpha in zip(x.tolist(), alpha.tolist(), strict=True)]
    np.testing.assert_array_equal(relume.elu(x, alpha=alpha), one_by_one)


def test_the_parameter_takes_part_in_the_choice_of_the_type():
    x = np.ones(3, np.float32)
    assert relume.elu(x, 0.5).dtype == np.float32
    assert relume.elu(x, np.float64(0.5)).dtype == np.float64
    assert relume.elu(np.ones(3, np.float16), alpha=0.5).dtype == np.float16


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0, -1.0, 1e300])
def test_numbers_out_of_the_domain_are_errors(value):
    with pytest.raises(ValueError, match="celu.*alpha"):
        relume.celu(1.0, alpha=value)


def test_values_out_of_the_domain_in_arrays_give_nan():
    y = relume.celu(np.array([-1.0, 1.0, 1.0, 1.0]), alpha=np.array([1.0, -1.0, np.nan, 2.0]))
    np.testing.assert_array_equal(np.isnan(y), [False, True, True, False])
    np.testing.assert_array_equal(np.isnan(relume.celu(np.ones(600), np.full(1, -1.0))), True)


@pytest.mark.parametrize("module", [relume, relume.derivative, relume.backward])
def test_wrong_arguments_are_type_errors_that_name_the_function(module):
    inputs = (1.0, 1.0) if module is relume.backward else (1.0,)
    for arguments, options in [
        (inputs, {"slop": 0.1}),
        ((*inputs, 0.1), {"slope": 0.1}),
        ((*inputs, "steep"), {}),
        ((*inputs, 1j), {}),
        ((*inputs, None), {}),
        ((*inputs, 0.1, 0.2), {}),
        ((), {}),
    ]:
        with pytest.raises(TypeError, match="leaky_relu"):
            module.leaky_relu(*arguments, **options)
