"""Functions of more than one element along a dimension: softmax and its like, gated linear units, CReLU."""

import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import handle_torch_function, has_torch_function_unary

from relume import _native
from relume.torch import _choice

DEFINITIONS = {definition.name: definition for definition in _native.catalogue()}


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: torch.dtype | None = None) -> Tensor:
    return F.softmax(input, dim, _stacklevel + 1, dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: torch.dtype | None = None
) -> Tensor:
    return F.log_softmax(input, dim, _stacklevel + 1, dtype)


def along(function: Callable[[Tensor, int], Tensor]) -> Callable[..., Tensor]:
    """A function along a dimension, as PyTorch's are: tensors that bring their own way to compute are asked first."""

    @functools.wraps(function)
    def call(input: Tensor, dim: int = -1) -> Tensor:
        if has_torch_function_unary(input):
            return handle_torch_function(call, (input,), input, dim=dim)  # type: ignore[no-any-return]
        return function(input, dim)

    return call


@along
def sparsemax(input: Tensor, dim: int = -1) -> Tensor:
    if not input.is_floating_point():
        raise TypeError(f"sparsemax: expected a tensor of real numbers, found {input.dtype}")
    if input.dtype in (torch.float16, torch.bfloat16):
        return sparsemax(input.float(), dim).to(input.dtype)
    n = input.numel()
    if _choice.known(n) and n == 0:
        return input.clone()
    z = below_the_largest(input, dim)
    zero = z <= threshold(z.detach(), dim)
    # Of all that stays, the mean is taken away: so the gradient does not pass through the search for the threshold.
    count = (~zero).sum(dim, keepdim=True)
    excess = (z.masked_fill(zero, 0.0).sum(dim, keepdim=True) - 1) / count
    return (z - excess).masked_fill(zero, 0.0)


def below_the_largest(x: Tensor, dim: int) -> Tensor:
    """x less the largest of its row, but at least −1, where sparsemax is 0. A single +∞ is above all others."""
    largest = x.detach().amax(dim, keepdim=True)
    top = x == largest
    alone = top & (top.sum(dim, keepdim=True) == 1) & (largest > -torch.inf)
    return (x - largest).masked_fill(alone & largest.isinf(), 0.0).clamp_min(-1.0)


def threshold(z: Tensor, dim: int) -> Tensor:
    """By Martins and Astudillo: as many of the largest stay as are above their mean less 1/k."""
    falling = z.sort(dim, descending=True).values
    sums, ones = falling.cumsum(dim), torch.ones_like(z)
    stays = 1 + ones.cumsum(dim) * falling > sums
    count = stays.sum(dim, keepdim=True)
    return (falling.masked_fill(~stays, 0.0).sum(dim, keepdim=True) - 1) / count


def glu(input: Tensor, dim: int = -1) -> Tensor:
    return F.glu(input, dim)


def gated(name: str) -> Callable[..., Tensor]:
    """The first half along a dimension, times the gate of the second."""
    gate = getattr(F, str(DEFINITIONS[name].gate))

    def function(input: Tensor, dim: int = -1) -> Tensor:
        size = input.size(dim)
        if _choice.known(size) and size % 2:
            raise RuntimeError(f"{name}: dimension {dim} has {size} elements, which cannot be halved")
        first, second = input.chunk(2, dim)
        return first * gate(second)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    return along(function)


@along
def crelu(input: Tensor, dim: int = -1) -> Tensor:
    return torch.cat((torch.relu(input), torch.relu(-input)), dim)


class Along(nn.Module):
    """A module with a function along a dimension, for those that PyTorch lacks."""

    _function: Callable[..., Tensor]

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return type(self)._function(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


CLASSES = {
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "sparsemax": "Sparsemax",
    "glu": "GLU",
    "reglu": "ReGLU",
    "geglu": "GeGLU",
    "swiglu": "SwiGLU",
    "crelu": "CReLU",
}


def describe(definition: _native.Definition, name: str, place: str) -> str:
    """A docstring."""
    original = f", as ``{place}``" if hasattr(nn, name) or hasattr(F, name) else ""
    return f"{definition.title}: {definition.formula}{original}.\n\n{definition.summary}"


def module(name: str, function: Callable[..., Tensor], definition: _native.Definition) -> type[nn.Module]:
    """The class as users construct it: PyTorch's, or ``Along``."""
    base = getattr(nn, name, Along)
    body: dict[str, Any] = {"__doc__": describe(definition, name, f"torch.nn.{name}"), "__module__": "relume.torch"}
    if base is Along:
        body["_function"] = staticmethod(function)
    return type(name, (base,), body)


reglu, geglu, swiglu = map(gated, ("reglu", "geglu", "swiglu"))
FUNCTIONS: dict[str, Callable[..., Tensor]] = {name: globals()[name] for name in CLASSES}
MODULES = {CLASSES[name]: module(CLASSES[name], function, DEFINITIONS[name]) for name, function in FUNCTIONS.items()}

for _name, _function in FUNCTIONS.items():
    _function.__module__ = "relume.torch"
    _function.__doc__ = describe(DEFINITIONS[_name], _name, f"torch.nn.functional.{_name}")
