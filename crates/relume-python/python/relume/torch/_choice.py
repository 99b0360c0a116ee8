"""relume or PyTorch: who computes a call. Nothing else in this package decides it by looking at a tensor."""

from typing import Any

import torch
from torch import _C, Tensor
from torch.autograd import forward_ad
from torch.compiler import is_dynamo_compiling
from torch.nn import Parameter
from torch.overrides import _get_current_function_mode

from relume.torch._sizes import Sizes


def suits(input: Any, sizes: Sizes, learned: Tensor | None = None) -> bool:
    """Whether relume computes a function of this, which may have a learned parameter beside it; else PyTorch does.

    Small tensors feel every step here, so that the cheap questions come first. Compilers are asked about before all,
    because they see this code too.
    """
    if is_dynamo_compiling() or type(input) not in PLAIN:
        return False
    n = input.numel()
    # A tensor would be compared with all numbers of a range.
    if not known(n) or n < sizes.smallest:
        return False
    differentiated = input.requires_grad or (learned is not None and learned.requires_grad)
    keeps = differentiated and torch.is_grad_enabled()
    if n not in (sizes.training if keeps else sizes.inference):
        return False
    if n not in (sizes.threaded_training if keeps else sizes.threaded_inference) and torch.get_num_threads() > 1:
        return False
    return eager() and ordinary(input) and dense(input)


def known(size: Any) -> bool:
    """Whether a size is a number: in a trace it is a tensor, and under functorch it may be a symbol."""
    return type(size) is int


def suits_in_place(x: Tensor) -> bool:
    """Whether relume may put the result into a tensor that suits it: autograd has rules for leaves and views."""
    return not (x.requires_grad and torch.is_grad_enabled() and (x.is_leaf or x._is_view()))


def suits_backward(dy: Tensor) -> bool:
    """Whether relume computes the gradient from an arriving one, of which no derivative is wanted."""
    return not torch.is_grad_enabled() and ordinary(dy) and eager()


def eager() -> bool:
    """Whether PyTorch runs each operation at once, and nothing but the doctor looks on."""
    return not (
        transformed() or _C._len_torch_dispatch_stack() or (_C._is_torch_function_mode_enabled() and not watched())
    )


def transformed() -> bool:
    """Whether more is asked of an operation than its result and a backward: by functorch, a trace, or forward mode."""
    return (
        _C._are_functorch_transforms_active() or _C._get_tracing_state() is not None or forward_ad._current_level >= 0
    )


def watched() -> bool:
    """Whether the doctor looks on, who sees relume's functions as they are."""
    return _C._len_torch_function_stack() > 0 and hasattr(_get_current_function_mode(), "sees_relume")


PLAIN = (Tensor, Parameter)
"""The classes of tensors that are what their memory says."""


def ordinary(x: Tensor) -> bool:
    """Whether a tensor is what its memory says: on the CPU, neither sparse nor lazily negated nor a subclass."""
    return type(x) in PLAIN and x.is_cpu and x.layout is torch.strided and not x.is_neg() and has_memory(x)


def has_memory(x: Tensor) -> bool:
    """Whether there is something to be read: the batches of a vectorised backward and symbolic zeros have none."""
    try:
        return x.data_ptr() != 0
    except RuntimeError:
        return False


def dense(x: Tensor) -> bool:
    """Whether the elements fill their memory without gaps and overlaps, in whatever order."""
    # An empty tensor like x has the strides of x if and only if x is dense.
    return x.is_contiguous() or torch.empty_like(x, device="meta").stride() == x.stride()
