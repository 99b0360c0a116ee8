"""The constants of functions/gelu.rs.

R(a) = exp(a²/2)·Φ(−a) and D(a) = R(a) − a·φ(0), for a ≥ 0, as polynomials in u = (a − K)/(a + K): the value at
−a is −a·exp(−a²/2)·R(a) and the derivative exp(−a²/2)·D(a).
"""

from mpmath import erfc, exp, findroot, mpf, pi, sqrt

from approximation import array, chebyshev_nodes, evaluate, pair, pairs, polynomial, report, root


def distribution(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def ratio(a):
    """R(a)"""
    return exp(a * a / 2) * distribution(-a)


DENSITY = 1 / sqrt(2 * pi)


def slope(x):
    """The derivative of gelu."""
    return distribution(x) + x * DENSITY * exp(-x * x / 2)


def fit(name, f, k, reach, degree):
    """f(a(u)) as a polynomial in u."""

    def compressed(u):
        return f(k * (1 + u) / (1 - u))

    low, high = mpf(-1), (mpf(reach) - k) / (reach + k)
    coefficients = polynomial(compressed, low, high, degree)
    report(name, compressed, lambda u: evaluate(coefficients, u), chebyshev_nodes(low, high, 401))
    return coefficients


zero = -findroot(slope, -0.75)
SINGLE, DOUBLE = mpf(3), mpf(4)
value = fit("VALUE", lambda a: ratio(a) * (a + SINGLE), SINGLE, 15, 11)
array("VALUE", value, "R(a)·(a + 3) in u = (a − 3)/(a + 3), for a ≤ 15 and single results.")
derivative = fit("SLOPE", lambda a: (ratio(a) - a * DENSITY) / (a - zero), SINGLE, 15, 10)
array("SLOPE", derivative, "D(a)/(a − a₀) in u = (a − 3)/(a + 3), for a ≤ 15 and single results; D(a₀) = 0.")
long = fit("RATIO", lambda a: ratio(a) * (a + DOUBLE), DOUBLE, 40, 23)
pairs("RATIO_HEAD", long[:3], "R(a)·(a + 4) in u = (a − 4)/(a + 4), for a ≤ 40 and double results: the first terms.")
array("RATIO_REST", long[3:], "The other terms.")
pair("DENSITY", DENSITY, "φ(0)")
root(slope, -0.75, mpf(1) / 4, 13)
