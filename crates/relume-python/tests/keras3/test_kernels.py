"""relume's kernels, with the torch backend."""

import numpy as np
import pytest
from backends import BACKEND, CATALOGUE, at_ordinary_points, every_case, rounded

import relume
import relume.keras

if BACKEND != "torch":
    pytest.skip("the kernels are for the torch backend", allow_module_level=True)

import torch

from relume.keras import _kernels
from relume.torch import _autograd

NAMES = [name for name in CATALOGUE if name not in _kernels.LEFT_TO_PYTORCH]
every_name = pytest.mark.parametrize("name", NAMES)


@every_case
def test_values_are_those_of_relume_to_the_bit(name, parameters):
    x, y, _ = at_ordinary_points(name, parameters, np.float32, "at once")
    np.testing.assert_array_equal(y, getattr(relume, name)(x, **rounded(name, parameters, np.float32)))


@every_name
def test_a_backward_pass_keeps_bits_or_the_input(name):
    x = torch.randn(800, requires_grad=True)
    y = getattr(relume.keras, name)(x)
    kept = sum(tensor.nbytes for tensor in y.grad_fn.saved_tensors)
    assert kept == (100 if isinstance(y.grad_fn, _autograd.FromBits._backward_cls) else x.nbytes)
    assert getattr(relume.keras, name)(x.detach()).grad_fn is None


@every_name
def test_other_layouts_are_kept(name):
    x = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    for given in (x, x[:, :, ::2], x.transpose(0, 3)):
        y = getattr(relume.keras, name)(given)
        torch.testing.assert_close(y, getattr(relume.keras, name)(given.contiguous()))
    assert getattr(relume.keras, name)(x).stride() == x.stride()


@every_name
def test_second_derivatives_are_those_of_the_formula(name):
    x = torch.linspace(-2.3, 2.4, 40, dtype=torch.float64, requires_grad=True)
    function, formula = getattr(relume.keras, name), _formula(name)
    first, expected = (torch.autograd.grad(f(x).sum(), x, create_graph=True)[0] for f in (function, formula))
    torch.testing.assert_close(first, expected)
    if expected.requires_grad and first.requires_grad:
        second, expected = (torch.autograd.grad((of * x).sum(), x)[0] for of in (first, expected))
        torch.testing.assert_close(second, expected)


def _formula(name):
    function = next(f for f in relume.keras._factory._functions if f.name == name)
    return lambda x: function.composed(x, tuple(function.defaults.values()))


def test_transforms_see_the_formula():
    x = torch.randn(5, 3)
    slopes = torch.func.vmap(torch.func.grad(lambda row: relume.keras.mish(row).sum()))(x)
    np.testing.assert_allclose(slopes, relume.derivative.mish(x.numpy()), rtol=1e-5, atol=1e-7)
    exported = torch.export.export(torch.nn.Sequential(_Module()), (x,))
    assert "relume" not in str(exported.graph)


class _Module(torch.nn.Module):
    def forward(self, x):
        return relume.keras.celu(x, alpha=2.0)
