"""The types of elements that relume computes with, and what the native module calls them."""

import torch

from relume import _native

CODES = {
    torch.float16: _native.F16,
    torch.bfloat16: _native.BF16,
    torch.float32: _native.F32,
    torch.float64: _native.F64,
}
