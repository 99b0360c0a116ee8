"""The table "Where results differ from PyTorch's" of docs/pytorch.md, row by row: PyTorch is wrong, relume is not.

If a test fails in its half about PyTorch, PyTorch was mended: its row can go.
"""

import math

import mpmath
import pytest
import torch
import torch.nn.functional as F

import relume.torch
from pytorch.cases import gradient

# What PyTorch does was seen with its kernels for these.
pytestmark = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"), reason="PyTorch has other kernels here"
)

INF, NAN = math.inf, math.nan


def at(function, x, dtype=torch.float32, n=64):
    """f and f′, where n elements are x."""
    y, dx = gradient(function, torch.full((n,), x, dtype=dtype), torch.ones(n, dtype=dtype))
    return y[0].item(), dx[0].item()


def tanh_gelu(package):
    return lambda x: package.gelu(x, approximate="tanh")


NAMES = [name for name in relume.torch._factory.FUNCTIONS if hasattr(F, name)]
PAIRS = {name: (getattr(F, name), getattr(relume.torch, name)) for name in NAMES}
PAIRS["gelu_tanh"] = tanh_gelu(F), tanh_gelu(relume.torch)


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu", "mish", "hardswish"])
def test_the_value_at_minus_infinity(name, dtype):
    theirs, ours = (at(function, -INF, dtype)[0] for function in PAIRS[name])
    assert math.isnan(theirs) and ours == 0


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu", "mish"])
def test_the_derivative_at_infinity(name, dtype):
    theirs, ours = ([at(function, x, dtype)[1] for x in (-INF, INF)] for function in PAIRS[name])
    assert all(map(math.isnan, theirs)) and ours == [0, 1]


def test_softsign_at_infinity(dtype):
    theirs, ours = ([at(function, x, dtype) for x in (-INF, INF)] for function in PAIRS["softsign"])
    assert all(map(math.isnan, sum(theirs, ()))) and ours == [(-1, 0), (1, 0)]


def gelu(x):
    return x * mpmath.ncdf(x)


def gelu_tanh(x):
    return x / (1 + mpmath.exp(-2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))


LOST = [
    ("gelu", gelu, torch.float32, [-3.0, -4.0, -5.0, -5.4]),
    ("gelu", gelu, torch.float64, [-5.0, -7.0, -8.0]),
    ("gelu_tanh", gelu_tanh, torch.float32, [-3.5, -4.0, -5.0]),
    ("gelu_tanh", gelu_tanh, torch.float64, [-5.0, -6.0, -7.0]),
    ("tanhshrink", lambda x: x - mpmath.tanh(x), torch.float32, [0.01, 0.02, -0.03]),
    ("tanhshrink", lambda x: x - mpmath.tanh(x), torch.float64, [1e-4, 0.01]),
    ("softplus", lambda x: mpmath.log1p(mpmath.exp(x)), torch.float64, [20.5, 25.0]),
]
NONE_LEFT = [
    ("gelu", gelu, torch.float32, [-5.6, -6.0, -10.0, -13.0]),
    ("gelu", gelu, torch.float64, [-8.5, -20.0, -37.0]),
    ("gelu_tanh", gelu_tanh, torch.float32, [-6.0, -10.0]),
    ("gelu_tanh", gelu_tanh, torch.float64, [-8.5, -20.0]),
    ("silu", lambda x: x / (1 + mpmath.exp(-x)), torch.float32, [-89.0, -91.0]),
    ("tanhshrink", lambda x: x - mpmath.tanh(x), torch.float32, [1e-4, 1e-10]),
    ("tanhshrink", lambda x: x - mpmath.tanh(x), torch.float64, [1e-8, 1e-15]),
]


def errors(name, true, dtype, x):
    """The relative errors of PyTorch's value and ours."""
    x = torch.tensor(x, dtype=dtype).item()
    with mpmath.workdps(60):
        right = true(mpmath.mpf(x))
        return [float(abs(at(function, x, dtype)[0] - right) / abs(right)) for function in PAIRS[name]]


@pytest.mark.parametrize("row", LOST, ids=lambda row: f"{row[0]}-{row[2]}")
def test_lost_digits(row):
    *function, points = row
    few = 20 * torch.finfo(function[2]).eps
    found = [errors(*function, x) for x in points]
    assert all(theirs > few for theirs, _ in found), found
    assert all(ours <= few / 20 for _, ours in found), found


@pytest.mark.parametrize("row", NONE_LEFT, ids=lambda row: f"{row[0]}-{row[2]}")
def test_no_digits_left(row):
    *function, points = row
    found = [errors(*function, x) for x in points]
    assert all(theirs > 0.5 for theirs, _ in found), found
    assert all(ours <= torch.finfo(function[2]).eps for _, ours in found), found


def test_hardsigmoid_has_its_slope_in_single_precision():
    theirs, ours = (at(function, 1.0, torch.float64)[1] for function in PAIRS["hardsigmoid"])
    assert ours == 1 / 6 and abs(theirs * 6 - 1) > 1e-8


def test_celu_has_its_slope_in_single_precision():
    theirs, ours = (at(lambda x, celu=celu: celu(x, 0.3), -1e-3, torch.float64)[1] for celu in PAIRS["celu"])
    right = math.exp(-1e-3 / 0.3)
    assert abs(ours - right) < 1e-15 and abs(theirs - right) > 1e-8


@pytest.mark.parametrize("name", ["elu", "selu", "celu", "hardswish"])
def test_the_derivative_at_nan_depends_on_the_length(name):
    theirs, ours = ([math.isnan(at(function, NAN, n=n)[1]) for n in (1, 64)] for function in PAIRS[name])
    assert theirs == [False, True] and ours == [True, True]


@pytest.mark.parametrize("name", ["relu6", "hardtanh", "hardshrink", "softshrink"])
def test_the_derivative_at_nan_is_a_number_that_depends_on_the_length(name):
    theirs, ours = ([at(function, NAN, n=n)[1] for n in (1, 64)] for function in PAIRS[name])
    assert theirs == [1, 0] and ours == [1, 1]


@pytest.mark.parametrize("name", ["elu", "gelu", "gelu_tanh", "silu", "mish", "softplus", "sigmoid"])
def test_bits_depend_on_the_place(name):
    x = torch.randn(1024, generator=torch.Generator().manual_seed(0)) * 3
    differ = []
    for function in PAIRS[name]:
        alone = torch.cat([function(piece) for piece in x.split(1)])
        differ.append((function(x) != alone).sum().item())
    assert differ[0] > 0 and differ[1] == 0
