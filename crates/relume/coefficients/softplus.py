"""The constants of math/log1p.rs: ln(1 + e) = 2s + s·t·P(t), s = e/(2 + e), t = s²."""

from mpmath import atanh, mpf, sqrt

from approximation import array, evaluate, largest_relative_error, polynomial


def rest(t):
    """(2·atanh(s) − 2s)/s³"""
    s = sqrt(t)
    return 2 * (atanh(s) / s - 1) / t if t else mpf(2) / 3


for name, degree, doc in [("SHORT", 5, "for results near 2⁻³⁰"), ("LONG", 9, "for results near 2⁻⁵⁷")]:
    coefficients = polynomial(rest, 0, mpf(1) / 9, degree)
    print("// 2^%.1f" % largest_relative_error(rest, lambda t: evaluate(coefficients, t), mpf(1) / 900, mpf(1) / 9))
    array(name, coefficients, "(2·atanh(s) − 2s)/s³ in s², " + doc + ".")
