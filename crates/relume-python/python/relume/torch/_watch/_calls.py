"""PyTorch's functions that the doctor knows: activations, and the layers that compute what goes into them."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from relume.torch import _prelu
from relume.torch._dispatcher import Dispatcher, dispatchers

# Activations that relume has no formula for: a unit is silent where they give exactly zero, and never saturated.
OTHERS = ("prelu", "rrelu")


class CalledActivation:
    """An activation function, as it is called."""

    def __init__(self, name: str, dispatcher: Dispatcher | None) -> None:
        self.name = name
        """As PyTorch calls it."""
        self.dispatcher = dispatcher
        self.texts: dict[Any, str] = {}

    def text(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The text form, such as ``leaky_relu(slope=0.2)``, of the function with the arguments of a call."""
        if self.dispatcher is None:
            return self.name
        names = self.dispatcher.names
        given = dict(zip(names, args[1:], strict=False)) | {name: kwargs[name] for name in names if name in kwargs}
        values = tuple(given.get(name, default) for name, default in zip(*self.parameters(), strict=True))
        try:
            return self.texts[values]
        except (KeyError, TypeError):
            return self.texts.setdefault(tuple(map(str, values)), described(self.dispatcher, values))

    def parameters(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        assert self.dispatcher is not None
        return self.dispatcher.names, self.dispatcher.defaults


def described(dispatcher: Dispatcher, values: tuple[Any, ...]) -> str:
    """The text form of a function with these parameters; relume's, if it has the function."""
    try:
        activation = dispatcher.activation(values)
    except (TypeError, ValueError):
        activation = None
    if activation is not None:
        return str(activation)
    arguments = (f"{name}={value}" for name, value in zip(dispatcher.names, values, strict=True))
    return f"{dispatcher.name}({', '.join(arguments)})"


def spellings(name: str) -> list[Callable[..., Any]]:
    """All functions and methods of this name, in place ones too."""
    places = (F, torch, Tensor, torch.special, torch._C._nn)
    found = (getattr(place, spelling, None) for place in places for spelling in (name, f"{name}_"))
    return [function for function in found if callable(function)]


def activations() -> dict[Callable[..., Any], CalledActivation]:
    table: dict[Callable[..., Any], CalledActivation] = {}
    for dispatcher in dispatchers().values():
        activation = CalledActivation(dispatcher.name, dispatcher)
        table |= dict.fromkeys(spellings(dispatcher.name), activation)
    for name in OTHERS:
        table |= dict.fromkeys(spellings(name), CalledActivation(name, None))
    table[_prelu.prelu] = table[torch.prelu]
    table[torch.special.expit] = table[torch.sigmoid]
    return table


def layers() -> dict[Callable[..., Any], int]:
    """How many axes follow that of the units, in the output of the functions that mix units by weights."""
    last: list[Any] = [
        F.linear,
        F.bilinear,
        torch.matmul,
        torch.bmm,
        torch.mm,
        torch.addmm,
        Tensor.matmul,
        Tensor.__matmul__,
    ]
    table: dict[Callable[..., Any], int] = dict.fromkeys(last, 0)
    for axes in (1, 2, 3):
        table |= dict.fromkeys([getattr(F, f"conv{axes}d"), getattr(F, f"conv_transpose{axes}d")], axes)
    return table


ACTIVATIONS = activations()
LAYERS = layers()
NORMALISATIONS = {F.batch_norm, F.layer_norm, F.group_norm, F.instance_norm, F.rms_norm, F.normalize}
RECURRENT = {getattr(torch, name): name for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")}
CELLS = {getattr(torch, f"{name}_cell"): name for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")}
"""One step in time of them."""
