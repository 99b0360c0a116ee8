"""Functions of rows, gated units, CReLU and PReLU, against mpmath."""

import numpy as np
import pytest
from mpmath import exp, log, mp, mpf

import reference
import relume
from conftest import CATALOGUE
from relume import _native

ROWS = ("softmax", "log_softmax", "sparsemax")
GATES = {"glu": "sigmoid", "reglu": "relu", "geglu": "gelu", "swiglu": "silu"}
RELATIVE = {np.float16: 2e-3, np.float32: 3e-7, np.float64: 1e-15}
# Among the subnormal numbers errors are absolute.
ABSOLUTE = {np.float16: 1e-7, np.float32: 1e-44, np.float64: 1e-323}


def normal(shape, dtype=np.float64, seed=5):
    with np.errstate(under="ignore"):
        return (3 * np.random.default_rng(seed).normal(size=shape)).astype(dtype)


def exact(numbers):
    mp.prec = 300
    return [mpf(float(x)) for x in numbers]


def softmax(x):
    powers = [exp(x) for x in exact(x)]
    return [power / sum(powers) for power in powers]


def log_softmax(x):
    total = log(sum(exp(x) for x in exact(x)))
    return [x - total for x in exact(x)]


def sparsemax(x):
    """Martins and Astudillo (2016): what is above the threshold, which lies where the sum is one."""
    ordered = sorted(exact(x), reverse=True)
    sums = [(sum(ordered[: k + 1]) - 1) / (k + 1) for k in range(len(ordered))]
    threshold = max(sums)
    return [max(x - threshold, mpf(0)) for x in exact(x)]


def softmax_back(x, dy):
    y, dy = softmax(x), exact(dy)
    inner = sum(y * dy for y, dy in zip(y, dy, strict=True))
    return [y * (dy - inner) for y, dy in zip(y, dy, strict=True)]


def log_softmax_back(x, dy):
    total = sum(exact(dy))
    return [dy - y * total for y, dy in zip(softmax(x), exact(dy), strict=True)]


def sparsemax_back(x, dy):
    inside = [y > 0 for y in sparsemax(x)]
    mean = sum(dy for dy, on in zip(exact(dy), inside, strict=True) if on) / sum(inside)
    return [dy - mean if on else mpf(0) for dy, on in zip(exact(dy), inside, strict=True)]


VALUES = dict(zip(ROWS, (softmax, log_softmax, sparsemax), strict=True))
GRADIENTS = dict(zip(ROWS, (softmax_back, log_softmax_back, sparsemax_back), strict=True))


def test_every_function_of_the_catalogue_is_tested_here():
    assert {definition.name for definition in _native.catalogue() if not definition.elementwise} == {
        *ROWS,
        *GATES,
        "crelu",
        "prelu",
    }


@pytest.mark.parametrize("name", ROWS)
def test_rows(name, dtype):
    for n in (1, 2, 10, 100):
        x, dy = normal((3, n), dtype), normal((3, n), dtype, 6)
        y, dx = getattr(relume, name)(x), getattr(relume.backward, name)(x, dy)
        assert y.dtype == dx.dtype == dtype
        for i in range(3):
            expected = np.array([float(y) for y in VALUES[name](x[i])])
            # Sums of both signs: an error is small against what is summed.
            floor = RELATIVE[dtype] * (1 + np.abs(x[i]).max()) if name == "sparsemax" else ABSOLUTE[dtype]
            np.testing.assert_allclose(y[i].astype(float), expected, RELATIVE[dtype], floor)
            gradient = np.array([float(dx) for dx in GRADIENTS[name](x[i], dy[i])])
            np.testing.assert_allclose(dx[i].astype(float), gradient, 0, 4 * RELATIVE[dtype] * np.abs(dy[i]).sum())


