"""The module for every function of the catalogue."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn

import relume
from pytorch.tiny import make_model, train
from relume import _native
from relume.torch import Elementwise, compare, watch

NAMES = [definition.name for definition in _native.catalogue() if definition.elementwise]
LACKING = ["squareplus(b=1)", "sparse_plus", "squared_relu", "quick_gelu", "thresholded_relu", "sparse_sigmoid"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients_are_those_of_the_ufuncs(name, dtype):
    x = torch.linspace(-5.03, 5.07, 77, dtype=dtype).reshape(7, 11).requires_grad_()
    dy = torch.linspace(-1, 2, 77, dtype=dtype).reshape(7, 11)
    y = Elementwise(name)(x)
    y.backward(dy)
    given = x.detach().numpy()
    assert np.array_equal(y.detach().numpy(), getattr(relume, name)(given))
    assert np.array_equal(x.grad.numpy(), getattr(relume.backward, name)(given, dy.numpy()))


@pytest.mark.parametrize("text", LACKING)
def test_the_gradient_is_that_of_finite_differences(text):
    x = torch.linspace(-2.9, 3.1, 13, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Elementwise(text), x)


def test_layouts_do_not_matter():
    module = Elementwise("squareplus")
    whole = torch.randn(4, 6, 5, 3)
    for x in (whole, whole[:, ::2], whole.permute(3, 1, 0, 2), whole.to(memory_format=torch.channels_last), whole[:0]):
        expected = module(x.contiguous())
        x = x.detach().requires_grad_()
        y = module(x)
        assert torch.equal(y, expected)
        # A sum's gradient is one element, seen in all places.
        y.sum().backward()
        assert x.grad.shape == x.shape


def test_it_is_kept_and_copied_as_its_text():
    model = nn.Sequential(nn.Linear(3, 3), Elementwise("silu(beta=1.7)"))
    x = torch.randn(5, 3)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(x), model(x))
    assert repr(model[1]) == "Elementwise(silu(beta=1.7))"
    assert set(model.state_dict()) == {"0.weight", "0.bias"}


def test_a_compiled_model_goes_around_it():
    model = nn.Sequential(nn.Linear(3, 3), Elementwise("squareplus"), nn.Linear(3, 1))
    x = torch.randn(5, 3)
    assert torch.allclose(torch.compile(model, backend="eager")(x), model(x))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Elementwise("square_plus"), ValueError, "did you mean `squareplus`"),
        (
            lambda: Elementwise("squareplus")(torch.arange(3)),
            TypeError,
            "squareplus.b=4.: expected .* found torch.int64",
        ),
        (lambda: Elementwise("squareplus")(torch.ones(3, device="meta")), NotImplementedError, "on meta"),
        (lambda: torch.vmap(Elementwise("squareplus"))(torch.ones(3, 2)), NotImplementedError, "outside of transforms"),
        (
            lambda: torch.func.jvp(Elementwise("squareplus"), (torch.ones(3),), (torch.ones(3),)),
            NotImplementedError,
            "outside of transforms",
        ),
    ],
)
def test_what_it_cannot_do_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_gradient_has_no_gradient_again():
    x = torch.ones(3, requires_grad=True)
    y = Elementwise("squareplus")(x).sum()
    with pytest.raises(NotImplementedError, match="no gradient itself"):
        torch.autograd.grad(y, x, create_graph=True)


def test_the_doctor_sees_it():
    model = nn.Sequential(nn.Linear(4, 6), Elementwise("thresholded_relu(alpha=0.5)"), nn.Linear(6, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer) as doctor:
        for _ in range(8):
            optimizer.zero_grad()
            model(torch.randn(16, 4)).square().mean().backward()
            optimizer.step()
    record = doctor.to_dict()["record"]
    (layer,) = record["layers"]
    assert layer["name"] == "1" and layer["activation"] == "thresholded_relu(alpha=0.5)"
    assert "not observed" not in doctor.report(200)


def test_functions_that_pytorch_lacks_are_compared(tmp_path):
    given = ["relu", "squareplus", "silu(beta=2)", "hard_sigmoid(slope=0.25)"]
    result = compare(make_model, train, given, 1, directory=tmp_path, progress=False)
    assert set(result.verdicts) == {"relu", "squareplus(b=4)", "silu(beta=2)", "hard_sigmoid(slope=0.25, offset=0.5)"}
