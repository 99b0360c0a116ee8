"""What only the user's own calls tell: the loss, at ``backward``, and the factor of a gradient scaler.

While a model is watched, ``torch.autograd.backward``, ``torch.autograd.grad`` and two methods of ``GradScaler`` are
patched; they do what they always do.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.amp import GradScaler

from relume.torch._watch._listeners import Listeners


class Listener(Protocol):
    """A doctor, as the patches see it."""

    def listens(self) -> bool: ...
    def concerns(self, parameters: Any) -> bool: ...
    def backward_begins(self, loss: Tensor | None, scaler: GradScaler | None) -> None: ...
    def backward_ended(self, complete: bool, kept: bool) -> None: ...
    def scaler_updated(self, scaler: GradScaler) -> None: ...


class Calls(threading.local):
    """The calls of a thread. Others may train other models at the same time."""

    scaled: GradScaler | None = None
    """The scaler that scaled what comes next."""
    depth = 0
    """How many backward passes are running, one inside of another."""


listeners: Listeners[Listener] = Listeners()
calls = Calls()

own_backward = torch.autograd.backward
own_grad = torch.autograd.grad
own_scale = GradScaler.scale
own_update = GradScaler.update


def listening() -> list[Listener]:
    """Those whose model is trained in this thread."""
    return [listener for listener in listeners if listener.listens()]


def backward(tensors: Any, *args: Any, **kwargs: Any) -> None:
    """As ``torch.autograd.backward``."""
    if calls.depth > 0:
        own_backward(tensors, *args, **kwargs)  # Part of another one, such as that of a checkpoint.
        return
    scaler, calls.scaled = calls.scaled, None
    loss = tensors if isinstance(tensors, Tensor) and tensors.numel() == 1 else None
    told = listening()
    for listener in told:
        listener.backward_begins(loss, scaler)
    complete = False
    calls.depth += 1
    try:
        own_backward(tensors, *args, **kwargs)
        complete = True
    finally:
        calls.depth -= 1
        for listener in told:
            listener.backward_ended(complete, True)


def grad(outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    """As ``torch.autograd.grad``, which keeps no gradients with the parameters."""
    loss = outputs if isinstance(outputs, Tensor) and outputs.numel() == 1 else None
    told = [listener for listener in listening() if calls.depth == 0 and listener.concerns(inputs)]
    for listener in told:
        listener.backward_begins(loss, None)
    complete = False
    calls.depth += 1
    try:
        gradients = own_grad(outputs, inputs, *args, **kwargs)
        complete = True
        return gradients
    finally:
        calls.depth -= 1
        for listener in told:
            listener.backward_ended(complete, False)


def scale(self: GradScaler, outputs: Any) -> Any:
    """As ``GradScaler.scale``."""
    calls.scaled = self if self.is_enabled() else None
    return own_scale(self, outputs)


def update(self: GradScaler, new_scale: Any = None) -> None:
    """As ``GradScaler.update``."""
    own_update(self, new_scale)
    for listener in listening():
        listener.scaler_updated(self)


def attach(listener: Listener) -> None:
    with listeners.lock:
        if not listeners:
            torch.autograd.backward = backward
            torch.autograd.grad = grad
            GradScaler.scale = scale  # type: ignore[method-assign]
            GradScaler.update = update  # type: ignore[method-assign]
        listeners.add(listener)


def detach(listener: Listener) -> None:
    with listeners.lock:
        listeners.remove(listener)
        if listeners:
            return
        # What another library has wrapped since is left alone: without listeners ours only hand on.
        if torch.autograd.backward is backward:
            torch.autograd.backward = own_backward
        if torch.autograd.grad is grad:
            torch.autograd.grad = own_grad
        if GradScaler.scale is scale:
            GradScaler.scale = own_scale  # type: ignore[method-assign]
        if GradScaler.update is update:
            GradScaler.update = own_update  # type: ignore[method-assign]
