"""The constants of functions/silu.rs."""

from mpmath import exp, findroot

from approximation import constant, root


def slope(x):
    """The derivative of x·σ(x)."""
    gate = 1 / (1 + exp(-x))
    return gate * (1 + x * (1 - gate))


root(slope, -1.28)
constant("AT_ROOT", exp(-findroot(slope, -1.28)), "exp(−r) at the root r of the derivative.")
