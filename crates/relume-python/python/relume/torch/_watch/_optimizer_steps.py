"""The steps of all optimisers, and who is told of them.

PyTorch keeps the hooks of all optimisers in dictionaries that each step of each thread walks through, and that must not
change meanwhile: adding a hook while another thread trains would end that training. So ours are added once, the first
time that somebody listens, and stay; without listeners they do nothing.
"""

from __future__ import annotations

from typing import Any, Protocol

from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from relume.torch._watch._listeners import Listeners


class Listener(Protocol):
    def begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None: ...
    def ended(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None: ...


listeners: Listeners[Listener] = Listeners()
handles: list[Any] = []
"""Those of our hooks, once they are there."""


def begins(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
    for listener in listeners.present:
        listener.begins(optimizer, args, kwargs)


def ended(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
    for listener in listeners.present:
        listener.ended(optimizer, args, kwargs)


def attach(listener: Listener) -> None:
    with listeners.lock:
        if not handles:
            handles.append(register_optimizer_step_pre_hook(begins))
            handles.append(register_optimizer_step_post_hook(ended))
        listeners.add(listener)


def detach(listener: Listener) -> None:
    listeners.remove(listener)
