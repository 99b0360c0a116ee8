"""What only the user's own calls tell: the loss, at ``backward``, and the factor of a gradient scaler.

While a model is watched, ``torch.autograd.backward``, ``torch.autograd.grad`` and two methods of ``GradScaler`` are
patched; they do what they always do.
"""

from __future__ import annotations

import threading
from threading import get_ident
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.amp import GradScaler

from relume.torch._watch._listeners import Listeners


class Training(Protocol):
    """The training of a model."""

    thread: int
    """In which thread the model was called last."""


class Listener(Protocol):
    """A doctor, as the patches see it."""

    @property
    def steps(self) -> Training: ...
    def concerns(self, parameters: Any) -> bool: ...
    def backward_begins(self, loss: Tensor | None, scaler: GradScaler | None) -> None: ...
    def backward_ended(self, complete: bool, kept: bool) -> None: ...
    def scaler_updated(self, scaler: GradScaler) -> None: ...


class Thread(threading.local):
    """What runs in a thread. Others may train other models at the same time."""

    def __init__(self) -> None:
        self.calls = Calls()


class Calls:
    """The calls of a thread, which are looked up once where much is asked of them."""

    __slots__ = ("depth", "scaled")

    def __init__(self) -> None:
        self.scaled: GradScaler | None = None
        """The scaler that scaled what comes next."""
        self.depth = 0
        """How many backward passes are running, one inside of another."""


listeners: Listeners[Listener] = Listeners()
thread = Thread()

own_backward = torch.autograd.backward
own_grad = torch.autograd.grad
own_scale = GradScaler.scale
own_update = GradScaler.update


def listening() -> list[Listener]:
    """Those whose model is trained in this thread. In others, other models may be trained at the same time, and
    gradients come and go while one looks at them."""
    here = get_ident()
    return [listener for listener in listeners.present if listener.steps.thread == here]


def backward(tensors: Any, *args: Any, **kwargs: Any) -> None:
    """As ``torch.autograd.backward``."""
    calls = thread.calls
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
    calls = thread.calls
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
    thread.calls.scaled = self if self.is_enabled() else None
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
