"""Activations over addresses, which adapters are built on."""

import numpy as np
import pytest

import relume
from conftest import CATALOGUE
from relume import _native

CODES = {np.float16: _native.F16, np.float32: _native.F32, np.float64: _native.F64}


def address(array):
    return array.ctypes.data


@pytest.fixture(params=[0, 7, 1_200_000])
def arrays(request, dtype):
    """Of all lengths that are treated differently; the last is shared among threads."""
    generator = np.random.default_rng(3)
    with np.errstate(under="ignore"):
        return [generator.normal(size=request.param).astype(dtype) for _ in range(2)]


def test_forward_and_backward(name, dtype, arrays):
    x, dy = arrays
    activation, code, out = _native.Activation(name), CODES[dtype], np.empty_like(x)
    activation.forward(code, address(x), address(out), x.size)
    np.testing.assert_array_equal(out, getattr(relume, name)(x))
    activation.backward(code, address(x), address(dy), address(out), x.size)
    expected = getattr(relume.backward, name)(x, dy)
    np.testing.assert_array_equal(out, expected)
    activation.backward(code, address(x), address(dy), address(dy), x.size)
    np.testing.assert_array_equal(dy, expected)


def test_in_place(name, dtype, arrays):
    x, _ = arrays
    expected = getattr(relume, name)(x)
    _native.Activation(name).forward(CODES[dtype], address(x), address(x), x.size)
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("definition", CATALOGUE, ids=lambda definition: definition.name)
def test_one_bit_per_element(definition, dtype, arrays):
    x, dy = arrays
    activation, code, out = _native.Activation(definition.name), CODES[dtype], np.empty_like(x)
    bits = np.empty((x.size + 7) // 8, np.uint8)
    forward = (code, address(x), address(out), address(bits), x.size)
    if definition.needs != "one bit per element":
        with pytest.raises(ValueError, match=definition.name):
            activation.forward_with_bits(*forward)
        return
    activation.forward_with_bits(*forward)
    np.testing.assert_array_equal(out, getattr(relume, definition.name)(x))
    activation.backward_from_bits(code, address(bits), address(dy), address(out), x.size)
    np.testing.assert_array_max_ulp(out, getattr(relume.backward, definition.name)(x, dy), 1)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("name", ["relu6", "elu", "gelu"])
def test_threads_change_no_bit(name, threads):
    """With a framework's choices at kinks, too, of which some are in every piece."""
    x, dy = np.random.default_rng(5).normal(size=(2, 1 << 22)).astype(np.float32)
    x[::1000] = 0
    activation = _native.Activation(name, "PyTorch")

    def passes(threads):
        y, dx, bits = np.empty_like(x), np.empty_like(x), np.zeros(x.size // 8, np.uint8)
        activation.forward(_native.F32, address(x), address(y), x.size, threads)
        activation.backward(_native.F32, address(x), address(dy), address(dx), x.size, threads)
        yield from (y, dx)
        if activation.slopes is not None:
            y, dx = np.empty_like(x), np.empty_like(x)
            activation.forward_with_bits(_native.F32, address(x), address(y), address(bits), x.size, threads)
            activation.backward_from_bits(_native.F32, address(bits), address(dy), address(dx), x.size, threads)
            yield from (y, bits, dx)

    for alone, shared in zip(passes(1), passes(threads), strict=True):
        np.testing.assert_array_equal(shared, alone)


def test_bfloat16():
    """The upper half of a float32."""
    x = np.array([-1.0, 0.0, 0.5, 3.0], np.float32)
    halves = (x.view(np.uint32) >> 16).astype(np.uint16)
    _native.Activation("relu").forward(_native.BF16, address(halves), address(halves), x.size)
    np.testing.assert_array_equal((halves.astype(np.uint32) << 16).view(np.float32), np.maximum(x, 0))


def test_from_text():
    activation = _native.Activation("leaky_relu(slope=0.2)")
    assert (activation.name, activation.parameters) == ("leaky_relu", [("slope", 0.2)])
    assert (activation.value(-1), activation.slope(-1)) == (-0.2, 0.2)
    assert str(_native.Activation(str(activation))) == str(activation)
    assert str(_native.Activation("swish")).startswith("silu")
    with pytest.raises(ValueError, match="did you mean `gelu`"):
        _native.Activation("gleu")
    with pytest.raises(IndexError):
        activation.forward(99, 0, 0, 0)
