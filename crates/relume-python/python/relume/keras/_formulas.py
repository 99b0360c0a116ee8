"""The formulas: one for each function of relume's catalogue, in Keras's operations.

They take a tensor of float32 or float64 and the parameters, which are numbers, in the catalogue's order. What makes
them right far out, and in their gradients, which every framework derives by itself:

- A gradient flows through both branches of a ``where``, and what is not chosen still counts: 0·inf is NaN. So each
  branch computes with numbers that do it no harm.
- The derivative at a kink is that of the branch that is chosen there. It is the side that Keras chooses, as the
  catalogue says. No derivative of |x| is asked for: at 0 it is anybody's guess.
- NaN compares false with everything, so the last branch is one that computes with it.
- Exponentials are only taken of numbers below 0, and nothing is subtracted from what is nearly as large.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import backend, ops

Tensor = Any

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

# Beyond it the cube in the exponent of gelu_tanh leaves nothing, in float64 too.
GELU_TANH_REACH = -100.0


def where(condition: Tensor, chosen: Any, other: Any) -> Tensor:
    """As in Keras, except that a number combined with a tensor of float64 is not rounded to float32 on any backend."""
    dtype = chosen.dtype if isinstance(other, float) else other.dtype
    branches = [ops.convert_to_tensor(x, dtype) if isinstance(x, float) else x for x in (chosen, other)]
    return ops.where(condition, *branches)


def rectified(x: Tensor) -> Tensor:
    """max(0, x), with the derivative 1 at 0."""
    return where(x < 0, 0.0, x)


def folded(x: Tensor, least: float | None = None) -> Tensor:
    """−|x|, with the derivative −1 at 0, and no less than a bound: without one than the least finite number."""
    if least is None:
        least = float(np.finfo(backend.standardize_dtype(x.dtype)).min)
    folded = where(x < 0, x, -x)
    return where(folded < least, least, folded)


def clipped(x: Tensor, low: float, high: float) -> Tensor:
    """min(max(x, low), high), with the derivative 0 at both ends."""
    return where(x <= low, low, where(x >= high, high, x))


def exp_less_one(x: Tensor) -> Tensor:
    """exp(x) − 1 for x ≤ 0. Some frameworks have ``expm1(x) + 1`` for its derivative, which rounds to 0 far out."""
    return where(x < -1, ops.exp(x) - 1, ops.expm1(x))


def sigmoid_below(x: Tensor) -> Tensor:
    """The logistic function for x ≤ 0."""
    z = ops.exp(x)
    return z / (1 + z)


def leaky_relu(x: Tensor, slope: float) -> Tensor:
    # 0·(−inf) would be NaN.
    return where(x > 0, x, slope * x) if slope else ops.relu(x)


def thresholded_relu(x: Tensor, alpha: float) -> Tensor:
    """The value at alpha is 0, the derivative 1."""
    return where(x < alpha, 0.0, where(ops.equal(x, alpha), x - alpha, x))


def selu(x: Tensor) -> Tensor:
    below = SELU_SCALE * SELU_ALPHA * exp_less_one(where(x < 0, x, 0.0))
    return where(x < 0, below, SELU_SCALE * x)


def celu(x: Tensor, alpha: float) -> Tensor:
    return where(x > 0, x, alpha * exp_less_one(where(x > 0, 0.0, x) / alpha))


def gelu(x: Tensor) -> Tensor:
    """x·Φ(x), which is max(0, x) and something even."""
    c = folded(x)
    return rectified(x) + c * ops.erfc(-math.sqrt(0.5) * c) / 2


def gelu_tanh(x: Tensor) -> Tensor:
    c = folded(x, GELU_TANH_REACH)
    return rectified(x) + c * sigmoid_below(2 * math.sqrt(2 / math.pi) * c * (1 + 0.044715 * c * c))


def silu(x: Tensor, beta: float) -> Tensor:
    c = folded(x)
    return rectified(x) + c * sigmoid_below(beta * c)


def mish(x: Tensor) -> Tensor:
    """tanh(softplus(x)) is rational in exp(x); for x ≥ 0, 1 less that is rational in exp(−x)."""
    c = folded(x)
    z = ops.exp(c)
    part = where(x < 0, z * (z + 2), 2 * z * z)
    return rectified(x) + c * part / where(x < 0, part + 2, part + 2 * z + 1)


def softplus(x: Tensor, beta: float) -> Tensor:
    return rectified(x) + ops.log1p(ops.exp(beta * folded(x))) / beta


def squareplus(x: Tensor, b: float) -> Tensor:
    """With the hypotenuse h = √(x² + b), (x + h)/2 is b/2/(h − x) for x < 0; it is taken without squaring x."""
    c, side = folded(x), math.sqrt(b)
    far = c < -side
    longer = where(far, -c, side)
    ratio = where(far, side, -c) / longer
    return rectified(x) + b / 2 / (longer * ops.sqrt(1 + ratio * ratio) - c)


def sparse_plus(x: Tensor) -> Tensor:
    half = sparse_sigmoid(x)
    return where(x >= 1, x, half * half)


def sigmoid(x: Tensor) -> Tensor:
    z = ops.exp(folded(x))
    return where(x < 0, z, 1.0) / (1 + z)


def sparse_sigmoid(x: Tensor) -> Tensor:
    return where(x <= -1, 0.0, where(x >= 1, 1.0, (x + 1) / 2))


def tanh(x: Tensor) -> Tensor:
    less = exp_less_one(2 * folded(x))
    return where(x < 0, less, -less) / (less + 2)


def softsign(x: Tensor) -> Tensor:
    """For a = |x| beyond 1 it is 1 − 1/(1 + a), whose derivative has no difference in it."""
    c = folded(x)
    magnitude = where(c < -1, 1 - 1 / (1 - c), c / (c - 1))
    return where(x < 0, -magnitude, magnitude)


def hard_sigmoid(x: Tensor, slope: float, offset: float) -> Tensor:
    """The slope nearest to 1/n stands for 1/n: then zero is where it should be, and its neighbours are exact."""
    n = round(1 / slope)
    return clipped((x + offset * n) / n if 1 / n == slope else slope * x + offset, 0.0, 1.0)


def hard_silu(x: Tensor) -> Tensor:
    inner = where(ops.abs(x) >= 3, 0.0, x)
    return where(x >= 3, x, inner * (inner + 3) / 6)


def hard_tanh(x: Tensor, low: float, high: float) -> Tensor:
    """Keras lets gradients through at both ends. Where low is not below high, it is high everywhere."""
    low = min(low, high)
    return where(x < low, low, where(x > high, high, x))


def tanh_shrink(x: Tensor) -> Tensor:
    """With Lambert's continued fraction tanh(x) = x/(1 + u), u = x²/(3 + x²/(5 + ...)), it is x·u/(1 + u) near 0."""
    is_near = ops.abs(x) <= 1
    near = where(is_near, x, 0.0)
    square = near * near
    u = square / 19
    for odd in range(17, 1, -2):
        u = square / (odd + u)
    return where(is_near, near * u / (1 + u), x - tanh(x))


