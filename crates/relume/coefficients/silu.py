"""The constants of functions/silu.rs."""

from mpmath import exp

from approximation import root


def slope(x):
    """The derivative of x·σ(x)."""
    gate = 1 / (1 + exp(-x))
    return gate * (1 + x * (1 - gate))


root(slope, -1.28)
