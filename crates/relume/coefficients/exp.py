"""The constants of math/exp.rs."""

from mpmath import expm1, log, mpf

from approximation import array, constant, evaluate, largest_relative_error, polynomial

REACH = mpf("0.3475")  # ln 2 / 2, and a little for the rounding of the multiple


def report(name, f, coefficients):
    error = largest_relative_error(f, lambda r: evaluate(coefficients, r), -REACH, REACH)
    print(f"// {name}: 2^{error:.1f}")


def first(r):
    """(exp(r) - 1) / r"""
    return expm1(r) / r if abs(r) > 1e-20 else 1 + r / 2


def second(r):
    """(exp(r) - 1 - r) / r^2"""
    return (expm1(r) - r) / r**2 if abs(r) > 1e-20 else mpf(1) / 2 + r / 6


ln2 = log(mpf(2))
high = mpf(int(ln2 * 2**42)) / 2**42
constant("LN2_HIGH", high, "The first 42 bits of ln 2, so that its products with exponents are exact.")
constant("LN2_LOW", ln2 - high, "The rest of ln 2.")
for name, f, degree, doc in [
    ("SHORT", first, 6, "(exp(r) − 1)/r, for results near 2⁻³⁰"),
    ("PLAIN", second, 9, "(exp(r) − 1 − r)/r², for results near 2⁻⁵³"),
    ("LONG", second, 10, "(exp(r) − 1 − r)/r², for results near 2⁻⁵⁷"),
]:
    coefficients = polynomial(f, -REACH, REACH, degree)
    report(name, f, coefficients)
    array(name, coefficients, doc + ".")
