"""The behaviour that NumPy's users expect of a ufunc, with `numpy.tanh` and `numpy.maximum` as models."""

import pickle

import numpy as np
import pytest

import relume
from conftest import CATALOGUE, FLOATS

PLAIN = [definition.name for definition in CATALOGUE if not definition.parameters]
INTEGERS = "bBhHiIlLqQ"


@pytest.fixture(params=PLAIN)
def plain(request):
    """Every function without parameters."""
    return getattr(relume, request.param)


def arange(dtype, n=2000):
    return ((np.arange(n) % 41 - 20) / 4).astype(dtype)


def test_parameterless_functions_are_ufuncs(plain):
    assert isinstance(plain, np.ufunc)
    assert plain.nin == plain.nout == 1


def test_other_functions_rest_on_ufuncs():
    assert isinstance(relume.leaky_relu.ufunc, np.ufunc)
    assert isinstance(relume.derivative.relu.ufunc, np.ufunc)


def test_any_strides(unary, dtype):
    x = arange(dtype, 7 * 8 * 9).reshape(7, 8, 9)
    for view in (
        x.T,
        x[::-1],
        x[:, ::2],
        x[:, :, 1:-1],
        x[..., 3],
        np.asfortranarray(x),
        x[:0],
        np.broadcast_to(x[0], (5, 8, 9)),
    ):
        np.testing.assert_array_equal(unary(view), one_by_one(unary, view))


def one_by_one(function, x):
    return np.array([function(x) for x in x.ravel()], x.dtype).reshape(x.shape)


def test_an_element_has_one_result_wherever_it_stands(unary, dtype):
    x = arange(dtype)
    y = unary(x)
    np.testing.assert_array_equal(unary(x[::3]), y[::3])
    np.testing.assert_array_equal(unary(x[1:]), y[1:])


def test_byte_swapped_and_unaligned(unary, dtype):
    x = arange(dtype)
    swapped = x.astype(np.dtype(dtype).newbyteorder())
    np.testing.assert_array_equal(unary(swapped), unary(x))
    unaligned = np.frombuffer(b"." + x.tobytes(), np.uint8)[1:].view(dtype)
    assert not unaligned.flags.aligned
    np.testing.assert_array_equal(unary(unaligned), unary(x))


