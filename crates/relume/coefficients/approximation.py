"""Near-minimax polynomials in high precision, and how they are printed as Rust constants."""

from mpmath import cos, log, mp, mpf, pi

mp.prec = 250


def chebyshev_nodes(low, high, count):
    """The Chebyshev nodes of an interval."""
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    return [middle + half * cos(pi * (k + mpf(1) / 2) / count) for k in range(count)]


def polynomial(f, low, high, degree):
    """Monomial coefficients, lowest first, of the polynomial through f at the Chebyshev nodes.

    Its largest error is within a small factor of the smallest possible one.
    """
    nodes = chebyshev_nodes(low, high, degree + 1)
    # Newton's divided differences, then expansion into powers.
    differences = [f(x) for x in nodes]
    for level in range(1, degree + 1):
        for i in range(degree, level - 1, -1):
            differences[i] = (differences[i] - differences[i - 1]) / (nodes[i] - nodes[i - level])
    coefficients = [mpf(0)] * (degree + 1)
    for i in range(degree, -1, -1):
        shifted = [mpf(0)] + coefficients[:-1]
        coefficients = [s - nodes[i] * c for s, c in zip(shifted, coefficients)]
        coefficients[0] += differences[i]
    return coefficients


def evaluate(coefficients, x):
    """The value of a polynomial."""
    value = mpf(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


def largest_relative_error(f, approximation, low, high, count=2000):
    """The largest relative error on a grid of Chebyshev nodes, as a power of two."""
    worst = max(abs(approximation(x) / f(x) - 1) for x in chebyshev_nodes(low, high, count))
    return float(log(worst, 2)) if worst else float("-inf")


def constant(name, value, doc):
    """A Rust constant, rounded to f64."""
    print(f"/// {doc}\npub(crate) const {name}: f64 = {float(value)!r};")


def array(name, values, doc):
    """A Rust array of constants, each rounded to f64."""
    print(f"/// {doc}\npub(crate) const {name}: [f64; {len(values)}] = [")
    for value in values:
        print(f"    {float(value)!r},")
    print("];")


def split(value):
    """A number as the sum of two f64."""
    high = float(value)
    return high, float(value - mpf(high))
