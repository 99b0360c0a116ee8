"""The constants of math/log1p.rs.

For `f32` results ln(1 + e) = 2s + s·t·P(t) with s = e/(2 + e) and t = s²; for `f64` ones 3e/4 + e·P(e − 1/2); in
`f32` lanes f + f·P(f − c/2) with f = c·e.
"""

from mpmath import atanh, log1p, mpf, sqrt

from approximation import array, chebyshev_nodes, evaluate, polynomial, report, weighted


def rest(t):
    """(2·atanh(s) − 2s)/s³"""
    s = sqrt(t)
    return 2 * (atanh(s) / s - 1) / t if abs(t) > 1e-30 else mpf(2) / 3


def ratio(t):
    """ln(1 + e)/e at e = t + 1/2"""
    e = t + mpf(1) / 2
    return log1p(e) / e


short = polynomial(rest, 0, mpf(1) / 9, 4)
report("TO_F32", rest, lambda t: evaluate(short, t), chebyshev_nodes(0, mpf(1) / 9, 400))
array("TO_F32", short, "(2·atanh(s) − 2s)/s³ in s², for `f32` results.")
half = mpf(1) / 2
long = polynomial(ratio, -half, half, 20)
report("TO_F64", ratio, lambda t: evaluate(long, t), chebyshev_nodes(-half, half, 400))
array("TO_F64", [long[0] - mpf("0.75"), *long[1:]], "ln(1 + e)/e − 3/4 in e − 1/2, for `f64` results.")


# The excess is small on both sides, and its coefficients happen to be near numbers of `f32`.
SHARE = mpf(6641) / 8192


def excess(t):
    """ln(1 + e)/f − 1 at f = c·e = t + c/2"""
    f = t + SHARE / 2
    return log1p(f / SHARE) / f - 1 if f else 1 / SHARE - 1


narrow = weighted(excess, lambda t: 1 / (1 + excess(t)), -SHARE / 2, SHARE / 2, 10)
sample = chebyshev_nodes(-SHARE / 2, SHARE / 2, 10)
report("COMPENSATED", lambda t: 1 + excess(t), lambda t: 1 + evaluate(narrow, t), sample)
array("COMPENSATED", narrow, "ln(1 + e)/f − 1 in f − c/2, where f = c·e, for `f32` lanes.")
