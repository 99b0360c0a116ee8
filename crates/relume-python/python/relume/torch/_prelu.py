"""PReLU, whose slopes are learned: PyTorch's own forward, and relume's backward, which is one pass over memory."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, is_grad_enabled, nn
from torch._C import _get_tracing_state
from torch._C import _len_torch_function_stack as modes
from torch.autograd import Function
from torch.compiler import is_dynamo_compiling
from torch.overrides import handle_torch_function

from relume import _native
from relume.torch import _autograd, _choice
from relume.torch._elements import CODES
from relume.torch._kernel import like
from relume.torch._sizes import LEFT, Sizes

NAME = "prelu"

# One thread of relume does about the work of eight of PyTorch, which uses all that it has.
MOST_THREADS = 4

sizes: Sizes = LEFT
"""For how many elements relume is used."""


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """PReLU: f(x) = x for x ≥ 0, w·x for x < 0, with a slope w for each channel, as ``torch.nn.functional.prelu``."""
    # Whether there may be a backward, and whether there is any mode, are asked first, because it is cheap.
    if is_grad_enabled() and suits(input, weight):
        return Learned.apply(input, weight)
    if modes() and _choice.watched():
        return handle_torch_function(prelu, (input,), input, weight)
    return F.prelu(input, weight)


class PReLU(nn.PReLU):
    """PReLU: f(x) = x for x ≥ 0, w·x for x < 0, with a slope w for each channel, as ``torch.nn.PReLU``."""

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight
        if is_grad_enabled() and suits(input, weight):
            return Learned.apply(input, weight)
        if modes() and _choice.watched():
            return handle_torch_function(prelu, (input,), input, weight)
        return F.prelu(input, weight)


PReLU.__module__ = prelu.__module__ = "relume.torch"


def suits(x: Tensor, weight: Tensor) -> bool:
    """Whether relume computes the backward."""
    return (
        # A trace is repeated without gradients to check it, and sizes that are asked for would show in one of the two.
        not is_dynamo_compiling()
        and _get_tracing_state() is None
        and _choice.suits(x, sizes, learned=weight)
        and torch.get_num_threads() <= MOST_THREADS
        and x.dtype is weight.dtype
        and x.dtype in CODES
        and _choice.ordinary(weight)
        and weight.is_contiguous()
    )


class Learned(Function):
    """Keeps the input and the slopes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.prelu(x, weight)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        if _choice.suits_backward(dy) and dy.dtype is x.dtype:
            try:
                return backward(x, weight, dy)
            except ValueError:
                # Slopes that are not finite are left to PyTorch.
                pass
        dx, dweight = _autograd.by_pytorch(F.prelu, (x, weight), dy)
        return dx, dweight


def backward(x: Tensor, weight: Tensor, dy: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of x and of the slopes."""
    dx, dweight, dy = torch.empty_like(x), torch.empty_like(weight), like(dy, x)
    channels = weight.numel()
    # In a dense tensor, in any order of its dimensions, this many elements of a channel follow each other.
    inner = x.stride(1) if channels > 1 else 1
    pointers = x.data_ptr(), weight.data_ptr(), dy.data_ptr(), dx.data_ptr(), dweight.data_ptr()
    _native.prelu_backward(CODES[x.dtype], pointers, (x.numel() // (channels * inner), channels, inner))
    return dx, dweight
