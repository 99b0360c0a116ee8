"""Functions along a dimension: softmax and its like, gated units, CReLU."""

import copy
import inspect
import math
import pickle

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import relume
import relume.torch
from pytorch import peers
from pytorch.cases import TOLERANCES
from relume.torch import _rows

NAMES = [*_rows.FUNCTIONS]
GATED = ["glu", "reglu", "geglu", "swiglu"]
INF, NAN = math.inf, math.nan

every_name = pytest.mark.parametrize("name", NAMES)


def ours(name):
    return getattr(relume.torch, name)


def gradients(function, x, dy):
    x = x.detach().requires_grad_()
    y = function(x)
    return y.detach(), *torch.autograd.grad(y, x, dy)


def compare(name, x, dim):
    """Value and gradient, with those of PyTorch's composition in double precision."""
    peer = peers.function(name)
    if name == "sparsemax" and x.size(dim) == 0:
        peer = lambda x, dim: x * 1  # noqa: E731
    like = peer(x.double(), dim)
    dy = torch.linspace(-1, 2, like.numel()).view(like.shape)
    found = gradients(lambda x: ours(name)(x, dim), x, dy.to(x.dtype))
    expected = gradients(lambda x: peer(x, dim), x.double(), dy.to(x.dtype).double())
    for a, b in zip(found, expected, strict=True):
        assert a.dtype is x.dtype and a.shape == b.shape
        # The gradients of rows are sums, made from outputs that are rounded.
        tolerances = {name: 4 * value for name, value in TOLERANCES[x.dtype].items()}
        torch.testing.assert_close(a.double(), b, **tolerances)


LAYOUTS = {
    "rows": lambda x: x,
    "transposed": lambda x: x.transpose(0, 2),
    "channels last": lambda x: x.view(6, 8, 10, 2).to(memory_format=torch.channels_last),
    "strided": lambda x: x[:, ::2, 4:],
    "expanded": lambda x: x[:1].expand(4, 8, 20),
    "empty": lambda x: x[:0],
    "one row": lambda x: x[0, 0],
}


@every_name
@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_and_gradients_along_any_dimension(name, layout, dtype):
    x = LAYOUTS[layout](torch.randn(6, 8, 20).to(dtype) * 2)
    for dim in range(-x.dim(), x.dim()):
        compare(name, x, dim)


@every_name
def test_arguments_are_pytorchs(name):
    function, module = ours(name), getattr(relume.torch, _rows.CLASSES[name])
    named = [*inspect.signature(function).parameters]
    if name.endswith("softmax"):
        assert named == [*inspect.signature(F.softmax).parameters]
    else:
        assert named == ["input", "dim"]
        assert inspect.signature(function).parameters["dim"].default == -1
    if hasattr(nn, module.__name__):
        assert issubclass(module, getattr(nn, module.__name__))
    x = torch.randn(4, 6)
    torch.testing.assert_close(module(dim=0)(x), function(input=x, dim=0))
    assert repr(module(dim=0)) == f"{module.__name__}(dim=0)"
    for twin in (copy.deepcopy(module(dim=0)), pickle.loads(pickle.dumps(module(dim=0)))):
        assert torch.equal(twin(x), module(dim=0)(x))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_chooses_its_dimension_and_type_as_pytorch_does(name):
    for shape in [(4,), (4, 6), (4, 6, 3), (2, 3, 4, 5)]:
        x = torch.randn(shape)
        with pytest.warns(UserWarning, match="Implicit dimension choice") as caught:
            found = ours(name)(x)
        assert caught[0].filename == __file__
        with pytest.warns(UserWarning):
            expected = getattr(F, name)(x)
        assert torch.equal(found, expected)
    assert ours(name)(torch.ones(4, dtype=torch.float16), dim=0, dtype=torch.float64).dtype is torch.float64
    with pytest.raises(RuntimeError):
        ours(name)(torch.ones(4, dtype=torch.int64), 0)


@pytest.mark.parametrize("name", GATED)
def test_what_cannot_be_halved_is_refused(name):
    with pytest.raises(RuntimeError):
        ours(name)(torch.ones(3))
    with pytest.raises(RuntimeError):
        ours(name)(torch.ones(4, 3), 1)
    with pytest.raises((RuntimeError, IndexError)):
        ours(name)(torch.ones(4), 1)
    with pytest.raises((RuntimeError, IndexError)):
        ours(name)(torch.tensor(1.0))
    assert ours(name)(torch.ones(3, 0)).shape == (3, 0)


