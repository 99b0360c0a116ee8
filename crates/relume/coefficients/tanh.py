"""The constants of functions/tanh.rs."""

from mpmath import cos, mpf, pi, sqrt, tanh

from approximation import array, chebyshev_nodes, evaluate, polynomial, rational, report


def ratio(t):
    """tanh(x)/x in t = x²"""
    x = sqrt(t)
    return tanh(x) / x if t > 1e-30 else mpf(1)


def rest(t):
    """(tanh(x) − x)/x³ in t = x²"""
    return (ratio(t) - 1) / t if t > 1e-30 else -mpf(1) / 3


grid = [(mpf("4.6") * (1 - cos(pi * i / 1500))) ** 2 for i in range(1501)]  # x from 0 to 9.2
numerator, divisor = rational(ratio, grid, 4, 5)
report("NUMERATOR/DIVISOR", ratio, lambda t: evaluate(numerator, t) / evaluate(divisor, t), grid)
array("NUMERATOR", numerator, "tanh(x)/x in x², for |x| ≤ 9.2 and `f32` results: the numerator.")
array("DIVISOR", divisor, "The denominator.")

REACH = mpf("0.5625")
small = polynomial(rest, 0, REACH**2, 10)
report("SMALL", rest, lambda t: evaluate(small, t), chebyshev_nodes(0, REACH**2, 400))
array("SMALL", small, "(tanh(x) − x)/x³ in x², for |x| ≤ 0.5625 and `f64` results.")
