"""Functions of more than one element, against relume's NumPy functions."""

import keras
import numpy as np
import pytest
from backends import BACKEND, evaluate, every_mode, ours

import relume
import relume.keras

ROWS = ["softmax", "log_softmax", "sparsemax"]
GATED = ["glu", "reglu", "geglu", "swiglu", "crelu"]


def inputs():
    """Ordinary numbers, and ties."""
    random = np.random.default_rng(22)
    ties = random.integers(-2, 3, (2, 4, 8))
    return np.concatenate([random.normal(0, 2, (2, 4, 8)), ties / 2, ties * 40]).astype(np.float32)


def weighted(function, axis, weights):
    """The gradient of a sum tells nothing of rows whose sum is 1."""
    weights = keras.ops.convert_to_tensor(weights)
    return lambda x: function(x, axis=axis) * weights


@every_mode
@pytest.mark.parametrize("axis", [-1, 1, 0])
@pytest.mark.parametrize("name", [*ROWS, *GATED])
def test_values_and_gradients(name, axis, mode):
    x = inputs()
    if name not in ROWS:
        # Where relume has the derivative from the right, ours is that of Keras.
        x = np.where(x == 0, np.float32(0.25), x)
    wide = x.astype(np.float64)
    value = getattr(relume, name)(wide, axis=axis)
    weights = np.random.default_rng(23).normal(0, 1, value.shape).astype(np.float32)
    y, dx = evaluate(weighted(getattr(relume.keras, name), axis, weights), x, mode)
    np.testing.assert_allclose(y, value * weights, rtol=2e-5, atol=2e-6)
    exact = getattr(relume.backward, name)(wide, weights.astype(np.float64), axis=axis)
    np.testing.assert_allclose(dx, exact, rtol=2e-5, atol=1e-5)


def test_a_row_with_nan_is_nan():
    # Some backends' largest of a row passes over NaN, or not, by where it stands.
    x = np.tile(np.linspace(0, 1, 9, dtype=np.float32), (10, 1))
    x[range(9), range(9)] = np.nan
    for name in ROWS:
        y, _ = evaluate(ours(name, {}), x)
        assert np.isnan(y[:9]).all() and np.isfinite(y[9]).all(), name


def test_a_gradient_at_a_corner_of_crelu_is_that_of_the_first_half():
    weights = np.array([3, 5], np.float32)
    y, dx = evaluate(weighted(relume.keras.crelu, -1, weights), np.zeros((1, 1), np.float32))
    assert y.tolist() == [[0, 0]] and dx.tolist() == [[3]]


def test_sparsemax_of_keras_is_wrong_where_several_remain():
    x = np.array([[1.0, 1.0, 1.0, 0.0]], np.float32)
    y, _ = evaluate(ours("sparsemax", {}), x)
    np.testing.assert_allclose(y, [[1 / 3, 1 / 3, 1 / 3, 0]], rtol=1e-6)
    theirs, _ = evaluate(keras.activations.sparsemax, x)
    if np.allclose(theirs, y):
        pytest.skip(f"Keras {keras.__version__} on {BACKEND} is right here")


@every_mode
def test_prelu_and_the_gradient_of_its_slopes(mode):
    random = np.random.default_rng(24)
    x, dy = random.normal(0, 1, (2, 2, 5, 3))
    x = x.astype(np.float32)
    slopes = np.array([0.5, 0.25, -1.0], np.float32)
    expected, expected_slopes = relume.backward.prelu(x.astype(np.float64), dy, slopes, axis=-1)
    inputs, weights, given = map(keras.ops.convert_to_tensor, (x, dy.astype(np.float32), slopes))
    y, dx = evaluate(lambda x: relume.keras.prelu(x, given) * weights, x, mode)
    np.testing.assert_allclose(y, relume.prelu(x, slopes, axis=-1) * dy, rtol=1e-6)
    np.testing.assert_allclose(dx, expected, rtol=1e-6)
    _, dslopes = evaluate(lambda slopes: relume.keras.prelu(inputs, slopes) * weights, slopes, mode)
    np.testing.assert_allclose(dslopes, expected_slopes, rtol=1e-5)


@pytest.mark.parametrize("name", GATED[:4])
def test_what_cannot_be_halved(name):
    with pytest.raises(ValueError, match="axis 1 has 3 elements"):
        getattr(relume.keras, name)(np.zeros((2, 3), np.float32), axis=1)
