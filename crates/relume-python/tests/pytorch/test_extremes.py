"""Extreme parameters, against mpmath: no overflow in between spoils a value that can be told."""

import math

import mpmath
import pytest
import torch

import relume.torch
from pytorch.cases import gradient
from relume.torch._factory import use
from relume.torch._sizes import EVERY, LEFT

INF = math.inf
POINTS = [0.0, 1e-30, -1e-30, 1e-6, -1e-6, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 50.0, -50.0, 1e4, -1e4, 3e38, -3e38]


def softplus(x, beta):
    return mpmath.log1p(mpmath.exp(beta * x)) / beta


def softplus_slope(x, beta):
    return 1 / (1 + mpmath.exp(-beta * x))


def elu(x, alpha):
    return x if x >= 0 else alpha * mpmath.expm1(x)


def elu_slope(x, alpha):
    return mpmath.mpf(1) if x > 0 else alpha * mpmath.exp(x)


def celu(x, alpha):
    return x if x >= 0 else alpha * mpmath.expm1(x / alpha)


def celu_slope(x, alpha):
    return mpmath.mpf(1) if x > 0 else mpmath.exp(x / alpha)


def leaky_relu(x, slope):
    return x if x >= 0 else slope * x


def leaky_relu_slope(x, slope):
    return mpmath.mpf(1) if x > 0 else mpmath.mpf(slope)


FUNCTIONS = {
    "softplus": (softplus, softplus_slope),
    "elu": (elu, elu_slope),
    "celu": (celu, celu_slope),
    "leaky_relu": (leaky_relu, leaky_relu_slope),
}
EXTREMES = (1e-30, 1e-4, 1e4, 1e30)
THRESHOLDS = (20.0, 60.0, 1e6, INF)
CALLS = [
    *[("softplus", beta, {"threshold": threshold}) for beta in (*EXTREMES, 1.0) for threshold in THRESHOLDS],
    *[(name, alpha, {}) for name in ("elu", "celu") for alpha in EXTREMES],
    *[("leaky_relu", slope, {}) for slope in (1e-30, -1e-4, 1e4, -1e30)],
]


def nearest(value, dtype):
    """The number of a type that is nearest to a value; by way of double precision."""
    return torch.tensor(float(value), dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("by", ["relume", "PyTorch"])
@pytest.mark.parametrize(("name", "parameter", "options"), CALLS, ids=str)
def test_values_and_gradients(name, parameter, options, by, dtype):
    use(lambda name: EVERY if by == "relume" else LEFT)
    x = torch.tensor(POINTS, dtype=torch.float64).to(dtype)
    x = x[x.isfinite()]
    parameter = torch.tensor(parameter, dtype=torch.float64).item()
    found = gradient(lambda x: getattr(relume.torch, name)(x, parameter, **options), x, torch.ones_like(x))
    with mpmath.workdps(60):
        for result, right in zip(found, FUNCTIONS[name], strict=True):
            expected = torch.stack([nearest(right(mpmath.mpf(at), mpmath.mpf(parameter)), dtype) for at in x.tolist()])
            torch.testing.assert_close(result, expected, **tolerance(dtype, by))


def tolerance(dtype, by):
    limits = torch.finfo(dtype)
    if by == "relume":
        return dict(rtol=4 * limits.eps, atol=limits.smallest_normal)
    # PyTorch's celu has 1/alpha in single precision, and x/alpha may be too small for the type.
    return dict(rtol=max(4 * limits.eps, 1e-7), atol=1e-29)
