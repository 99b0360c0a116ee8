"""Kernels as operations of PyTorch: functions with a backward, by what they keep for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from relume import _native
from relume.torch import _choice
from relume.torch._kernel import Kernel


class Operation:
    """A kernel, with a backward where one may follow."""

    def __init__(self, kernel: Kernel, own: Callable[[Tensor], Tensor], kind: type[Function] | None = None) -> None:
        self.kernel = kernel
        self.own = own
        """The same function made of PyTorch's operations, which has every derivative."""
        self.kind = kind or suited_to(kernel.activation)

    def __call__(self, x: Tensor, inplace: bool = False) -> Tensor:
        """f(x), of a tensor that suits relume."""
        if x.requires_grad and torch.is_grad_enabled():
            return self.kind.apply(x, self, inplace)  # type: ignore[no-any-return]
        y = x if inplace else torch.empty_like(x)
        self.kernel.forward(x, y)
        if inplace and not x.is_inference():
            torch.autograd.graph.increment_version(x)
        return y


class FromInput(Function):
    """Keeps the input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, operation: Operation, inplace: bool) -> Tensor:
        ctx.operation = operation
        ctx.save_for_backward(x.clone() if inplace else x)
        y = output(ctx, x, inplace)
        operation.kernel.forward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        if _choice.suits_backward(dy):
            return ctx.operation.kernel.backward(x, dy), None, None
        (dx,) = by_pytorch(ctx.operation.own, (x,), dy)
        return dx, None, None


class FromOutput(Function):
    """Keeps the output for PyTorch's own backward operation; the next layer usually keeps it anyway."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, operation: Operation, inplace: bool) -> Tensor:
        y = output(ctx, x, inplace)
        operation.kernel.forward(x, y)
        ctx.backward = backward_from_output(operation.kernel.activation)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        (y,) = ctx.saved_tensors
        return ctx.backward(dy, y), None, None


class FromBits(Function):
    """Keeps one bit per element."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, operation: Operation, inplace: bool) -> Tensor:
        y = output(ctx, x, inplace)
        ctx.kernel, ctx.stride = operation.kernel, y.stride()
        ctx.save_for_backward(ctx.kernel.forward_with_bits(x, y))
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None, None]:
        (bits,) = ctx.saved_tensors
        if _choice.suits_backward(dy):
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


def by_pytorch(own: Callable[..., Tensor], inputs: tuple[Tensor, ...], dy: Tensor) -> tuple[Tensor, ...]:
    """The gradients by PyTorch's own derivative, which has a derivative again."""
    with torch.enable_grad():
        inputs = tuple(x if x.requires_grad else x.detach().requires_grad_() for x in inputs)
        y = own(*inputs)
    return torch.autograd.grad(y, inputs, dy, create_graph=torch.is_grad_enabled())


def backward_from_output(activation: _native.Activation) -> Any:
    """PyTorch's backward operation, if it takes nothing but the arriving gradient and the output."""
    packet = getattr(torch.ops.aten, f"{activation.name}_backward", None)
    if packet is None or [argument.name for argument in packet.default._schema.arguments] != ["grad_output", "output"]:
        return None
    return packet.default


def suited_to(activation: _native.Activation) -> type[Function]:
    """The kind of backward that keeps the least memory."""
    if activation.slopes is not None:
        return FromBits
    return FromInput if backward_from_output(activation) is None else FromOutput
