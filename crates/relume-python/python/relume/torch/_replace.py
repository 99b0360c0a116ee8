"""Swaps the activation modules of a model, and swaps them back."""

from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType

import torch.nn.functional as F
from torch import nn
from torch.nn.modules import activation

from relume.torch._factory import FUNCTIONS, MODULES


@dataclass
class Replacement:
    """What ``replace`` did to a model."""

    swapped: dict[str, str] = field(default_factory=dict)
    """The activation modules that are relume's now: their names in the model, and their classes."""

    kept: dict[str, str] = field(default_factory=dict)
    """The activations that could not be swapped: their names, and why."""

    _modules: list[tuple[nn.Module, type[nn.Module]]] = field(default_factory=list, repr=False)

    def restore(self) -> None:
        """Gives every swapped module its former class."""
        for module, former in self._modules:
            module.__class__ = former
        self._modules.clear()


def replace(model: nn.Module) -> Replacement:
    """Makes every activation module of a model one of relume's, in place.

    Modules keep their identity: parameters, hooks and references to them stay. Calls of functions in a ``forward``
    are not seen.

    >>> import torch, relume.torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.GELU(), torch.nn.RReLU())
    >>> replacement = relume.torch.replace(model)
    >>> replacement.swapped
    {'1': 'GELU'}
    >>> replacement.kept
    {'2': 'relume.torch has no RReLU'}
    >>> replacement.restore()
    >>> type(model[1]) is torch.nn.GELU
    True
    """
    replacement = Replacement()
    functions = {getattr(F, name): name for name in FUNCTIONS if hasattr(F, name)}
    for name, module in model.named_modules():
        former = type(module)
        ours = MODULES.get(former.__name__)
        if ours is not None and ours.__base__ is former:
            module.__class__ = ours
            replacement._modules.append((module, former))
            replacement.swapped[name] = former.__name__
        elif ours is not former and isinstance(module, ACTIVATIONS):
            original = next(base for base in former.__mro__ if base in ACTIVATIONS)
            replacement.kept[name] = (
                f"relume.torch has no {original.__name__}"
                if former is original
                else f"{former.__name__} is a subclass of {original.__name__} that may compute something else"
            )
        for attribute, value in vars(module).items():
            if isinstance(value, FunctionType | BuiltinFunctionType) and value in functions:
                place = f"{name}.{attribute}".removeprefix(".")
                replacement.kept[place] = f"{functions[value]} is a function, not a module"
    return replacement


ACTIVATIONS = tuple(getattr(activation, name) for name in activation.__all__ if name != nn.MultiheadAttention.__name__)
