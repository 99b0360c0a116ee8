"""The constants of functions/gelu_tanh.rs."""

from mpmath import exp, findroot, mpf, pi, sqrt

from approximation import constant, pair, root

LINEAR = 2 * sqrt(2 / pi)
CUBIC = LINEAR * mpf(44715) / 1000000


def slope(x):
    """The derivative of x·σ(u)."""
    gate = 1 / (1 + exp(-(LINEAR * x + CUBIC * x**3)))
    return gate * (1 + x * (1 - gate) * (LINEAR + 3 * CUBIC * x * x))


pair("LINEAR", LINEAR, "2√(2/π)")
pair("CUBIC", CUBIC, "2√(2/π)·0.044715")
root(slope, -0.75)
r = findroot(slope, -0.75)
constant("AT_ROOT", exp(-(LINEAR * r + CUBIC * r**3)), "exp(−u) at the root of the derivative.")