def test_out(unary, dtype):
    x = arange(dtype)
    expected = unary(x)
    out = np.empty_like(x)
    assert unary(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    wide = np.zeros(2 * x.size, np.float64)
    unary(x, out=wide[::2])
    np.testing.assert_array_equal(wide[::2], expected)
    np.testing.assert_array_equal(wide[1::2], 0)
    with pytest.raises(ValueError):
        unary(x, out=np.empty(3, dtype))


@pytest.mark.parametrize("target", [slice(None), slice(None, None, -1), slice(0, -1), slice(1, None)])
def test_overlapping_out(unary, dtype, target):
    x = arange(dtype)
    source = x[: x[target].size]
    expected = unary(source.copy())
    unary(source, out=x[target])
    np.testing.assert_array_equal(x[target], expected)


@pytest.mark.parametrize("onto", ["x", "dy", "neither"])
def test_backward_into_its_inputs(name, dtype, onto):
    arrays = {"x": arange(dtype), "dy": arange(dtype)[::-1].copy(), "neither": None}
    backward = getattr(relume.backward, name)
    expected = backward(arrays["x"].copy(), arrays["dy"].copy())
    np.testing.assert_array_equal(backward(arrays["x"], arrays["dy"], out=arrays[onto]), expected)


def test_where(unary, dtype):
    x = arange(dtype)
    out = np.full_like(x, 99)
    unary(x, out=out, where=x > 1)
    np.testing.assert_array_equal(out, np.where(x > 1, unary(x), dtype(99)))


def test_dtype_and_casting(plain):
    assert plain(np.ones(3, np.float32), dtype=np.float64).dtype == np.float64
    assert plain(np.ones(3), dtype=np.float32, casting="same_kind").dtype == np.float32
    with pytest.raises(TypeError, match=plain.__name__):
        plain(np.ones(3), dtype=np.float32, casting="safe")
    with pytest.raises(TypeError, match=plain.__name__):
        plain(np.ones(3), out=np.empty(3, np.int8))


def test_scalars_and_zero_dimensions(unary, dtype):
    for value in (dtype(0.5), np.array(0.5, dtype)):
        result = unary(value)
        assert type(result) is dtype
    assert type(unary(0.5)) is np.float64
    assert unary([0.5, 1.5]).shape == (2,)


def test_integers_follow_tanh(plain):
    if plain is relume.relu:
        return
    for code in "?" + INTEGERS:
        x = np.array([0, 1], code)
        assert plain(x).dtype == np.tanh(x).dtype, code


def test_integers_with_a_number_follow_arithmetic():
    for code in "?" + INTEGERS:
        x = np.array([0, 1], code)
        assert relume.elu(x, alpha=0.5).dtype == (x * 0.5).dtype, code


def test_relu_of_integers_follows_maximum():
    for code in INTEGERS:
        info = np.iinfo(code)
        for length in (5, 5000):
            x = np.resize(np.array([info.min, info.max, 0, 1, 100], code), length)
            y = relume.relu(x)
            assert y.dtype == x.dtype
            np.testing.assert_array_equal(y, np.maximum(x, 0))
            np.testing.assert_array_equal(relume.relu(x[::2]), np.maximum(x[::2], 0))
            np.testing.assert_array_equal(relume.relu(x, out=x.copy()), np.maximum(x, 0))
    assert relume.relu(-(2**40)) == 0 and relume.relu(2**40) == 2**40


@pytest.mark.parametrize("x", [1j, np.array(["a"]), np.array([None]), np.array([1j]), "text"])
def test_what_is_no_real_number_is_a_type_error_that_names_the_function(unary, name, x):
    with pytest.raises(TypeError, match=name):
        unary(x)


class Metres(np.ndarray):
    pass


class Loud:
    """Takes part in ufuncs by the protocol that Dask and others use."""

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return ufunc, method, len(inputs), options


def test_subclasses_and_other_arrays(unary):
    assert type(unary(np.ones(3).view(Metres))) is Metres
    ufunc = getattr(unary, "ufunc", unary)
    assert unary(Loud()) == (ufunc, "__call__", ufunc.nin, {})


def test_masked_arrays(unary):
    masked = unary(np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]))
    assert isinstance(masked, np.ma.MaskedArray)
    np.testing.assert_array_equal(masked.mask, [False, True, False])
    np.testing.assert_array_equal(masked.compressed(), unary(np.array([1.0, 3.0])))


def test_at_and_outer():
    x = np.array([-1.0, 2.0, -3.0])
    relume.relu.at(x, [0, 0])
    np.testing.assert_array_equal(x, [0, 2, -3])
    assert relume.backward.tanh.outer(np.ones(2), np.ones(3)).shape == (2, 3)


def test_reduction_is_done_one_after_the_other():
    ufunc = relume.leaky_relu.ufunc
    x = np.linspace(-1, 1, 700)
    expected = np.empty_like(x)
    value = expected[0] = x[0]
    for i in range(1, x.size):
        value = expected[i] = ufunc(value, x[i])
    np.testing.assert_array_equal(ufunc.accumulate(x), expected)
    assert ufunc.reduce(x) == expected[-1]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(name, protocol):
    for module in (relume, relume.derivative, relume.backward):
        function = getattr(module, name)
        for object_ in (function, getattr(function, "ufunc", function)):
            if protocol < 4 and module is not relume and isinstance(object_, np.ufunc):
                continue  # names with dots came with protocol 4
            assert pickle.loads(pickle.dumps(object_, protocol)) is object_


def test_no_warning_where_nothing_is_wrong(name):
    """Underflow, overflow in lanes that are thrown away, and NaN; conftest turns warnings into errors."""
    for dtype in FLOATS:
        with np.errstate(under="ignore"):
            x = np.array([-np.inf, -1e4, -700, -1e-30, 0, 1e-40, 1e4, 1e4, np.inf, np.nan]).astype(dtype)
        getattr(relume, name)(x)
        getattr(relume.backward, name)(x, x)


def test_warnings_of_numpy_itself_are_kept():
    with pytest.raises(FloatingPointError, match="overflow"):
        relume.tanh(np.full(100, 1e300), dtype=np.float32, casting="same_kind")
