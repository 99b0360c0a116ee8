"""Values and gradients against relume's NumPy functions in float64, whose errors are 2 ULP at most."""

import ml_dtypes
import numpy as np
import pytest
from hosts import at_ordinary_points, evaluate, every_case, ours, rounded

import relume

# The largest errors of values and gradients, in units in the last place.
LIMITS = {
    "identity": (0, 0),
    "relu": (0, 0),
    "relu6": (0, 0),
    "leaky_relu": (1, 0.5),
    "threshold": (0, 0),
    "thresholded_relu": (0, 0),
    "squared_relu": (0.5, 0),
    "elu": (6, 4),
    "selu": (6, 4),
    "celu": (6, 4),
    "gelu": (7, 4),
    "gelu_tanh": (9, 6),
    "quick_gelu": (3, 3),
    "silu": (3, 3),
    "mish": (3, 3),
    "softplus": (5, 4),
    "squareplus": (4, 8),
    "sparse_plus": (2.5, 0.5),
    "sigmoid": (3, 5),
    "log_sigmoid": (5, 5),
    "sparse_sigmoid": (0.5, 0),
    "tanh": (7, 5),
    "softsign": (2, 4),
    "hard_sigmoid": (2.5, 0.5),
    "hard_silu": (2.5, 4),
    "hard_tanh": (0, 0),
    "tanh_shrink": (8, 6),
    "soft_shrink": (0.5, 0),
    "hard_shrink": (0, 0),
}

# Exponentials of rounded arguments: a value below 1 is off by this many units more for each factor of e.
ROUNDED_EXPONENT = {"celu", "gelu", "gelu_tanh", "quick_gelu", "silu", "mish", "softplus"}
UNITS_PER_FACTOR = 4

# x times a gate: their derivative is a sum of two terms, whose errors remain where they cancel.
GATED = {"gelu", "gelu_tanh", "quick_gelu", "silu", "mish", "hard_silu"}

# Frameworks put zero for what is below the least normal number, on the way too, and x times that is lost.
LOST = {np.float32: 2.0**-118, np.float64: 2.0**-1010}


def units(got, exact, scale, dtype, lost):
    """Errors in units in the last place of a scale."""
    unit = np.spacing(np.abs(scale).astype(dtype)).astype(np.float64)
    off = np.maximum(np.abs(got.astype(np.float64) - exact) - lost, 0) / unit
    return np.where((got == exact) | (np.isinf(got) & (np.abs(exact) > np.finfo(dtype).max)), 0, off)


@pytest.mark.parametrize(
    ("dtype", "mode"), [(np.float32, "at once"), (np.float32, "compiled"), (np.float64, "at once")]
)
@every_case
def test_errors_are_within_the_limits(name, parameters, dtype, mode):
    x, y, dx = at_ordinary_points(name, parameters, dtype, mode)
    assert y.dtype == dx.dtype == dtype
    exactly = rounded(name, parameters, dtype)
    wide = x.astype(np.float64)
    value, slope = (getattr(module, name)(wide, **exactly) for module in (relume, relume.derivative))
    scale = np.maximum(np.abs(slope), np.abs(value / wide)) if name in GATED else slope
    for got, exact, scale, limit in zip((y, dx), (value, slope), (value, scale), LIMITS[name], strict=True):
        more = UNITS_PER_FACTOR * factors_below_one(exact) if name in ROUNDED_EXPONENT else 0
        excess = units(got, exact, scale, dtype, LOST[dtype]) - more - limit
        worst = np.argmax(excess)
        assert excess[worst] <= 0, f"at {x[worst]}: {got[worst]}, exactly {exact[worst]}"


def factors_below_one(x):
    return np.maximum(0, -np.log(np.maximum(np.abs(x), np.finfo(np.float64).tiny)))


@every_case
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16], ids=["float16", "bfloat16"])
def test_narrow_types_are_rounded_once(name, parameters, dtype):
    x = np.random.default_rng(25).normal(0, 3, 6000).astype(dtype)
    y, dx = evaluate(ours(name, parameters), x)
    assert y.dtype == dx.dtype == dtype
    exact = getattr(relume, name)(x.astype(np.float64), **rounded(name, parameters, dtype))
    half_a_unit = np.spacing(np.abs(exact).astype(dtype)).astype(np.float64) / 2
    assert np.all(np.abs(y.astype(np.float64) - exact) <= 1.01 * half_a_unit + LOST[np.float32])
