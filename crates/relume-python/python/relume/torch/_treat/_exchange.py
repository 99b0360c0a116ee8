"""Another activation in place of one."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from relume.torch._compare._activations import named
from relume.torch._treat._modules import find, put


def exchange(model: nn.Module, name: str, activation: str) -> Callable[[], str]:
    """Will put another activation wherever the module of this name stands."""
    old = find(model, name)
    if old is model:
        raise ValueError("treat(): the model itself is what is to be replaced; replace it where you make it")
    new = named(activation)().train(old.training)

    def do() -> str:
        put(model, old, new)
        return f"{name} is {type(new).__name__}, it was {type(old).__name__}"

    return do
