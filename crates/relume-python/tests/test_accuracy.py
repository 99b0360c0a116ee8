"""Values, derivatives and backward products against mpmath.

The formulas are those of the testkit's independent reference, of which the catalogue has one per function.
"""

import importlib.util
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import diff, mp, mpf

import relume
from conftest import CATALOGUE

REFERENCE = pathlib.Path(__file__).parents[2] / "relume-testkit" / "reference" / "generate.py"
spec = importlib.util.spec_from_file_location("reference", REFERENCE)
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

DEFINITIONS = {definition.name: definition for definition in CATALOGUE}

# Bits that are enough for values on [-750, 750], where e^x loses 1082 of them, and for differences on [-80, 80].
VALUE_REACH, VALUE_BITS = 750, 3000
SLOPE_REACH, SLOPE_BITS = 80, 1500


def settled(examples):
    return settings(max_examples=examples, deadline=None, derandomize=True)


def bound(name, dtype):
    """The largest error that is promised, in units in the last place; float16 is rounded twice."""
    single, double = DEFINITIONS[name].error_bound
    return {np.float16: 0.501, np.float32: single, np.float64: double}[dtype]


def errors(values, exact, dtype):
    """In units in the last place of the exact value."""
    with np.errstate(under="ignore"):
        units = np.spacing(np.abs(np.array([float(true) for true in exact]).astype(dtype)))
    for value, true, unit in zip(values, exact, units, strict=True):
        yield float(abs(mpf(float(value)) - true) / mpf(float(unit)))


def inputs(dtype, reach, most):
    width = np.dtype(dtype).itemsize * 8
    return st.lists(st.floats(-reach, reach, width=width), min_size=1, max_size=most)


def exact_value(name, parameters, x):
    mp.prec = VALUE_BITS
    return reference.FUNCTIONS[name](mpf(float(x)), **parameters)


def exact_slope(name, parameters, x):
    """From the right, as at kinks."""
    mp.prec = SLOPE_BITS
    h = mpf(2) ** (-SLOPE_BITS // 3)
    return diff(lambda t: reference.FUNCTIONS[name](t, **parameters), mpf(float(x)), h=h, direction=1)


def parameters_of(name, dtype):
    """Parameters are rounded to the type of the elements."""
    for parameters in reference.PARAMETERS.get(name, [{}]):
        rounded = {key: mpf(float(dtype(value))) for key, value in parameters.items()}
        yield {relume._functions.python_name(key): value for key, value in parameters.items()}, rounded


def test_the_reference_has_every_function(name):
    assert name in reference.FUNCTIONS


@settled(15)
@given(data=st.data())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_values(name, dtype, data):
    x = np.array(data.draw(inputs(dtype, VALUE_REACH, 20)), dtype)
    for given_, rounded in parameters_of(name, dtype):
        y = getattr(relume, name)(x, **given_)
        assert y.dtype == dtype
        exact = [exact_value(name, rounded, x) for x in x]
        assert max(errors(y, exact, dtype)) <= bound(name, dtype)


@settled(10)
@given(data=st.data())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_derivatives(name, dtype, data):
    x = np.array(data.draw(inputs(dtype, SLOPE_REACH, 8)), dtype)
    for given_, rounded in parameters_of(name, dtype):
        exact = [exact_slope(name, rounded, x) for x in x]
        slopes = getattr(relume.derivative, name)(x, **given_)
        assert max(errors(slopes, exact, dtype), default=0) <= bound(name, dtype)
        dx = getattr(relume.backward, name)(x, dtype(0.75), **given_)
        assert dx.dtype == dtype
        assert max(errors(dx, [slope * 0.75 for slope in exact], dtype), default=0) <= bound(name, dtype)
