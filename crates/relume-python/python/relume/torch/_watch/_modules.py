"""Which module of a model is running, and which parts of it must not be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.modules import activation

from relume.torch._elementwise import Elementwise

# Softmax and similar functions are no activations of units; attention is a network of its own.
NOT_UNITS = (nn.MultiheadAttention, nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Softmin, nn.GLU)
ACTIVATIONS = (
    *(kind for name in activation.__all__ if not issubclass(kind := getattr(activation, name), NOT_UNITS)),
    Elementwise,
)

FUSED = (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.MultiheadAttention)
"""Modules that compute differently in ``eval()``, unless they are watched."""


class Place(NamedTuple):
    """A module that is running."""

    name: str
    is_activation: bool


class Path:
    """The modules that are running, from the model to the innermost."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.names = {module: name for name, module in model.named_modules()}
        self.hidden = dict(hidden_parts(model))
        self.handles: list[Any] = []
        self.restores: list[Callable[[], None]] = []
        self.places: list[Place] = []

    @property
    def innermost(self) -> Place:
        return self.places[-1] if self.places else Place("", False)

    def open(self, unseen: Callable[[nn.Module, Callable[..., Any]], Callable[..., Any]]) -> None:
        """Begins to follow. ``unseen`` makes a function that is not looked into of a module's."""
        self.places = []
        closed: set[nn.Module] = set()
        for module in self.names:
            part = self.hidden.get(module)
            if part is None and isinstance(module, FUSED) and not module.training:
                part = "forward"
            if part is not None:
                closed.update(module.modules())
                self.wrap(module, part, unseen)
        for module, name in self.names.items():
            if module not in closed and module is not self.model:
                place = Place(name, isinstance(module, ACTIVATIONS))
                self.handles.append(module.register_forward_pre_hook(self.entering(module, place)))
                self.handles.append(module.register_forward_hook(self.leaving(module)))
        if isinstance(self.model, ACTIVATIONS):
            self.places.append(Place("", True))

    def close(self) -> None:
        """Ceases to follow."""
        for handle in self.handles:
            handle.remove()
        for restore in self.restores:
            restore()
        self.handles, self.restores = [], []

    def entering(self, expected: nn.Module, place: Place) -> Callable[[nn.Module, Any], None]:
        def enter(module: nn.Module, args: Any) -> None:
            # Replicas, which run in threads of their own, have the hooks of the original.
            if module is expected:
                self.places.append(place)

        return enter

    def leaving(self, expected: nn.Module) -> Callable[[nn.Module, Any, Any], None]:
        def leave(module: nn.Module, args: Any, output: Any) -> None:
            if module is expected and self.places:
                self.places.pop()

        return leave

    def wrap(self, module: nn.Module, attribute: str, unseen: Callable[..., Callable[..., Any]]) -> None:
        own = vars(module).get(attribute)
        setattr(module, attribute, unseen(module, getattr(module, attribute)))
        self.restores.append(lambda: setattr(module, attribute, own) if own is not None else delattr(module, attribute))

    def unseen_activations(self, seen: set[str]) -> Iterator[tuple[str, str]]:
        """The activation modules of which nothing was seen, and why."""
        inside = {module: part for part in self.hidden for module in part.modules()}
        for module, name in self.names.items():
            if not isinstance(module, ACTIVATIONS) or name in seen:
                continue
            part = inside.get(module)
            if isinstance(part, torch.jit.ScriptModule):
                yield name, "inside TorchScript"
            elif part is not None:
                yield name, "inside a compiled graph"
            else:
                yield name, "never called in a training step that was watched"


def hidden_parts(model: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    """The compiled modules of a model, and which of their attributes holds the compiled code."""
    for module in model.modules():
        if module._compiled_call_impl is not None:
            yield module, "_compiled_call_impl"
        elif isinstance(module, torch._dynamo.OptimizedModule):
            yield module, "forward"


def takes_another_path(module: nn.Module) -> bool:
    """Whether a module computes differently if it is not watched."""
    if not isinstance(module, FUSED):
        return True
    return not (torch.is_grad_enabled() and any(parameter.requires_grad for parameter in module.parameters()))
