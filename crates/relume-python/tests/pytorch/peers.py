"""Independent references for the functions that PyTorch lacks, and PyTorch's own for the others."""

import torch
import torch.nn.functional as F
from torch import nn


def gated(gate):
    def function(x, dim=-1):
        a, b = x.tensor_split(2, dim)
        return a * gate(b)

    return function


def crelu(x, dim=-1):
    return torch.cat((F.relu(x), F.relu(-x)), dim)


def sparsemax(x, dim=-1):
    """The threshold is the largest of those that the k largest numbers would have, for any k."""
    dtype, x = x.dtype, x.double()
    ordered = x.sort(dim, descending=True).values
    counts = torch.ones_like(x).cumsum(dim)
    # Of equal thresholds `max` takes one: what lies on it is out.
    return F.relu(x - ((ordered.cumsum(dim) - 1) / counts).max(dim, keepdim=True).values).to(dtype)


LACKING = {
    "reglu": gated(F.relu),
    "geglu": gated(F.gelu),
    "swiglu": gated(F.silu),
    "crelu": crelu,
    "sparsemax": sparsemax,
}


class Along(nn.Module):
    """A module with a function along a dimension."""

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return type(self).function(x, self.dim)


CLASSES = {"ReGLU": "reglu", "GeGLU": "geglu", "SwiGLU": "swiglu", "CReLU": "crelu", "Sparsemax": "sparsemax"}
MODULES = {name: type(name, (Along,), {"function": staticmethod(LACKING[of])}) for name, of in CLASSES.items()}


def function(name):
    """PyTorch's function of this name, or the reference."""
    return LACKING[name] if name in LACKING else getattr(F, name)


def module(name):
    """PyTorch's module of this name, or the reference."""
    return MODULES[name] if name in MODULES else getattr(nn, name)
