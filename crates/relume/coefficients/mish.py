"""The constants of functions/mish.rs."""

from mpmath import exp, findroot, log1p, tanh

from approximation import constant, root


def slope(x):
    """The derivative of x·tanh(softplus(x))."""
    gate = tanh(log1p(exp(x)))
    return gate + x * (1 - gate * gate) / (1 + exp(-x))


root(slope, -1.19)
r = findroot(slope, -1.19)
constant("AT_ROOT", exp(r), "exp(r) at the root r of the derivative.")
constant("FIRST", 4 * r + 6 + 8 * exp(r) + 3 * exp(2 * r), "4r + 6 + 8·exp(r) + 3·exp(2r)")
constant("SECOND", 4 + 3 * exp(r), "4 + 3·exp(r)")