@pytest.mark.parametrize("name", ROWS)
def test_rows_along_any_axis_and_in_any_layout(name, dtype):
    function, backward = getattr(relume, name), getattr(relume.backward, name)
    x, dy = normal((4, 5, 6), dtype), normal((4, 5, 6), dtype, 6)
    for axis in range(-3, 3):
        rows, arriving = np.moveaxis(x, axis, -1).copy(), np.moveaxis(dy, axis, -1).copy()
        np.testing.assert_array_equal(np.moveaxis(function(x, axis=axis), axis, -1), function(rows))
        np.testing.assert_array_equal(np.moveaxis(backward(x, dy, axis=axis), axis, -1), backward(rows, arriving))
    for view in (x[::2], x[:, ::-1], x[..., ::2], x.T, x.astype(x.dtype.newbyteorder())):
        np.testing.assert_array_equal(function(view), function(view.astype(dtype, order="C")))
    expected = function(x.copy())
    function(x, out=x)
    np.testing.assert_array_equal(x, expected)
    assert function(np.empty((2, 0), dtype)).shape == (2, 0)


def test_rows_refuse_what_is_no_row():
    with pytest.raises(ValueError, match="softmax"):
        relume.softmax(1.0)
    with pytest.raises(ValueError):
        relume.softmax(np.ones(3), axis=1)
    with pytest.raises(TypeError, match="softmax"):
        relume.softmax([1j])


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gated(name, axis, dtype):
    x, dy = normal((6, 8, 10), dtype), normal((6, 8, 10), dtype, 6)
    a, b = np.split(x, 2, axis)
    dy = np.split(dy, 2, axis)[0]
    y, dx = getattr(relume, name)(x, axis=axis), getattr(relume.backward, name)(x, dy, axis=axis)
    mp.prec = 1000
    defaults = {p.name: p.default for d in CATALOGUE if d.name == GATES[name] for p in d.parameters}
    gate = np.vectorize(lambda b: float(reference.FUNCTIONS[GATES[name]](mpf(float(b)), **defaults)))
    slope = getattr(relume.derivative, GATES[name])(b.astype(float))
    wide = [z.astype(float) for z in (a, b, dy)]
    floor = ABSOLUTE[dtype] * 100  # rounded factors are multiplied
    np.testing.assert_allclose(y, wide[0] * gate(wide[1]), 2 * RELATIVE[dtype], floor)
    expected = np.concatenate((wide[2] * gate(wide[1]), wide[2] * wide[0] * slope), axis)
    np.testing.assert_allclose(dx, expected, 3 * RELATIVE[dtype], floor)


def test_gated_refuses_what_cannot_be_halved():
    with pytest.raises(ValueError, match="glu: axis -1 has 3 elements"):
        relume.glu(np.ones(3))
    with pytest.raises(ValueError, match="there is no axis 2"):
        relume.glu(np.ones(4), axis=2)
    with pytest.raises(TypeError, match="glu"):
        relume.glu([1j, 2j])


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_crelu(axis, dtype):
    x, dy = normal((6, 8), dtype), normal((6, 8), dtype, 6)
    x[0, 0] = 0
    both = np.concatenate((dy, 2 * dy), axis)
    np.testing.assert_array_equal(
        relume.crelu(x, axis=axis), np.concatenate((np.maximum(x, 0), np.maximum(-x, 0)), axis)
    )
    np.testing.assert_array_equal(relume.backward.crelu(x, both, axis=axis), np.where(x >= 0, dy, -2 * dy))


def test_prelu():
    x, dy, slope = normal((3, 4, 5)), normal((3, 4, 5), seed=6), normal(4, seed=7)
    laid = slope[:, None]
    np.testing.assert_array_equal(relume.prelu(x, slope, axis=1), np.where(x < 0, x * laid, x))
    np.testing.assert_array_equal(relume.prelu(x, laid), np.where(x < 0, x * laid, x))
    products = np.where(x < 0, dy * x, 0)
    for given, axis in ((slope, 1), (laid, None)):
        dx, dslope = relume.backward.prelu(x, dy, given, axis=axis)
        np.testing.assert_array_equal(dx, np.where(x < 0, dy * laid, dy))
        assert dslope.shape == given.shape
        np.testing.assert_allclose(dslope.ravel(), products.sum((0, 2)), 1e-13)
    np.testing.assert_allclose(relume.backward.prelu(x, dy, 0.25)[1], products.sum(), 1e-13)
