"""When relume's kernels may work on a tensor's memory."""

import torch
from torch import _C, Tensor
from torch.autograd import forward_ad
from torch.nn import Parameter
from torch.overrides import _get_current_function_mode


def eager() -> bool:
    """Whether nobody wants to see PyTorch's own operations: no transform, tracing, mode or forward differentiation."""
    return not (
        _C._are_functorch_transforms_active()
        or _C._len_torch_dispatch_stack()
        or _C._is_torch_function_mode_enabled()
        or _C._get_tracing_state() is not None
        or forward_ad._current_level >= 0
    )


def watched() -> bool:
    """Whether it is the doctor who wants to see: he sees relume's functions as they are."""
    return _C._len_torch_function_stack() > 0 and hasattr(_get_current_function_mode(), "sees_relume")


def ordinary(x: Tensor) -> bool:
    """Whether a tensor is what its memory says: on the CPU, neither sparse nor lazily negated nor a subclass."""
    return (
        type(x) in (Tensor, Parameter) and x.is_cpu and x.layout is torch.strided and not x.is_neg() and has_memory(x)
    )


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
