"""The constants of functions/tanh_shrink.rs."""

from mpmath import mpf, sqrt, tanh

from approximation import array, chebyshev_nodes, evaluate, pair, polynomial, report

THIRD = mpf(1) / 3


def ratio(t):
    """(x − tanh(x))/x³ in t = x²"""
    x = sqrt(t)
    return (x - tanh(x)) / x**3 if t > 1e-20 else THIRD - 2 * t / 15


def rest(t):
    """The same without its value at 0, divided by t."""
    return (ratio(t) - THIRD) / t if t > 1e-20 else -mpf(2) / 15


single = polynomial(ratio, 0, 1, 8)
report("TO_F32", ratio, lambda t: evaluate(single, t), chebyshev_nodes(0, 1, 400))
array("TO_F32", single, "(x − tanh(x))/x³ in x², for |x| ≤ 1 and `f32` results.")
double = polynomial(rest, 0, 1, 15)
report("REST", rest, lambda t: evaluate(double, t), chebyshev_nodes(0, 1, 400))
pair("THIRD", THIRD, "1/3, the same function at 0, for `f64` results.")
array("REST", double, "The rest of it, divided by x².")
