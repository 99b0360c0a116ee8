"""Values and gradients against relume's NumPy functions in float64, whose errors are 2 ULP at most."""

import faults
import ml_dtypes
import numpy as np
import pytest
from backends import at_ordinary_points, evaluate, every_case, ours, rounded

import relume


@pytest.mark.parametrize(
    ("dtype", "mode"), [(np.float32, "at once"), (np.float32, "compiled"), (np.float64, "at once")]
)
@every_case
def test_errors_are_within_the_limits(name, parameters, dtype, mode):
    x, y, dx = at_ordinary_points(name, parameters, dtype, mode)
    assert y.dtype == dx.dtype == dtype
    assert faults.at_ordinary_points(name, parameters, x, y, dx) is None


@every_case
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16], ids=["float16", "bfloat16"])
def test_narrow_types_are_rounded_once(name, parameters, dtype):
    x = np.random.default_rng(25).normal(0, 3, 6000).astype(dtype)
    y, dx = evaluate(ours(name, parameters), x)
    assert y.dtype == dx.dtype == dtype
    exact = getattr(relume, name)(x.astype(np.float64), **rounded(name, parameters, dtype))
    half_a_unit = np.spacing(np.abs(exact).astype(dtype)).astype(np.float64) / 2
    assert np.all(np.abs(y.astype(np.float64) - exact) <= 1.01 * half_a_unit + faults.LOST[np.float32])
