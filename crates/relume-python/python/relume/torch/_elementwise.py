"""A module for every elementwise function of the catalogue, whether PyTorch has it or not."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch._C import _len_torch_function_stack as modes
from torch.autograd import Function
from torch.compiler import is_dynamo_compiling
from torch.overrides import handle_torch_function

from relume import _native
from relume.torch import _choice
from relume.torch._dispatcher import FRAMEWORK
from relume.torch._elements import CODES
from relume.torch._kernel import like


class Elementwise(nn.Module):
    """Any elementwise function of relume's catalogue, with its parameters; also those that PyTorch lacks.

    >>> import torch, relume.torch
    >>> relume.torch.Elementwise("squareplus(b=9)")(torch.tensor([-4.0, 0.0, 4.0]))
    tensor([0.5000, 1.5000, 4.5000])

    relume computes it whatever the size. PyTorch has no such operation to fall back on, so the tensor must be on the
    CPU, transforms such as ``vmap`` raise a ``NotImplementedError``, ``torch.compile`` breaks its graph here, and the
    gradient has no gradient again. The input may have any shape and layout.
    """

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.activation = str(_native.Activation(activation, FRAMEWORK))
        """Its text form, such as ``squareplus(b=4)``."""

    def forward(self, input: Tensor) -> Tensor:
        if is_dynamo_compiling():
            # Not a decorator: that would load the compiler, which takes seconds and aborts the process where TensorFlow
            # has already loaded its own LLVM.
            return torch.compiler.disable(computed)(self.activation, input)
        return computed(self.activation, input)

    def extra_repr(self) -> str:
        return self.activation


Elementwise.__module__ = "relume.torch"


class Call:
    """A function with its parameters, as the doctor sees it called."""

    def __init__(self, text: str) -> None:
        self.activation = _native.Activation(text, FRAMEWORK)
        self.name = self.activation.name

    def text(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The text form."""
        return str(self.activation)

    def __call__(self, x: Tensor) -> Tensor:
        """f(x)"""
        if x.dtype not in CODES:
            expected = ", ".join(str(dtype).removeprefix("torch.") for dtype in CODES)
            raise TypeError(f"{self.activation}: expected a tensor of {expected}, found {x.dtype}")
        if x.is_cpu and x.numel() == 0:
            return x.clone()
        if _choice.transformed() or not _choice.ordinary(x):
            raise NotImplementedError(
                f"{self.activation}: PyTorch has no such operation, and relume's is for ordinary tensors on the CPU "
                f"outside of transforms, not for a {type(x).__name__} on {x.device}"
            )
        return Differentiated.apply(x, self.activation)


call_of = cache(Call)


def computed(text: str, x: Tensor) -> Tensor:
    """The function with this text at `x`; the doctor sees the call."""
    called = call_of(text)
    if modes() and _choice.watched():
        return handle_torch_function(called, (x,), x)
    return called(x)


class Differentiated(Function):
    """The function and its backward, which keeps the input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: _native.Activation) -> Tensor:
        x = x if _choice.dense(x) else x.contiguous()
        ctx.activation = activation
        ctx.save_for_backward(x)
        y = torch.empty_like(x)
        activation.forward(CODES[x.dtype], x.data_ptr(), y.data_ptr(), x.numel(), torch.get_num_threads())
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        if torch.is_grad_enabled():
            raise NotImplementedError(f"{ctx.activation}: the gradient has no gradient itself (create_graph=True)")
        (x,) = ctx.saved_tensors
        dy, dx = like(dy.resolve_neg(), x), torch.empty_like(x)
        pointers = x.data_ptr(), dy.data_ptr(), dx.data_ptr()
        ctx.activation.backward(CODES[x.dtype], *pointers, x.numel(), torch.get_num_threads())
        return dx, None
