"""A function with fixed parameters, applied to the memory of tensors."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from relume import _native
from relume.torch import _autograd, _conditions
from relume.torch._sizes import Sizes

CODES = {
    torch.float16: _native.F16,
    torch.bfloat16: _native.BF16,
    torch.float32: _native.F32,
    torch.float64: _native.F64,
}


class Kernel:
    """A function with fixed parameters, for one type of elements.

    Its methods trust that tensors are ordinary, of this type, and that their elements fill their memory.
    """

    def __init__(self, activation: _native.Activation, code: int, own: Callable[..., Tensor], sizes: Sizes) -> None:
        self.activation = activation
        self.code = code
        self.own = own
        """PyTorch's own function with these parameters, which takes a tensor, and ``inplace`` if it has that."""
        self.sizes = sizes
        self.differentiated = _autograd.suited_to(activation)

    def __call__(self, x: Tensor, inplace: bool) -> Tensor:
        """f(x), by relume if it is faster and can do it, else by PyTorch."""
        keeps = x.requires_grad and torch.is_grad_enabled()
        n, sizes = x.numel(), self.sizes
        if n not in (sizes.training if keeps else sizes.inference):
            return self.by_pytorch(x, inplace)
        on_threads = sizes.threaded_training if keeps else sizes.threaded_inference
        if n not in on_threads and torch.get_num_threads() > 1:
            return self.by_pytorch(x, inplace)
        if not (_conditions.ordinary(x) and _conditions.dense(x)):
            return self.by_pytorch(x, inplace)
        if not keeps:
            y = x if inplace else torch.empty_like(x)
            self.forward(x, y)
            if inplace and not x.is_inference():
                torch.autograd.graph.increment_version(x)
            return y
        if inplace and (x.is_leaf or x._is_view()):
            return self.by_pytorch(x, inplace)
        return self.differentiated.apply(x, self, inplace)

    def by_pytorch(self, x: Tensor, inplace: bool) -> Tensor:
        """f(x), by PyTorch's own operation."""
        return self.own(x, inplace=True) if inplace else self.own(x)

    def forward(self, x: Tensor, y: Tensor) -> None:
        """Puts f(x) into y, which may be x."""
        self.activation.forward(self.code, x.data_ptr(), y.data_ptr(), x.numel(), torch.get_num_threads())

    def backward(self, x: Tensor, dy: Tensor) -> Tensor:
        """dy · f′(x)"""
        dy, dx = like(dy, x), torch.empty_like(x)
        pointers = x.data_ptr(), dy.data_ptr(), dx.data_ptr()
        self.activation.backward(self.code, *pointers, x.numel(), torch.get_num_threads())
        return dx

    def forward_with_bits(self, x: Tensor, y: Tensor) -> Tensor:
        """Puts f(x) into y, which may be x; returns a bit for each element, in the order of memory."""
        bits = torch.empty((x.numel() + 7) // 8, dtype=torch.uint8)
        pointers = x.data_ptr(), y.data_ptr(), bits.data_ptr()
        self.activation.forward_with_bits(self.code, *pointers, x.numel(), torch.get_num_threads())
        return bits

    def backward_from_bits(self, bits: Tensor, dy: Tensor) -> Tensor:
        """dy · f′(x), from the bits of x; the memory of dy is in the order of that of x."""
        dx = torch.empty_like(dy)
        pointers = bits.data_ptr(), dy.data_ptr(), dx.data_ptr()
        self.activation.backward_from_bits(self.code, *pointers, dy.numel(), torch.get_num_threads())
        return dx


def like(dy: Tensor, x: Tensor) -> Tensor:
    """dy with its elements where those of x are in memory."""
    return dy if dy.stride() == x.stride() else torch.empty_like(x).copy_(dy)


def kernel_of(activation: Any, dtype: torch.dtype, own: Callable[..., Tensor], sizes: Sizes) -> Kernel | None:
    """None for types of elements that relume lacks."""
    code = CODES.get(dtype)
    return None if code is None else Kernel(activation, code, own, sizes)
