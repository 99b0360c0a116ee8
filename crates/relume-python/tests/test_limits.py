"""Infinities, NaN, signed zeros, flat pieces, and the derivative at zero."""

import numpy as np
import pytest

import relume
from conftest import CATALOGUE

KINKED_AT_ZERO = [d.name for d in CATALOGUE if any(kink.at == 0 for kink in d.elementwise.kinks)]


def test_limits(name, dtype):
    definition = next(d for d in CATALOGUE if d.name == name)
    y = getattr(relume, name)(np.array([-np.inf, np.inf], dtype))
    np.testing.assert_array_equal(y, np.array(definition.elementwise.limits, dtype))


def test_nan_in_nan_out(unary, name, dtype):
    assert np.isnan(unary(dtype(np.nan)))
    assert np.isnan(getattr(relume.backward, name)(dtype(np.nan), dtype(1)))


def test_backward_is_the_product_with_the_derivative(name):
    # A power of two is a factor that rounds nothing.
    x = np.linspace(-9, 9, 1001)
    dx = getattr(relume.backward, name)(x, 0.5)
    np.testing.assert_array_equal(dx, 0.5 * getattr(relume.derivative, name)(x))


def test_nothing_comes_back_where_a_function_is_flat():
    for arriving in (np.nan, np.inf, -np.inf):
        assert relume.backward.relu(-1.0, arriving) == 0
        assert relume.backward.relu6(7.0, arriving) == 0


def test_relu_keeps_the_sign_of_zero():
    assert np.signbit(relume.relu(-0.0)) and not np.signbit(relume.relu(0.0))


def test_the_derivative_at_a_kink_is_the_one_from_the_right():
    np.testing.assert_array_equal(relume.derivative.relu([-0.0, 0.0]), [1, 1])


@pytest.mark.parametrize("name", KINKED_AT_ZERO)
@pytest.mark.parametrize("step", [1, 2])
def test_at_zero_chooses_the_derivative_there_and_nowhere_else(name, step, dtype):
    x = np.linspace(-3, 3, 1201, dtype=dtype)[::step]
    x[::7] = 0
    dy = np.linspace(1, 2, x.size, dtype=dtype)
    own = getattr(relume.derivative, name)(x)
    chosen = getattr(relume.derivative, name)(x, at_zero=0.25)
    np.testing.assert_array_equal(chosen, np.where(x == 0, dtype(0.25), own))
    dx = getattr(relume.backward, name)(x, dy, at_zero=0.25)
    np.testing.assert_array_equal(dx, np.where(x == 0, dtype(0.25) * dy, getattr(relume.backward, name)(x, dy)))


def test_at_zero_broadcasts():
    slopes = relume.derivative.relu(np.zeros((2, 3)), at_zero=np.array([0, 0.5, np.nan]))
    np.testing.assert_array_equal(slopes, [[0, 0.5, 1]] * 2)


def test_at_zero_of_nothing_lets_nothing_through():
    assert relume.backward.relu(0.0, np.nan, at_zero=0) == 0


def test_functions_without_a_kink_at_zero_take_no_choice():
    with pytest.raises(TypeError, match="tanh"):
        relume.derivative.tanh(0.0, at_zero=1)
