"""The constants of functions/gelu.rs.

R(a) = exp(a²/2)·Φ(−a) and D(a) = R(a) − a·φ(0), for a ≥ 0: the value at −a is −a·exp(−a²/2)·R(a) and the
derivative exp(−a²/2)·D(a). For `f32` results they are rational functions of a. For `f64` results R(a)·(a + 1) is a
polynomial in u = (a − 4)/(a + 4): it varies so little, between 0.41 and 0.53, that almost no rounding but that of the
last sum shows. In `f32` lanes 1/R(a) is a straight line and a bend, which is a polynomial.
"""

from mpmath import cos, erfc, exp, findroot, mpf, pi, sqrt

from approximation import array, chebyshev_nodes, constant, evaluate, pair, polynomial, rational, report, root, weighted


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


def quotient(name, f, reach, top, bottom, of):
    """f(a) as a quotient of polynomials, for a up to reach."""
    grid = [mpf(reach) * ((1 - cos(pi * (k + mpf(1) / 2) / 600)) / 2) ** 2 for k in range(600)]
    numerator, divisor = rational(f, grid, top, bottom, 8)
    report(name, f, lambda a: evaluate(numerator, a) / evaluate(divisor, a), grid[::7])
    array(name + "_NUMERATOR", numerator, f"{of} `f32` results: the numerator.")
    array(name + "_DIVISOR", divisor, "The denominator.")


MIDDLE, REACH, SLOPE = mpf(3), mpf("6.25"), mpf("2.25")


def bend(t):
    """(1/R(a) − 2 − 2.25·a)/a in t = a − 3"""
    a = t + MIDDLE
    return (1 / ratio(a) - 2 - SLOPE * a) / a if a > 1e-20 else 4 * DENSITY - SLOPE


def weight(t):
    """What a unit of the bend is to the whole of 1/R(a)."""
    return (t + MIDDLE) * ratio(t + MIDDLE)


narrow = weighted(bend, weight, -MIDDLE, REACH - MIDDLE, 12)
sample = chebyshev_nodes(-MIDDLE, REACH - MIDDLE, 400)
report("BEND", lambda t: mpf(1), lambda t: 1 + (evaluate(narrow, t) - bend(t)) * weight(t), sample)
array("BEND", narrow, "(1/R(a) − 2 − 2.25·a)/a in a − 3, for a ≤ 6.25 and `f32` lanes.")
zero = -findroot(slope, -0.75)
quotient("VALUE", lambda a: -ratio(a), 13, 5, 6, "−R(a), for a ≤ 13 and")
quotient("SLOPE", lambda a: (ratio(a) - a * DENSITY) / (a - zero), 20, 5, 5, "D(a)/(a − a₀), for a ≤ 20 and")
MIDDLE_LONG = mpf(4)
long = fit("LEVEL", lambda a: ratio(a) * (a + 1), MIDDLE_LONG, 40, 23)
constant("LEVEL", long[0], "R(a)·(a + 1) in u = (a − 4)/(a + 4), for a ≤ 40 and `f64` results: the first term.")
array("LEVEL_REST", long[1:], "The other terms.")
pair("DENSITY", DENSITY, "φ(0)")
root(slope, -0.75, mpf(1) / 4, 13)
