"""The constants of functions/logish.rs."""

from mpmath import exp, log1p, mpf

from approximation import root


def slope(x):
    """The derivative of x·ln(1 + σ(x))."""
    gate = 1 / (1 + exp(-x))
    return log1p(gate) + x * gate * (1 - gate) / (1 + gate)


root(slope, -1.3, reach=mpf(1) / 2, degree=17)
