"""Values, derivatives and backward products against mpmath.

The formulas are those of the testkit's independent reference, of which the catalogue has one per function.
"""

import importlib.util
import pathlib

import numpy as np
import pytest
from conftest import CATALOGUE
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import diff, mp, mpf

import relume

REFERENCE = pathlib.Path(__file__).parents[2] / "relume-testkit" / "reference" / "generate.py"
spec = importlib.util.spec_from_file_location("reference", REFERENCE)
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

DEFINITIONS = {definition.name: definition for definition in CATALOGUE}

# Below, every function that decays has underflowed in float64; test_limits.py goes on from there.
REACH = 750


def settled(examples):
    return settings(max_examples=examples, deadline=None, derandomize=True)


def bound(name, dtype):
    """The largest error that is promised, in units in the last place; float16 is rounded twice."""
    single, double = DEFINITIONS[name].error_bound
    return {np.float16: 0.501, np.float32: single, np.float64: double}[dtype]


def errors(values, exact, dtype):
    """In units in the last place of the exact value."""
    for value, true in zip(values, exact, strict=True):
        unit = mpf(float(np.spacing(np.abs(dtype(float(true))))))
        yield float(abs(mpf(float(value)) - true) / unit)


def inputs(dtype):
    width = np.dtype(dtype).itemsize * 8
    return st.lists(st.floats(-REACH, REACH, width=width), min_size=1, max_size=40)


def exact_value(name, parameters, x):
    mp.prec = 4000
    return reference.FUNCTIONS[name](mpf(float(x)), **parameters)


def exact_slope(name, parameters, x):
    mp.prec = 12000
    return diff(lambda t: reference.FUNCTIONS[name](t, **parameters), mpf(float(x)), h=mpf(2) ** -4000)


def parameters_of(name, dtype):
    """Parameters are rounded to the type of the elements."""
    for parameters in reference.PARAMETERS.get(name, [{}]):
        rounded = {key: mpf(float(dtype(value))) for key, value in parameters.items()}
        yield {relume._functions.python_name(key): value for key, value in parameters.items()}, rounded


def test_the_reference_has_every_function(name):
    assert name in reference.FUNCTIONS


@settled(30)
@given(data=st.data())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_values(name, dtype, data):
    x = np.array(data.draw(inputs(dtype)), dtype)
    for given_, rounded in parameters_of(name, dtype):
        y = getattr(relume, name)(x, **given_)
        assert y.dtype == dtype
        exact = [exact_value(name, rounded, x) for x in x]
        assert max(errors(y, exact, dtype)) <= bound(name, dtype)


@settled(4)
@given(data=st.data())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_derivatives(name, dtype, data):
    kinks = [dtype(kink.at) for kink in DEFINITIONS[name].kinks]
    x = np.array([x for x in data.draw(inputs(dtype)) if x not in kinks and x != 0], dtype)[:8]
    for given_, rounded in parameters_of(name, dtype):
        exact = [exact_slope(name, rounded, x) for x in x]
        slopes = getattr(relume.derivative, name)(x, **given_)
        assert max(errors(slopes, exact, dtype), default=0) <= bound(name, dtype)
        dx = getattr(relume.backward, name)(x, dtype(0.75), **given_)
        assert dx.dtype == dtype
        assert max(errors(dx, [slope * 0.75 for slope in exact], dtype), default=0) <= bound(name, dtype)
