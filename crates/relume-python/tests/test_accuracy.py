"""Values, derivatives and backward products against mpmath."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import diff, mp, mpf

import reference
import relume
from conftest import CATALOGUE

DEFINITIONS = {definition.name: definition for definition in CATALOGUE}

# How far values are tested, to where the functions have underflowed, and the bits for that: e^x loses 1082 of them at
# -750, its square twice as many.
REACH = {np.float16: 40, np.float32: 110, np.float64: 750}
VALUE_BITS = {np.float16: 300, np.float32: 500, np.float64: 2400}

# Derivatives are differences over a step that is small against every input that is tested.
SLOPE_REACH, SLOPE_BITS, STEP, LEAST = 40, 700, mpf(2) ** -233, 2.0**-149


def settled(examples):
    return settings(max_examples=examples, deadline=None, derandomize=True)


def bound(name, dtype):
    """The largest error that is promised, in units in the last place; float16 is rounded twice."""
    single, double = DEFINITIONS[name].elementwise.error_bound
    return {np.float16: 0.501, np.float32: single, np.float64: double}[dtype]


def errors(values, exact, dtype):
    """In units in the last place of the exact value."""
    with np.errstate(over="ignore", under="ignore"):
        nearest = np.array([float(true) for true in exact]).astype(dtype)
        units = np.spacing(np.abs(nearest), where=np.isfinite(nearest), out=np.ones_like(nearest))
    for value, true, near, unit in zip(values, exact, nearest, units, strict=True):
        if np.isfinite(near):
            yield float(abs(mpf(float(value)) - true) / mpf(float(unit)))
        else:
            yield 0 if value == near else np.inf


def inputs(dtype, reach, most):
    width = np.dtype(dtype).itemsize * 8
    return st.lists(st.floats(-reach, reach, width=width), min_size=1, max_size=most)


def exact_value(name, parameters, x, bits):
    mp.prec = bits
    return reference.FUNCTIONS[name](mpf(float(x)), **parameters)


def exact_slope(name, parameters, x):
    """From the right, and beginning right of x: at x itself the function may jump, as hard_shrink does."""
    mp.prec = SLOPE_BITS
    return diff(lambda t: reference.FUNCTIONS[name](t, **parameters), mpf(float(x)) + STEP, h=STEP, direction=1)


def parameters_of(name, dtype):
    """Parameters are rounded to the type in which the function is computed."""
    computed = np.float32 if dtype is np.float16 else dtype
    for parameters in reference.PARAMETERS.get(name, [{}]):
        rounded = {key: mpf(float(computed(value))) for key, value in parameters.items()}
        yield {relume._functions.python_name(key): value for key, value in parameters.items()}, rounded


def test_the_reference_has_every_function(name):
    assert name in reference.FUNCTIONS


@settled(10)
@given(data=st.data())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_values(name, dtype, data):
    x = np.array(data.draw(inputs(dtype, REACH[dtype], 20)), dtype)
    for given_, rounded in parameters_of(name, dtype):
        y = getattr(relume, name)(x, **given_)
        assert y.dtype == dtype
        exact = [exact_value(name, rounded, x, VALUE_BITS[dtype]) for x in x]
        assert max(errors(y, exact, dtype)) <= bound(name, dtype)


@settled(6)
@given(data=st.data())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_derivatives(name, dtype, data):
    x = np.array([x for x in data.draw(inputs(dtype, SLOPE_REACH, 8)) if abs(x) >= LEAST], dtype)
    for given_, rounded in parameters_of(name, dtype):
        exact = [exact_slope(name, rounded, x) for x in x]
        slopes = getattr(relume.derivative, name)(x, **given_)
        assert max(errors(slopes, exact, dtype), default=0) <= bound(name, dtype)
        dx = getattr(relume.backward, name)(x, dtype(0.75), **given_)
        assert dx.dtype == dtype
        assert max(errors(dx, [slope * 0.75 for slope in exact], dtype), default=0) <= bound(name, dtype)
