"""PReLU: its gradients are ours, by the input and by the slopes."""

import copy
import pickle

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import relume.torch
from pytorch.cases import TOLERANCES, inputs
from relume.torch import _prelu


def gradients(function, x, weight, dy):
    """The output and the gradients of the input and of the slopes."""
    x, weight = x.detach().requires_grad_(), weight.detach().requires_grad_()
    y = function(x, weight)
    return y, *torch.autograd.grad(y, (x, weight), dy)


def compare(x, weight, dy=None):
    dy = torch.randn_like(x) if dy is None else dy
    # PyTorch sums gradients of float16 in float16.
    wide = [tensor.double() for tensor in (x, weight, dy)]
    ours, right = gradients(relume.torch.prelu, x, weight, dy), gradients(F.prelu, *wide)
    assert type(ours[0].grad_fn).__name__ == "LearnedBackward"
    for found, expected, like in zip(ours, right, (x, x, weight), strict=True):
        assert found.stride() == torch.empty_like(like).stride() and found.dtype is x.dtype
        torch.testing.assert_close(found.double(), expected, **TOLERANCES[x.dtype])


SLOPES = torch.tensor([0.25, -0.5, 0.0, 1.5, 0.1])

LAYOUTS = {
    "images": lambda x: x.view(8, 5, 5, 10),
    "channels last": lambda x: x.view(8, 5, 5, 10).to(memory_format=torch.channels_last),
    "permuted": lambda x: x.view(5, 10, 8, 5).permute(2, 0, 3, 1),
    "features": lambda x: x.view(400, 5),
    "transposed": lambda x: x.view(5, 400).t(),
    "one row": lambda x: x[:5].view(1, 5),
    "strided": lambda x: x.view(200, 10)[:, ::2],
}


@pytest.mark.parametrize("layout", [*LAYOUTS])
def test_slopes_of_channels(layout, dtype):
    x = LAYOUTS[layout](inputs(dtype, 2000))
    if layout == "strided":
        assert type(relume.torch.prelu(x.requires_grad_(), SLOPES.to(dtype)).grad_fn).__name__ != "LearnedBackward"
    else:
        compare(x, SLOPES.to(dtype))


@pytest.mark.parametrize("shape", [(2000,), (100, 20), (10, 5, 40), ()])
def test_one_slope(shape, dtype):
    x = inputs(dtype, 2000)
    compare(x.view(shape) if shape else x[3], torch.tensor([0.25], dtype=dtype))


def test_arriving_gradients_of_any_layout():
    x = inputs(torch.float32, 2000).view(400, 5)
    for dy in (torch.randn(5, 400).t(), torch.tensor(0.5).expand(400, 5), torch.randn(400, 10)[:, ::2]):
        compare(x, SLOPES, dy)


def test_the_gradient_at_zero_is_pytorchs():
    compare(torch.tensor([[0.0, -0.0, 0.0, 0.0, -0.0]]), SLOPES, torch.ones(1, 5))


def test_only_one_gradient_is_wanted():
    x, weight = inputs(torch.float32, 2000).view(400, 5), SLOPES.clone()
    for wanted in (x, weight):
        wanted.requires_grad_()
        found = [
            torch.autograd.grad(prelu(x, weight).square().sum(), wanted) for prelu in (relume.torch.prelu, F.prelu)
        ]
        torch.testing.assert_close(*found, rtol=1e-5, atol=1e-3)
        wanted.requires_grad_(False)


def test_gradcheck_and_its_derivative():
    x = torch.linspace(-3.1, 3, 30, dtype=torch.float64).view(3, 5, 2).requires_grad_()
    weight = SLOPES.double().requires_grad_()
    assert torch.autograd.gradcheck(relume.torch.prelu, (x, weight), check_batched_grad=True)
    assert torch.autograd.gradgradcheck(relume.torch.prelu, (x, weight))


def test_slopes_that_are_not_finite_are_left_to_pytorch():
    x, weight = torch.tensor([[-1.0, 2.0]]), torch.tensor([float("nan"), float("inf")])
    found, expected = (gradients(prelu, x, weight, torch.ones(1, 2)) for prelu in (relume.torch.prelu, F.prelu))
    torch.testing.assert_close(found, expected, equal_nan=True)


def test_nothing_is_kept_without_gradients():
    module, x = relume.torch.PReLU(5), torch.randn(400, 5)
    with torch.no_grad():
        assert module(x).grad_fn is None


def test_autocast_and_mixed_types():
    module, reference, x = relume.torch.PReLU(), nn.PReLU(), torch.randn(100)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(module(x), reference(x))
        for low in (module, reference):
            low(x).sum().backward()
    torch.testing.assert_close(module.weight.grad, reference.weight.grad)
    with pytest.raises(RuntimeError):
        relume.torch.PReLU().double()(x)


def test_transforms_compilers_and_devices():
    module, reference, x = relume.torch.PReLU(5), nn.PReLU(5), torch.randn(8, 5)
    expected = reference(x)
    torch.testing.assert_close(torch.vmap(module)(x[:, None]), expected[:, None])
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(module, backend="eager", fullgraph=True)(x), expected)
    torch.testing.assert_close(torch.export.export(module, (x,)).module()(x), expected)
    assert relume.torch.PReLU(5, device="meta")(x.to("meta")).device.type == "meta"


def test_state_and_copies():
    module = relume.torch.PReLU(5, init=0.1)
    nn.PReLU(5).load_state_dict(module.state_dict())
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert type(twin) is relume.torch.PReLU and torch.equal(twin.weight, module.weight)
    assert repr(module) == repr(nn.PReLU(5, init=0.1))


def test_many_threads_are_left_to_pytorch():
    x = torch.randn(400, 5, requires_grad=True)
    before = torch.get_num_threads()
    torch.set_num_threads(_prelu.MOST_THREADS + 1)
    try:
        assert type(relume.torch.prelu(x, SLOPES).grad_fn).__name__ != "LearnedBackward"
    finally:
        torch.set_num_threads(before)


def test_training_gives_the_same_slopes():
    x, weights = torch.randn(64, 5), []
    for package in (relume.torch, nn):
        module = package.PReLU(5)
        optimizer = torch.optim.SGD(module.parameters(), 0.1)
        for _ in range(20):
            optimizer.zero_grad()
            (module(x) - x.abs()).square().mean().backward()
            optimizer.step()
        weights.append(module.weight)
    torch.testing.assert_close(*weights)
    assert (weights[0] < 0.2).all()
