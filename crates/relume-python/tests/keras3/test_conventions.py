"""Kinks, odd values, and each framework's own functions."""

import csv
import pathlib

import faults
import keras
import numpy as np
import pytest
from backends import BACKEND, CATALOGUE, at_odd_points, evaluate, every_case, every_mode, ours

import relume
import relume.keras
from relume import _native
from relume._functions import python_name

REFERENCE = pathlib.Path(__file__).parents[3] / "relume-testkit" / "reference" / "keras.csv"


def test_every_function_has_a_formula():
    assert {definition.name for definition in _native.catalogue()} <= set(relume.keras.__all__)


def recorded():
    """The derivatives that Keras itself computed, at kinks and beside them."""
    with REFERENCE.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            yield row["activation"], float(row["x"]), float(row["derivative"])


@every_mode
def test_the_derivatives_at_kinks_are_those_of_keras(mode):
    tables = {}
    for text, x, slope in recorded():
        tables.setdefault(text, []).append((x, slope))
    assert len(tables) > 20
    longest = max(map(len, tables.values()))
    padded = np.array([table + table[:1] * (longest - len(table)) for table in tables.values()])
    x, expected = padded[..., 0].astype(np.float32), padded[..., 1]
    functions = [function_of(text) for text in tables]
    _, got = evaluate(lambda x: keras.ops.stack([function(x[i]) for i, function in enumerate(functions)]), x, mode)
    for text, x, got, expected in zip(tables, x, got, expected, strict=True):
        if text.startswith("celu"):
            # Keras adds the derivatives of both sides at 0, where there is no kink.
            expected[x == 0] = 1
        np.testing.assert_allclose(got, expected, rtol=3e-6, atol=1e-6, err_msg=text)


def function_of(text):
    activation = _native.Activation(text)
    return ours(activation.name, {python_name(key): value for key, value in activation.parameters})


@every_mode
@pytest.mark.parametrize("name", [name for name in CATALOGUE if not CATALOGUE[name].conventions])
def test_other_functions_have_the_derivative_from_the_right(name, mode):
    kinks = [kink.at for kink in CATALOGUE[name].elementwise.kinks]
    _, got = evaluate(ours(name, {}), np.array([0.0, *kinks], np.float32), mode)
    np.testing.assert_allclose(got, getattr(relume.derivative, name)([0.0, *kinks]), rtol=2e-7)


@every_mode
@every_case
def test_odd_values(name, parameters, mode):
    assert faults.at_odd_points(name, parameters, *at_odd_points(name, parameters, np.float32, mode)) is None


def peers():
    for name, definition in CATALOGUE.items():
        for convention in definition.conventions:
            module, _, own = convention.name.partition(".")
            if convention.framework == "Keras" and module == "activations":
                yield name, getattr(keras.activations, own)


ARGUMENTS = {"gelu": [False], "gelu_tanh": [True], "threshold": [0.0, 0.0]}


@pytest.mark.parametrize(("name", "own"), peers())
def test_results_are_those_of_keras(name, own):
    random = np.random.default_rng(21)
    x = random.normal(0, 2, 2000).astype(np.float32)
    for got, theirs in zip(
        evaluate(ours(name, {}), x), evaluate(lambda x: own(x, *ARGUMENTS.get(name, [])), x), strict=True
    ):
        np.testing.assert_allclose(got, theirs, rtol=2e-4, atol=5e-6)


def test_leaky_relu_is_that_of_keras():
    x = np.array([-3.0, -1e-3, 2.0], np.float32)
    for got, theirs in zip(
        evaluate(ours("leaky_relu", {"slope": 0.3}), x), evaluate(keras.layers.LeakyReLU(0.3), x), strict=True
    ):
        np.testing.assert_array_equal(got, theirs)


# What docs/keras.md says of Keras.
WRONG = [
    ("gelu", -np.inf),
    ("silu", -np.inf),
    ("mish", -np.inf),
    ("hard_silu", -np.inf),
    ("softsign", np.inf),
    ("squareplus", 1e30),
    ("tanh_shrink", 1e-3),
    ("gelu", -6.0),
    ("gelu_tanh", -6.0),
]


@pytest.mark.parametrize(("name", "x"), WRONG)
def test_where_keras_is_wrong_we_are_right(name, x):
    x = np.array([x], np.float32)
    exact = getattr(relume, name)(x.astype(np.float64))
    y, _ = evaluate(ours(name, {}), x)
    np.testing.assert_allclose(y, exact, rtol=1e-5)
    own = dict(peers())[name]
    theirs, _ = evaluate(lambda x: own(x, *ARGUMENTS.get(name, [])), x)
    if np.allclose(theirs, exact, rtol=1e-2, atol=0):
        pytest.skip(f"Keras {keras.__version__} on {BACKEND} is right here")


@pytest.mark.parametrize("name", CATALOGUE)
def test_whole_numbers_and_lists_become_floats(name):
    function = ours(name, {})
    expected = keras.ops.convert_to_numpy(function(np.array([-2.0, 0.0, 3.0], np.float32)))
    for x in (np.array([-2, 0, 3]), [-2.0, 0.0, 3.0], [-2, 0, 3]):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(function(x)), expected, rtol=1e-6)
