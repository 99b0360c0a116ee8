"""The constants of functions/mish.rs."""

from mpmath import exp, log1p, tanh

from approximation import root


def slope(x):
    """The derivative of x·tanh(softplus(x))."""
    gate = tanh(log1p(exp(x)))
    return gate + x * (1 - gate * gate) / (1 + exp(-x))


root(slope, -1.19)