def test_sparsemax_refuses_integers():
    with pytest.raises(TypeError, match=r"found torch\.int64"):
        relume.torch.sparsemax(torch.ones(3, dtype=torch.int64))


@pytest.mark.parametrize(
    "row",
    [
        [1.0, INF, 0.0],
        [-INF, 1.0, 1.5],
        [INF, INF, 0.0],
        [-INF, -INF],
        [NAN, 1.0],
        [0.0, -0.0],
        [3e38, -3e38],
        [1.0],
        [INF],
        [-INF],
    ],
    ids=str,
)
def test_sparsemax_at_its_limits_is_that_of_the_kernel(row, dtype):
    x = torch.tensor(row, dtype=dtype)
    expected = torch.from_numpy(relume.sparsemax(x.double().numpy())).to(dtype)
    torch.testing.assert_close(relume.torch.sparsemax(x), expected, equal_nan=True, rtol=0, atol=0)


def test_sparsemax_of_long_rows():
    x = torch.randn(3, 5000)
    expected = torch.from_numpy(relume.sparsemax(x.double().numpy()))
    torch.testing.assert_close(relume.torch.sparsemax(x).double(), expected, rtol=0, atol=1e-6)
    assert (relume.torch.sparsemax(x).sum(1) - 1).abs().max() < 1e-6


def points(shape):
    """Numbers of which none is near a kink, in double precision."""
    x = torch.randn(shape, dtype=torch.float64)
    return (x + 0.1 * x.sign()).requires_grad_()


@every_name
def test_gradients_of_first_and_second_order(name):
    for shape, dim in [((3, 4), -1), ((4, 3), 0), ((2, 4, 3), 1)]:
        function = lambda x, dim=dim: ours(name)(x, dim)  # noqa: E731
        assert torch.autograd.gradcheck(function, points(shape), check_batched_grad=True)
        assert torch.autograd.gradgradcheck(function, points(shape))


@every_name
def test_the_gradient_at_zero_is_that_of_the_composition(name):
    x = torch.tensor([[0.0, -0.0, 1.0, -1.0, 0.0, 0.0, -0.0, 2.0]])
    dy = torch.ones_like(peers.function(name)(x))
    torch.testing.assert_close(gradients(ours(name), x, dy), gradients(peers.function(name), x, dy))


@every_name
def test_transforms(name):
    x = torch.randn(5, 6)
    function, peer = (lambda x: ours(name)(x, -1)), (lambda x: peers.function(name)(x, -1))
    torch.testing.assert_close(torch.vmap(function)(x), peer(x))
    for a, b in zip(torch.func.jvp(function, (x,), (x,)), torch.func.jvp(peer, (x,), (x,)), strict=True):
        torch.testing.assert_close(a, b)
    square = lambda f: lambda x: f(x).square().sum()  # noqa: E731
    torch.testing.assert_close(torch.func.grad(square(function))(x), torch.func.grad(square(peer))(x))
    torch.testing.assert_close(torch.func.hessian(square(function))(x), torch.func.hessian(square(peer))(x))


@every_name
def test_compilers_and_exports(name):
    module, x = getattr(relume.torch, _rows.CLASSES[name])(dim=1), torch.randn(5, 6)
    expected = peers.function(name)(x, 1)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(module, backend="aot_eager", fullgraph=True)(x), expected)
    exported = torch.export.export(module, (x,), dynamic_shapes=({0: torch.export.Dim("n", min=2)},)).module()
    torch.testing.assert_close(exported(x[:3]), expected[:3])
    torch.testing.assert_close(torch.jit.trace(module, x)(x), expected)
    torch.testing.assert_close(torch.fx.symbolic_trace(module)(x), expected)
    assert module(x.to("meta")).shape == expected.shape


@every_name
def test_subclasses_autocast_and_other_devices(name):
    class Mine(torch.Tensor):
        pass

    x = torch.randn(5, 6)
    assert type(ours(name)(x.as_subclass(Mine), -1)) is Mine
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, expected = (function(name)(x.bfloat16(), -1) for function in (ours, peers.function))
    assert name == "sparsemax" or found.dtype is expected.dtype
    torch.testing.assert_close(found, expected, check_dtype=False, rtol=2e-2, atol=2e-2)
