"""What is wrong with the values and gradients of a function, in words, by relume's NumPy functions in float64."""

import numpy as np
from backends import CATALOGUE, rounded

import relume
from relume import _native
from relume._functions import python_name

# The largest errors of values and gradients, in units in the last place; those of a function that is not named here are
# the last ones.
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
OF_ANY = (9, 8)

# Exponentials of rounded arguments: a value below 1 is off by this many units more for each factor of e.
ROUNDED_EXPONENT = {"celu", "gelu", "gelu_tanh", "quick_gelu", "silu", "mish", "softplus"}
UNITS_PER_FACTOR = 4

# Frameworks put zero for what is below the least normal number, on the way too, and x times that is lost.
LOST = {np.float32: 2.0**-118, np.float64: 2.0**-1010}


def at_ordinary_points(name, parameters, x, y, dx):
    """The place where a value or gradient is furthest beyond the limits, if any is."""
    dtype = x.dtype.type
    exactly = rounded(name, parameters, dtype)
    wide = x.astype(np.float64)
    value, slope = (getattr(module, name)(wide, **exactly) for module in (relume, relume.derivative))
    # A function that turns is x times a gate. Its derivative is a sum of two terms, and errors stay where they cancel.
    turns = not CATALOGUE[name].elementwise.monotone
    scale = np.maximum(np.abs(slope), np.abs(value / wide)) if turns else slope
    for got, exact, scale, limit in zip((y, dx), (value, slope), (value, scale), LIMITS.get(name, OF_ANY), strict=True):
        rounds = name in ROUNDED_EXPONENT or name not in LIMITS
        more = UNITS_PER_FACTOR * factors_below_one(exact) if rounds else 0
        excess = units(got, exact, scale, dtype, LOST[dtype]) - more - limit
        # NaN is the worst.
        worst = np.argmax(np.where(np.isnan(excess), np.inf, excess))
        if not excess[worst] <= 0:
            return f"at {x[worst]}: {got[worst]}, exactly {exact[worst]}"
    return None


def units(got, exact, scale, dtype, lost):
    """Errors in units in the last place of a scale."""
    with np.errstate(all="ignore"):
        unit = np.spacing(np.abs(scale).astype(dtype)).astype(np.float64)
        off = np.maximum(np.abs(got.astype(np.float64) - exact) - lost, 0) / unit
    return np.where((got == exact) | (np.isinf(got) & (np.abs(exact) > np.finfo(dtype).max)), 0, off)


def factors_below_one(x):
    return np.maximum(0, -np.log(np.maximum(np.abs(x), np.finfo(np.float64).tiny)))


def at_odd_points(name, parameters, x, y, dx):
    """Limits at infinity, no overflow and no NaN on the way there, and NaN for NaN."""
    exactly = rounded(name, parameters, x.dtype.type)
    with np.errstate(over="ignore"):
        value, slope = (getattr(of, name)(x, **exactly) for of in (relume, relume.derivative))
    close = {"rtol": 1e-6, "atol": 2.0**-120}
    right = np.isclose(y, value, equal_nan=True, **close)
    # The last are zeros, where there may be a kink; of NaN no gradient is asked.
    right[1:-2] &= np.isclose(dx[1:-2], slope[1:-2], **close)
    right[-2:] &= np.isfinite(dx[-2:])
    if right.all():
        return None
    first = np.argmin(right)
    return f"at {x[first]}: {y[first]} and the gradient {dx[first]} for {value[first]} and {slope[first]}"


def slopes_at_kinks(name, parameters):
    """Pairs of x and the derivative there: Keras's where Keras has chosen one, else that from the right."""
    definition = CATALOGUE[name]
    slopes = {}
    if not parameters:
        slopes = {kink.at: kink.derivative for kink in definition.elementwise.kinks}
    names = {python_name(parameter.name): parameter.name for parameter in definition.parameters}
    text = ", ".join(f"{names[key]}={value!r}" for key, value in parameters.items())
    activation = _native.Activation(f"{name}({text})")
    for convention in definition.conventions:
        if convention.framework == "Keras":
            slopes |= dict(convention.kinks(activation))
    # With some parameters there is no kink, and Keras may say there what it will.
    derivative = getattr(relume.derivative, name)
    return [
        (x, slope)
        for x, slope in slopes.items()
        if not np.isclose(*derivative(np.nextafter([x, x], [-np.inf, x]), **parameters))
    ]
