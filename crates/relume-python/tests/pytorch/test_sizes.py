"""Which sizes are left to PyTorch."""

from unittest import mock

import pytest
import torch

import relume.torch
from relume.torch._factory import DISPATCHERS, use
from relume.torch._kernel import Kernel
from relume.torch._sizes import SIZES, sizes_of


@pytest.fixture(autouse=True)
def measured_sizes(relume_always):
    use(sizes_of)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def by_relume(name, n):
    y = getattr(relume.torch, name)(torch.randn(n, requires_grad=True))
    return "From" in type(y.grad_fn).__name__


def test_every_function_with_sizes_is_in_the_catalogue():
    names = {dispatcher.definition.name for dispatcher in DISPATCHERS.values()} | {"gelu_tanh", "prelu"}
    assert set(SIZES) <= names


def test_small_tensors_are_left_to_pytorch():
    assert not by_relume("mish", 4095) and by_relume("mish", 4096)
    assert by_relume("gelu", 2000) and not by_relume("gelu", 100_000)
    assert not by_relume("relu", 1 << 20)


def test_sizes_differ_with_and_without_gradients():
    module, calls = relume.torch.ELU(), []
    dispatcher = DISPATCHERS[torch.nn.ELU]
    few, some, many = SIZES["elu"].inference.start - 1, SIZES["elu"].inference.start, SIZES["elu"].training.start
    assert few < some < many
    for n, gradients in [(few, False), (some, False), (some, True), (many, True)]:
        with mock.patch.object(Kernel, "forward", lambda *_: calls.append((n, gradients))):
            for call in (module, relume.torch.elu):
                call(torch.randn(n, requires_grad=gradients))
    assert dispatcher.sizes.smallest == some
    assert calls == [(some, False)] * 2 + [(many, True)] * 2


def test_sizes_differ_with_threads():
    assert by_relume("selu", 1 << 16)
    torch.set_num_threads(2)
    assert not by_relume("selu", 1 << 16) and by_relume("selu", 1 << 22)


def test_what_is_always_left_to_pytorch_costs_nothing():
    assert relume.torch.Hardswish.forward is torch.nn.Hardswish.forward
    assert relume.torch.ELU.forward is not torch.nn.ELU.forward


def test_variants_have_sizes_of_their_own():
    x = torch.randn(1 << 16, requires_grad=True)
    assert "From" in type(relume.torch.gelu(x, approximate="tanh").grad_fn).__name__
    assert "From" not in type(relume.torch.gelu(x).grad_fn).__name__


def test_favouring_memory():
    relume.torch.favour_memory()
    try:
        assert by_relume("relu", 4096) and not by_relume("relu", 4095)
        assert not by_relume("silu", 1 << 16)
    finally:
        relume.torch.favour_memory(False)
    assert not by_relume("relu", 4096)
