"""Finds the modules of a model that are to be changed, whatever was done to them before."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Normalised(nn.Sequential):
    """A layer with the normalisation that was put behind it, in the layer's place."""


class Standardisation:
    """The hook that standardises what a module is called with; the numbers are buffers of the module.

    Whatever is far outside the training data stays within five standard deviations of its mean.
    """

    def __init__(self, arguments: tuple[int | str, ...]) -> None:
        self.arguments = arguments

    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        positional, named = list(args), dict(kwargs)
        for argument in self.arguments:
            if isinstance(argument, int) and argument < len(positional):
                positional[argument] = self.standardised(module, argument, positional[argument])
            elif argument in named:
                named[argument] = self.standardised(module, argument, named[str(argument)])
        return tuple(positional), named

    def standardised(self, module: nn.Module, argument: int | str, x: Tensor) -> Tensor:
        mean, deviation = (getattr(module, name(argument)) for name in (self.mean, self.deviation))
        standard: Tensor = (x - mean) / deviation
        return standard.clamp(-5.0, 5.0)

    @staticmethod
    def mean(argument: int | str) -> str:
        return f"mean_of_input_{argument}"

    @staticmethod
    def deviation(argument: int | str) -> str:
        return f"deviation_of_input_{argument}"


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
