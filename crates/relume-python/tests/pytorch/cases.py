"""What several tests of relume.torch need: the modules under test, inputs, gradients."""

import torch
from torch import nn

import relume.torch
from relume.torch._factory import DISPATCHERS

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)

# A few roundings of PyTorch's, whose half-precision gradients pass through several.
TOLERANCES = {
    torch.float16: dict(rtol=2e-3, atol=2e-3),
    torch.bfloat16: dict(rtol=2e-2, atol=2e-2),
    torch.float32: dict(rtol=2e-6, atol=1e-5),
    # PyTorch's softplus is off by 2e-9 beyond 20, and its derivative of hardsigmoid has 1/6 in single precision.
    torch.float64: dict(rtol=2e-7, atol=2e-7),
}

# Every module whose function has no learned parameters, with usual and unusual arguments.
ARGUMENTS = {
    "LeakyReLU": [(0.01,), (0.3,), (-0.5,)],
    "Threshold": [(0.125, 20.0), (-1.0, -2.0)],
    "ELU": [(1.0,), (0.5,)],
    "CELU": [(1.0,), (0.5,)],
    "Hardtanh": [(-1.0, 1.0), (-0.5, 2.0)],
    "Softplus": [(), (2.0, 10.0)],
    "Softshrink": [(0.5,), (1.0,)],
    "Hardshrink": [(0.5,), (1.0,)],
    "GELU": [("none",), ("tanh",)],
}
CASES = [(base.__name__, arguments) for base in DISPATCHERS for arguments in ARGUMENTS.get(base.__name__, [()])]


class Case:
    """One of our modules and PyTorch's, with the same arguments."""

    def __init__(self, name, arguments):
        self.name, self.arguments = name, arguments
        self.ours = self.make(relume.torch)
        self.theirs = self.make(nn)
        self.inplace = hasattr(self.theirs, "inplace")

    def make(self, package, **options):
        return make(getattr(package, self.name), self.arguments, **options)


def make(kind, arguments, **options):
    """A module of this class with these arguments."""
    return kind(approximate=arguments[0]) if kind.__name__ == "GELU" else kind(*arguments, **options)


def inputs(dtype, n=1999):
    """Scattered, with every kink of a default function among them, and zeros of both signs."""
    x = torch.randn(n, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 3
    kinks = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, 0.125, 2.0]
    x[: 5 * len(kinks) : 5] = torch.tensor(kinks, dtype=torch.float64)
    return x.to(dtype)


def gradient(function, x, dy):
    """The output and the gradient."""
    x = x.detach().requires_grad_()
    y = function(x)
    return y.detach(), *torch.autograd.grad(y, x, dy)
