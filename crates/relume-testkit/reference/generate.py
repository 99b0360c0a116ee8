"""Writes mpmath.csv: each function and its derivative at a few points, to 60 digits, by mpmath.

    python generate.py [NAME...]

With names, only the rows of these functions are computed; the others stay. Needs mpmath. The formulas here are an
opinion of their own: values use mpmath's own functions, derivatives are taken numerically at high precision, so that
no derivative formula is shared.
"""

import pathlib
import struct
import sys

from mpmath import diff, e, erfc, exp, expm1, log, log1p, mp, mpf, nstr, pi, sign, sqrt, tanh

DIGITS = 60


def cdf(x):
    return erfc(-x / sqrt(2)) / 2


def selu_constants():
    """The closed forms of Klambauer et al. (2017); the oracle solves the equations instead."""
    c, root = erfc(1 / sqrt(mpf(2))), sqrt(e)
    alpha = -sqrt(2 / pi) / (c * root - 1)
    inner = 2 * erfc(sqrt(mpf(2))) * e**2 + pi * c**2 * e - 2 * (2 + pi) * c * root + pi + 2
    return (1 - c * root) * sqrt(2 * pi) / sqrt(inner), alpha


def selu(x):
    scale, alpha = selu_constants()
    return scale * (x if x > 0 else alpha * expm1(x))


def clip(x, low, high):
    return min(max(x, mpf(low)), mpf(high))


def hard_sigmoid(x, slope, offset):
    """A slope that is the float nearest to 1/n means 1/n, for doubles as for singles."""
    n = round(1 / slope)
    nearest = 1 / float(n), struct.unpack("f", struct.pack("f", 1 / n))[0]
    return clip(x * (1 / mpf(n) if slope in nearest else slope) + offset, 0, 1)


FUNCTIONS = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, mpf(0)),
    "relu6": lambda x: clip(x, 0, 6),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "threshold": lambda x, threshold, value: x if x > threshold else value,
    "thresholded_relu": lambda x, alpha: x if x > alpha else mpf(0),
    "squared_relu": lambda x: max(x, mpf(0)) ** 2,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": lambda x: x * clip(x + 3, 0, 6) / 6,
    "hard_tanh": lambda x, **p: clip(x, p["min"], p["max"]),
    "soft_shrink": lambda x, **p: sign(x) * max(abs(x) - p["lambda"], 0),
    "hard_shrink": lambda x, **p: x if abs(x) > p["lambda"] else mpf(0),
    "tanh_shrink": lambda x: x - tanh(x),
    "sparse_plus": lambda x: clip((x + 1) / 2, 0, 1) ** 2 + max(x - 1, 0),
    "sparse_sigmoid": lambda x: clip((x + 1) / 2, 0, 1),
    "squareplus": lambda x, b: (x + sqrt(x**2 + b)) / 2,
    "softsign": lambda x: x / (1 + abs(x)),
    "elu": lambda x, alpha: x if x > 0 else alpha * (exp(x) - 1),
    "selu": selu,
    "celu": lambda x, alpha: x if x > 0 else alpha * (exp(x / alpha) - 1),
    "isrlu": lambda x, alpha: x if x > 0 else x / sqrt(1 + alpha * x**2),
    "sigmoid": lambda x: exp(x) / (1 + exp(x)),
    "tanh": tanh,
    "log_sigmoid": lambda x: -log(1 + exp(-x)),
    "silu": lambda x, beta: x / (1 + exp(-beta * x)),
    "quick_gelu": lambda x: x / (1 + exp(-mpf("1.702") * x)),
    "softplus": lambda x, beta: log(1 + exp(beta * x)) / beta,
    "mish": lambda x: x * tanh(log(1 + exp(x))),
    "logish": lambda x: x * log1p(exp(x) / (1 + exp(x))),
    "gelu": lambda x: x * cdf(x),
    # (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), which loses nothing where tanh(u) is all but -1.
    "gelu_tanh": lambda x: x / (1 + exp(-2 * sqrt(2 / pi) * (x + mpf("0.044715") * x**3))),
}

PARAMETERS = {
    "leaky_relu": [{"slope": 0.01}, {"slope": 0.25}],
    "threshold": [{"threshold": 0.0, "value": 0.0}, {"threshold": -0.6, "value": 1.5}],
    "thresholded_relu": [{"alpha": 0.7}],
    "hard_sigmoid": [{"slope": 1 / 6, "offset": 0.5}, {"slope": 0.3, "offset": 0.25}],
    "hard_tanh": [{"min": -1.0, "max": 1.0}, {"min": -3.0, "max": 7.5}],
    "soft_shrink": [{"lambda": 0.5}, {"lambda": 0.0}],
    "hard_shrink": [{"lambda": 0.4}],
    "squareplus": [{"b": 4.0}, {"b": 0.01}],
    "silu": [{"beta": 1.0}, {"beta": 0.4}],
    "softplus": [{"beta": 1.0}, {"beta": 0.4}],
    "elu": [{"alpha": 1.0}, {"alpha": 0.3}],
    "celu": [{"alpha": 1.0}, {"alpha": 2.5}],
    "isrlu": [{"alpha": 1.0}, {"alpha": 3.0}],
}

POINTS = [-700.5, -88.25, -21.0, -12.5, -7.0, -5.5, -2.75, -1.25, -0.75, -0.1, -1e-5, -1e-30]
POINTS += [1e-300, 1e-12, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.5, 6.5, 9.0, 40.0, 750.0]


TABLE = pathlib.Path(__file__).with_name("mpmath.csv")
HEAD = "activation;x;value;derivative"


def rows(name):
    """The lines of a function."""
    function = FUNCTIONS[name]
    for parameters in PARAMETERS.get(name, [{}]):
        text = ", ".join(f"{key}={value!r}" for key, value in parameters.items())
        for point in POINTS:
            # x = -700 loses 1011 bits in 1 + exp(x) and its square, and the differences lose as many.
            mp.prec = 12000
            named = {key: mpf(value) for key, value in parameters.items()}
            x = mpf(point)
            value = function(x, **named)
            # From the right, as at kinks.
            derivative = diff(lambda t, named=named: function(t, **named), x, h=mpf(2) ** -4000, direction=1)
            columns = [f"{name}({text})" if text else name, repr(point), nstr(value, DIGITS), nstr(derivative, DIGITS)]
            yield ";".join(columns)


def main():
    names = sys.argv[1:] or list(FUNCTIONS)
    if unknown := set(names) - set(FUNCTIONS):
        sys.exit(f"no formula here for {', '.join(sorted(unknown))}")
    known = {}
    for row in TABLE.read_text().splitlines()[1:]:
        known.setdefault(row.partition(";")[0].partition("(")[0], []).append(row)
    known |= {name: list(rows(name)) for name in names}
    lines = [HEAD, *(row for name in FUNCTIONS for row in known.get(name, []))]
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
