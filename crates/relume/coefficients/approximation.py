"""Near-minimax approximations in high precision, and how they are printed as Rust constants."""

from mpmath import cos, log, lu_solve, matrix, mp, mpf, pi, sign

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


def rational(f, grid, top, bottom, rounds=6):
    """Numerator and denominator coefficients, the latter starting with 1, of the rational function whose
    largest relative error from f over the points of the grid is smallest (Remez' algorithm)."""
    count = top + bottom + 2
    last = len(grid) - 1
    values = [f(x) for x in grid]
    chosen = [round(last * i / (count - 1)) for i in range(count)]
    level, divisor = mpf(0), [mpf(1)]
    for _ in range(rounds):
        for _ in range(4):  # the equations are linear but for level·divisor: solved by iteration
            rows, right = matrix(count, count), matrix(count, 1)
            for row, i in enumerate(chosen):
                x, side = grid[i], (-1) ** row
                target = values[i] * (1 + side * level)
                for power in range(top + 1):
                    rows[row, power] = x**power
                for power in range(1, bottom + 1):
                    rows[row, top + power] = -target * x**power
                rows[row, count - 1] = -values[i] * side * evaluate(divisor, x)
                right[row] = target
            solution = lu_solve(rows, right)
            numerator = [solution[power] for power in range(top + 1)]
            divisor = [mpf(1)] + [solution[top + power] for power in range(1, bottom + 1)]
            level += solution[count - 1]
        errors = [evaluate(numerator, x) / evaluate(divisor, x) / v - 1 for x, v in zip(grid, values)]
        chosen = alternating(errors, count)
    return numerator, divisor


def alternating(errors, count):
    """The indices of this many of the largest errors, one from each run of one sign."""
    chosen = []
    for i, error in enumerate(errors):
        if chosen and sign(errors[chosen[-1]]) == sign(error):
            if abs(error) > abs(errors[chosen[-1]]):
                chosen[-1] = i
        else:
            chosen.append(i)
    while len(chosen) > count:
        chosen.pop(0 if abs(errors[chosen[0]]) < abs(errors[chosen[-1]]) else -1)
    assert len(chosen) == count, "the error does not alternate often enough"
    return chosen


def weighted(f, weight, low, high, degree, rounds=8):
    """Coefficients of the polynomial whose largest error from f, times the weight, is smallest (Remez' algorithm).

    The interval is sampled where the weight is not zero.
    """
    grid = [x for x in chebyshev_nodes(high, low, 50 * (degree + 2)) if weight(x) != 0]
    count = degree + 2
    chosen = [round((len(grid) - 1) * (1 - cos(pi * i / (count - 1))) / 2) for i in range(count)]
    for _ in range(rounds):
        rows, right = matrix(count, count), matrix(count, 1)
        for row, i in enumerate(chosen):
            for power in range(count - 1):
                rows[row, power] = grid[i] ** power
            rows[row, count - 1] = (-1) ** row / weight(grid[i])
            right[row] = f(grid[i])
        coefficients = list(lu_solve(rows, right))[:-1]
        chosen = alternating([(evaluate(coefficients, x) - f(x)) * weight(x) for x in grid], count)
    return coefficients


def evaluate(coefficients, x):
    """The value of a polynomial."""
    value = mpf(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


def report(name, f, approximation, points):
    """Prints the largest relative error over some points, as a power of two."""
    worst = max(abs(approximation(x) / f(x) - 1) for x in points)
    print(f"// {name}: relative error 2^{float(log(worst, 2)):.1f}")


def constant(name, value, doc):
    """A Rust constant, rounded to f64."""
    print(f"/// {doc}\nconst {name}: f64 = {float(value)!r};\n")


def pair(name, value, doc):
    """A Rust constant as the sum of two f64."""
    high = float(value)
    print(f"/// {doc}\nconst {name}: [f64; 2] = [{high!r}, {float(value - mpf(high))!r}];\n")


def pairs(name, values, doc):
    """A Rust array of constants, each the sum of two f64."""
    print(f"/// {doc}\nconst {name}: [[f64; 2]; {len(values)}] = [")
    for value in values:
        print(f"    [{float(value)!r}, {float(value - mpf(float(value)))!r}],")
    print("];\n")


def array(name, values, doc):
    """A Rust array of constants, each rounded to f64."""
    print(f"/// {doc}\nconst {name}: [f64; {len(values)}] = [")
    for value in values:
        print(f"    {float(value)!r},")
    print("];\n")


def root(derivative, guess, reach=mpf(1) / 8, degree=11):
    """The constants by which a derivative is computed around its root: f'(x)/(x − root) as a polynomial."""
    from mpmath import findroot

    at = findroot(derivative, guess)

    def quotient(t):
        return derivative(at + t) / t

    coefficients = polynomial(quotient, -reach, reach, degree)  # an even number of nodes: none of them at 0
    report("slope around the root", quotient, lambda t: evaluate(coefficients, t), chebyshev_nodes(-reach, reach, 200))
    high = float(at)
    # In powers of x − high instead of x − root; the difference does not matter beyond the constant term.
    shifted = [evaluate(coefficients, mpf(high) - at)] + coefficients[1:]
    first = float(shifted[0])
    print("/// Around the root of the derivative.")
    print(f"const ROOT: Root<{len(shifted) - 1}> = Root {{")
    print(f"    reach: {float(reach)},")
    print(f"    root: [{high!r}, {float(at - high)!r}],")
    print(f"    first: [{first!r}, {float(shifted[0] - first)!r}],")
    print("    rest: [" + ", ".join(repr(float(c)) for c in shifted[1:]) + "],")
    print("};\n")
