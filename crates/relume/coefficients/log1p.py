"""The constants of math/log1p.rs: ln(1 + e) = 2s + s·t·P(t), s = e/(2 + e), t = s²."""

from mpmath import atanh, mpf, sqrt

from approximation import array, chebyshev_nodes, evaluate, polynomial, report


def rest(t):
    """(2·atanh(s) − 2s)/s³"""
    s = sqrt(t)
    return 2 * (atanh(s) / s - 1) / t if abs(t) > 1e-30 else mpf(2) / 3


for name, degree, doc in [("SHORT", 4, "for single results"), ("LONG", 9, "for double results")]:
    coefficients = polynomial(rest, 0, mpf(1) / 9, degree)
    report(name, rest, lambda t: evaluate(coefficients, t), chebyshev_nodes(0, mpf(1) / 9, 400))
    array(name, coefficients, "(2·atanh(s) − 2s)/s³ in s², " + doc + ".")
