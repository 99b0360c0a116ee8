"""The constants of functions/gelu.rs: R(a) = exp(a²/2)·Φ(−a) for a ≥ 0."""

from mpmath import erfc, exp, findroot, mp, mpf, pi, sqrt

from approximation import array, constant, evaluate, largest_relative_error, polynomial, split

K = mpf(3)
REACH = mpf(40)


def mills(a):
    """R(a), half the scaled complementary error function."""
    return erfc(a / sqrt(mpf(2))) / 2 * exp(a * a / 2)


def compressed(u):
    """R(a)·(a + K) where u = (a − K)/(a + K)."""
    a = K * (1 + u) / (1 - u)
    return mills(a) * (a + K)


top = (REACH - K) / (REACH + K)
coefficients = polynomial(compressed, -1, top, 27)
print("// 2^%.1f" % largest_relative_error(compressed, lambda u: evaluate(coefficients, u), -1, top, 300))
array("MILLS", coefficients, "R(a)·(a + 3) in u = (a − 3)/(a + 3), for 0 ≤ a ≤ 40.")