def soft_shrink(x: Tensor, by: float) -> Tensor:
    return where(x > by, x - by, where(x >= -by, 0.0, x + by))


FORMULAS: dict[str, Callable[..., Tensor]] = {
    "identity": lambda x: x,
    "relu": ops.relu,
    "relu6": lambda x: clipped(x, 0.0, 6.0),
    "leaky_relu": leaky_relu,
    "threshold": lambda x, threshold, value: where(x <= threshold, value, x),
    "thresholded_relu": thresholded_relu,
    "squared_relu": lambda x: ops.square(rectified(x)),
    "elu": lambda x, alpha: where(x > 0, x, alpha * exp_less_one(where(x > 0, 0.0, x))),
    "selu": selu,
    "celu": celu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "quick_gelu": lambda x: silu(x, 1.702),
    "silu": silu,
    "mish": mish,
    "softplus": softplus,
    "squareplus": squareplus,
    "sparse_plus": sparse_plus,
    "sigmoid": sigmoid,
    "log_sigmoid": lambda x: -softplus(-x, 1.0),
    "sparse_sigmoid": sparse_sigmoid,
    "tanh": tanh,
    "softsign": softsign,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_tanh": hard_tanh,
    "tanh_shrink": tanh_shrink,
    "soft_shrink": soft_shrink,
    "hard_shrink": lambda x, by: where(x > by, x, where(x >= -by, 0.0, x)),
}
