"""Which module of a model is running, and which parts of it must not be watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import torch
from torch import nn
from torch.nn.modules import activation

from relume.torch._elementwise import Elementwise
from relume.torch._watch._hooks import Hook

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

    module: nn.Module
    name: str
    is_activation: bool


class Listener(Protocol):
    """Who is told of passes: a pass begins and ends with whatever module of the model runs outermost."""

    @property
    def idle_hook(self) -> Callable[..., None]:
        """What is called after a pass in a step that is not watched."""

    def pass_begins(self, module: nn.Module, args: list[Any]) -> None: ...
    def pass_ended(self, module: nn.Module, output: Any) -> None: ...


class Path:
    """The modules that are running, from the outermost to the innermost."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.names = {module: name for name, module in model.named_modules()}
        self.hidden = dict(hidden_parts(model))
        inside = {part for module in self.names if closed(module, self.hidden) for part in module.modules()}
        own = (module for module in self.names if module is model or module not in inside)
        self.open_modules = [module for module in own if not isinstance(module, torch.jit.ScriptModule)]
        """Those that may carry hooks between the steps: to others they would make a difference."""
        self.entries: set[nn.Module] = set()
        """Modules that were seen to run outermost."""
        self.hooks: dict[nn.Module, list[Any]] = {}
        """The hooks of a module that are there all the time, or from the end of a step to the end of the next."""
        self.further: dict[nn.Module, list[Any]] = {}
        """Those of modules that must carry none unless they run."""
        self.restores: list[Callable[[], None]] = []
        self.places: list[Place] = []
        self.all_modules = False
        """Whether all modules have hooks, and not only those that are known to run outermost."""

    def listen(self, listener: Listener) -> None:
        """Begins to tell of passes."""
        self.listener = listener
        self.follow(all_modules=True)

    @property
    def innermost(self) -> Place:
        return self.places[-1] if self.places else Place(self.model, "", False)

    def follow(self, all_modules: bool) -> None:
        """Has hooks on all modules, for a step that is watched; or the least, on those known to run outermost."""
        self.places.clear()
        if all_modules and self.all_modules:
            return
        self.all_modules = all_modules
        self.remove_hooks()
        if all_modules or self.entries_are_nested():
            for module in self.open_modules if all_modules else self.entries:
                self.hooks[module] = self.hooked(module)
        else:
            # Until a pass is seen, the model itself is what may run.
            for module in self.entries or self.open_modules[:1]:
                self.hooks[module] = [module.register_forward_hook(self.listener.idle_hook, with_kwargs=True)]

    def entries_are_nested(self) -> bool:
        """Whether modules that were seen to run outermost also run inside of each other."""
        names = [self.names[module] for module in self.entries]
        return any(a != b and (not a or b.startswith(f"{a}.")) for a in names for b in names)

    def parts(self) -> list[str]:
        """The parts that ran one by one, where the model itself did not."""
        if len(self.entries) < 2 or self.model in self.entries:
            return []
        return [name for module, name in self.names.items() if module in self.entries]

    def parts_called(self) -> str | None:
        """The same in words."""
        names = self.parts()
        if not names:
            return None
        return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")

    def remove_hooks(self) -> None:
        for handles in self.hooks.values():
            for handle in handles:
                handle.remove()
        self.hooks = {}

    def hooked(self, module: nn.Module) -> list[Any]:
        return [
            module.register_forward_pre_hook(Hook(self.enter), with_kwargs=True),
            module.register_forward_hook(Hook(self.leave), always_call=True),
        ]

    def enter(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # Replicas, which run in threads of their own, have the hooks of the original, but no name.
        if torch.compiler.is_compiling() or (name := self.names.get(module)) is None:
            return
        if not self.places:
            self.listener.pass_begins(module, [*args, *kwargs.values()])
        self.places.append(Place(module, name, isinstance(module, ACTIVATIONS)))

    def leave(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        if torch.compiler.is_compiling() or not any(place.module is module for place in self.places):
            return
        while self.places.pop().module is not module:
            pass  # Modules that were left by an exception.
        if not self.places:
            self.listener.pass_ended(module, output)

    def open(self, unseen: Callable[[nn.Module, Callable[..., Any]], Callable[..., Any]]) -> None:
        """Follows a pass into all its modules. ``unseen`` makes a function that is not looked into of a module's."""
        shut: set[nn.Module] = set()
        for module in self.names:
            part = self.hidden.get(module)
            if part is None and isinstance(module, FUSED) and not module.training:
                part = "forward"
            if part is not None:
                shut.update(module.modules())
                self.wrap(module, part, unseen)
            elif isinstance(module, torch.jit.ScriptModule):
                shut.update(module.modules())
        for module in self.names:
            if module not in shut and module not in self.hooks:
                self.further[module] = self.hooked(module)

    def close(self) -> None:
        """Ends that."""
        for handles in self.further.values():
            for handle in handles:
                handle.remove()
        for restore in self.restores:
            restore()
        self.further, self.restores = {}, []

    def leave_alone(self) -> None:
        """Takes all hooks away."""
        self.close()
        self.remove_hooks()
        self.places.clear()

    def wrap(self, module: nn.Module, attribute: str, unseen: Callable[..., Callable[..., Any]]) -> None:
        own = vars(module).get(attribute)
        setattr(module, attribute, unseen(module, getattr(module, attribute)))
        self.restores.append(lambda: setattr(module, attribute, own) if own is not None else delattr(module, attribute))

    def unseen_activations(self, seen: set[str]) -> Iterator[tuple[str, str]]:
        """The activation modules of which nothing was seen, and why."""
        parts = [part for part in self.names if part in self.hidden or isinstance(part, torch.jit.ScriptModule)]
        inside = {module: part for part in parts for module in part.modules()}
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


def closed(module: nn.Module, hidden: dict[nn.Module, str]) -> bool:
    """Whether a module computes differently where it or its parts have hooks, or cannot be looked into."""
    return module in hidden or isinstance(module, (*FUSED, torch.jit.ScriptModule))


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
