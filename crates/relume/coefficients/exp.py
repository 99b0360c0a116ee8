"""The constants of math/exp.rs."""

from mpmath import exp, expm1, log, mpf

from approximation import array, chebyshev_nodes, constant, evaluate, polynomial, report

REACH = mpf("0.3475")  # ln 2 / 2, and a little for the rounding of the multiple


def first(r):
    """(exp(r) - 1) / r"""
    return expm1(r) / r if abs(r) > 1e-20 else 1 + r / 2


def second(r):
    """(exp(r) - 1 - r) / r^2"""
    return (expm1(r) - r) / r**2 if abs(r) > 1e-20 else mpf(1) / 2 + r / 6


def third(r):
    """(exp(r) - 1 - r - r^2/2) / r^3"""
    return (expm1(r) - r - r**2 / 2) / r**3 if abs(r) > 1e-15 else mpf(1) / 6 + r / 24


high = mpf(int(log(mpf(2)) * 2**42)) / 2**42
constant("LN2_HIGH", high, "The first 42 bits of ln 2, so that its products with exponents are exact.")
constant("LN2_LOW", log(mpf(2)) - high, "The rest of ln 2.")
high = mpf(int(log(mpf(2)) * 2**16)) / 2**16
constant("NARROW_LN2_HIGH", high, "The first 16 bits of ln 2, so that its products with exponents are exact in `f32`.")
constant("NARROW_LN2_LOW", log(mpf(2)) - high, "The rest of ln 2.")
for name, f, degree, doc in [
    ("SHORTEST", exp, 6, "exp(r), for single results"),
    ("SHORT", first, 6, "(exp(r) − 1)/r, for single results"),
    ("PLAIN", second, 9, "(exp(r) − 1 − r)/r², for single results after a difference"),
    ("NARROW", third, 4, "(exp(r) − 1 − r − r²/2)/r³, for `f32` lanes"),
    ("LONG", second, 10, "(exp(r) − 1 − r)/r², for double results"),
]:
    coefficients = polynomial(f, -REACH, REACH, degree)
    report(name, f, lambda r: evaluate(coefficients, r), chebyshev_nodes(-REACH, REACH, 1000))
    array(name, coefficients, doc + ".")
