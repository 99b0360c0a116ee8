"""A function with fixed parameters, applied to the memory of tensors."""

import torch
from torch import Tensor

from relume import _native


class Kernel:
    """A function with fixed parameters, for one type of elements.

    Its methods trust that tensors are ordinary, of this type, and that their elements fill their memory.
    """

    def __init__(self, activation: _native.Activation, code: int) -> None:
        self.activation = activation
        self.code = code
        """That of the elements' type."""

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
