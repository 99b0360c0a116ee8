"""Functions with a backward, by what they keep for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd import Function

from relume import _native
from relume.torch import _conditions

if TYPE_CHECKING:
    from relume.torch._kernel import Kernel


class FromInput(Function):
    """Keeps the input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Kernel, inplace: bool) -> Tensor:
        ctx.kernel = kernel
        ctx.save_for_backward(x.clone() if inplace else x)
        y = output(ctx, x, inplace)
        kernel.forward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        if by_relume(dy):
            return ctx.kernel.backward(x, dy), None, None
        (dx,) = by_pytorch(ctx.kernel.own, (x,), dy)
        return dx, None, None


class FromOutput(Function):
    """Keeps the output, which the layer that follows mostly keeps too, for PyTorch's own backward operation."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Kernel, inplace: bool) -> Tensor:
        y = output(ctx, x, inplace)
        kernel.forward(x, y)
        ctx.backward = operation_on_output(kernel.activation)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        (y,) = ctx.saved_tensors
        return ctx.backward(dy, y), None, None


class FromBits(Function):
    """Keeps one bit per element."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Kernel, inplace: bool) -> Tensor:
        y = output(ctx, x, inplace)
        ctx.kernel, ctx.stride = kernel, y.stride()
        ctx.save_for_backward(kernel.forward_with_bits(x, y))
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        (bits,) = ctx.saved_tensors
        if by_relume(dy):
            if dy.stride() != ctx.stride:
                dy = torch.empty_strided(dy.shape, ctx.stride, dtype=dy.dtype).copy_(dy)
            return ctx.kernel.backward_from_bits(bits, dy), None, None
        apart = bits.unsqueeze(1) >> torch.arange(8, dtype=torch.uint8) & 1
        rises = apart.flatten().as_strided(dy.shape, ctx.stride) != 0
        clear, rising = (dy * slope if slope else torch.zeros_like(dy) for slope in ctx.kernel.activation.slopes)
        return torch.where(rises, rising, clear), None, None


def output(ctx: Any, x: Tensor, inplace: bool) -> Tensor:
    """Where the output goes."""
    if not inplace:
        return torch.empty_like(x)
    ctx.mark_dirty(x)
    return x


def by_relume(dy: Tensor) -> bool:
    """Whether this is an ordinary backward pass, of which no derivative is wanted."""
    return not torch.is_grad_enabled() and _conditions.ordinary(dy) and _conditions.eager()


def by_pytorch(own: Callable[..., Tensor], inputs: tuple[Tensor, ...], dy: Tensor) -> tuple[Tensor, ...]:
    """The gradients by PyTorch's own derivative, which has a derivative again."""
    with torch.enable_grad():
        inputs = tuple(x if x.requires_grad else x.detach().requires_grad_() for x in inputs)
        y = own(*inputs)
    return torch.autograd.grad(y, inputs, dy, create_graph=torch.is_grad_enabled())


def operation_on_output(activation: _native.Activation) -> Any:
    """PyTorch's backward operation, if it takes nothing but the arriving gradient and the output."""
    packet = getattr(torch.ops.aten, f"{activation.name}_backward", None)
    if packet is None or [argument.name for argument in packet.default._schema.arguments] != ["grad_output", "output"]:
        return None
    return packet.default


def suited_to(activation: _native.Activation) -> type[Function]:
    """What keeps the least."""
    if activation.slopes is not None:
        return FromBits
    return FromInput if operation_on_output(activation) is None else FromOutput
