"""Finds the modules of a model that are to be changed, whatever was done to them before."""

from __future__ import annotations

from typing import Any

from torch import nn


class Normalised(nn.Sequential):
    """A layer with the normalisation that was put behind it, in the layer's place."""


def find(model: nn.Module, name: str) -> Any:
    """The module of this name; of one that was normalised, the layer itself."""
    return resolved(model, name)[1]


def resolved(model: nn.Module, name: str) -> tuple[str, Any]:
    """The same, with the name that it has now."""
    try:
        module: Any = model.get_submodule(name)
    except AttributeError:
        raise ValueError(f"treat(): the model has no module {name!r}; is it the one that was watched?") from None
    while isinstance(module, Normalised):
        name, module = f"{name}.0".removeprefix("."), module[0]
    return name, module


def put(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Puts a module into all places of another."""
    for owner in list(model.modules()):
        for name, child in list(owner._modules.items()):
            if child is old and owner is not new:
                setattr(owner, name, new)
