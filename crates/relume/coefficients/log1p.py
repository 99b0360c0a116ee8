"""The constants of math/log1p.rs.

For single results ln(1 + e) = 2s + s·t·P(t) with s = e/(2 + e) and t = s²; for double ones 3e/4 + e·P(e − 1/2).
"""

from mpmath import atanh, log1p, mpf, sqrt

from approximation import array, chebyshev_nodes, evaluate, polynomial, report


def rest(t):
    """(2·atanh(s) − 2s)/s³"""
    s = sqrt(t)
    return 2 * (atanh(s) / s - 1) / t if abs(t) > 1e-30 else mpf(2) / 3


def ratio(t):
    """ln(1 + e)/e at e = t + 1/2"""
    e = t + mpf(1) / 2
    return log1p(e) / e


short = polynomial(rest, 0, mpf(1) / 9, 4)
report("SHORT", rest, lambda t: evaluate(short, t), chebyshev_nodes(0, mpf(1) / 9, 400))
array("SHORT", short, "(2·atanh(s) − 2s)/s³ in s², for single results.")
half = mpf(1) / 2
long = polynomial(ratio, -half, half, 20)
report("LONG", ratio, lambda t: evaluate(long, t), chebyshev_nodes(-half, half, 400))
array("LONG", [long[0] - mpf("0.75"), *long[1:]], "ln(1 + e)/e − 3/4 in e − 1/2, for double results.")
