"""The constants of math/exp.rs."""

from mpmath import exp, expm1, log, mpf

from approximation import array, chebyshev_nodes, constant, evaluate, polynomial, report, weighted

REACH = mpf("0.3475")  # ln 2 / 2, and a little for the rounding of the multiple


def first(r):
    """(exp(r) - 1) / r"""
    return expm1(r) / r if abs(r) > 1e-20 else 1 + r / 2


def second(r):
    """(exp(r) - 1 - r) / r^2"""
    return (expm1(r) - r) / r**2 if abs(r) > 1e-20 else mpf(1) / 2 + r / 6


high = mpf(int(log(mpf(2)) * 2**42)) / 2**42
constant("LN2_HIGH", high, "The first 42 bits of ln 2, so that its products with exponents are exact.")
constant("LN2_LOW", log(mpf(2)) - high, "The rest of ln 2.")
for name, f, degree, doc in [
    ("EXP_TO_F32", exp, 6, "exp(r), for `f32` results"),
    ("M1_TO_F32", first, 6, "(exp(r) − 1)/r, for `f32` results"),
    ("REST_TO_F32", second, 9, "(exp(r) − 1 − r)/r², for `f32` results after a difference"),
    ("REST_TO_F64", second, 10, "(exp(r) − 1 − r)/r², for `f64` results"),
]:
    coefficients = polynomial(f, -REACH, REACH, degree)
    report(name, f, lambda r: evaluate(coefficients, r), chebyshev_nodes(-REACH, REACH, 1000))
    array(name, coefficients, doc + ".")
for name, whole, weight, degree, doc in [
    ("REST_COMPENSATED", exp, lambda r: r * r / exp(r), 4, "(exp(r) − 1 − r)/r² relative to exp(r), for `f32` lanes"),
    ("M1_COMPENSATED", expm1, abs, 5, "The same relative to exp(r) − 1"),
]:
    coefficients = weighted(second, weight, -REACH, REACH, degree)
    sample = chebyshev_nodes(-REACH, REACH, 1000)
    report(name, whole, lambda r: whole(r) + (evaluate(coefficients, r) - second(r)) * r * r, sample)
    array(name, coefficients, doc + ".")
