"""The constants of functions/tanh.rs."""

from mpmath import mpf, sqrt, tanh

from approximation import array, evaluate, largest_relative_error, polynomial


def rest(t):
    """(tanh(x) − x)/x³ in t = x²"""
    x = sqrt(t)
    return (tanh(x) / x - 1) / t if t else -mpf(1) / 3


REACH = mpf("0.5625")
coefficients = polynomial(rest, 0, REACH**2, 10)
print("// 2^%.1f" % largest_relative_error(rest, lambda t: evaluate(coefficients, t), mpf(1) / 900, REACH**2))
array("SMALL", coefficients, "(tanh(x) − x)/x³ in x², for |x| ≤ 0.5625.")
