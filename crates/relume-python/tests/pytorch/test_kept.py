"""What is kept between forward and backward."""

import torch
from torch.autograd.graph import saved_tensors_hooks

import relume.torch


def kept(function, x):
    """The bytes that a call keeps, apart from its output."""
    sizes = {}

    def pack(saved):
        sizes[saved.data_ptr()] = saved.nbytes
        return saved

    with saved_tensors_hooks(pack, lambda saved: saved):
        y = function(x)
    sizes.pop(y.data_ptr(), None)
    return sum(sizes.values())


def x(n=1000):
    return torch.randn(n, requires_grad=True) * 1


def test_one_bit_per_element_where_that_suffices():
    for name in ("relu", "relu6", "leaky_relu", "hardtanh", "hardsigmoid", "hardshrink", "softshrink"):
        assert kept(getattr(relume.torch, name), x()) == 125, name
    assert kept(lambda x: relume.torch.threshold(x, 0.0, 1.0), x(1001)) == 126


def test_never_more_than_pytorch(case):
    assert kept(case.ours, x()) <= max(kept(case.theirs, x()), 125)


def test_nothing_without_gradients(case):
    with torch.no_grad():
        assert kept(case.ours, x()) == 0
        assert not case.ours(x()).requires_grad
    assert kept(case.ours, torch.randn(1000)) == 0


def test_what_is_kept_is_freed():
    y = relume.torch.mish(x())
    y.sum().backward()
    try:
        y.sum().backward()
    except RuntimeError as error:
        assert "second time" in str(error)
    else:
        raise AssertionError("a graph was gone through twice")
