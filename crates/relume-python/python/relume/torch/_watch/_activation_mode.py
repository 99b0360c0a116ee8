"""Sees the activations of a model, whether they are modules or functions, while its forward runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node, get_gradient_edge
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack, _pop_mode, _push_mode

from relume.torch._dispatcher import Dispatcher
from relume.torch._elementwise import Call
from relume.torch._watch._bounds import BOUNDS, MASKS, RECTIFIER, Bound, bound_of, is_mask, rectified
from relume.torch._watch._calls import (
    ACTIVATIONS,
    CELLS,
    LAYERS,
    NORMALISATIONS,
    RECURRENT,
    CalledActivation,
    described,
)
from relume.torch._watch._loss import LAYER
from relume.torch._watch._memory import axis_of_units, readable
from relume.torch._watch._modules import Path, takes_another_path
from relume.torch._watch._noticed import NOTICED, Noticed
from relume.torch._watch._recorder import Recorder, WatchedLayer
from relume.torch._watch._recurrent import Recurrent
from relume.torch._watch._tensor_facts import WILD
from relume.torch._watch._unrolled import Unrolled

MOST_CALLS = 32
"""From this many uses of one activation in one forward pass on, as in a loop over time, the rest count as one."""


class Layer:
    """The last layer with weights: its units are those of the activation that follows."""

    def __init__(self, after: int, weight: Tensor, name: str | None) -> None:
        self.after = after
        """How many axes follow that of the units."""
        self.units = weight.shape[0]
        self.fan_in = weight.numel() // max(self.units, 1)
        self.name = name
        """The name of its weight."""


class ActivationMode(TorchFunctionMode):
    """Watches what PyTorch's functions are called with. It is on only while a step is watched."""

    # By this relume's own functions know that they may be seen as they are.
    sees_relume = True

    def __init__(self, path: Path, recorder: Recorder) -> None:
        super().__init__()
        self.path = path
        self.recorder = recorder
        self.failure: Exception | None = None
        """What went wrong here. Nothing more is looked at then; a mode cannot leave the stack while it is called."""
        self.weights = {id(parameter): name for name, parameter in path.model.named_parameters()}
        self.seen: set[str] = set()
        """The activation modules that were called."""
        self.own = 0.0
        """Seconds spent here since they were last asked for."""
        self.calls: Counter[str] = Counter()
        self.layer: Layer | None = None
        self.noticed = Noticed()
        self.normalised_by: str | None = None
        """The normalisation that comes before the first activation."""
        self.first_rms = 0.0
        """The largest root mean square of what the first layer with weights was given."""
        self.at_first = True
        """Whether no activation has been met yet in this pass."""
        self.recurrent = Recurrent(recorder, self.guarded)
        self.unrolled = Unrolled()

    def open(self, begins: bool, step: int) -> None:
        """Looks at what follows, with which a pass begins or goes on, in this step of training."""
        if begins:
            self.calls.clear()
            self.layer = None
            self.at_first = True
            self.finish()
            self.recurrent.through_time.begin(step)
        self.path.open(self.unseen)
        _push_mode(self)

    def finish(self) -> None:
        """Takes in what only a whole pass says of loops over time."""
        for name, of, kind in self.unrolled.finish():
            self.recorder.run.inner(name, of, kind)

    def close(self) -> None:
        """Ceases to look."""
        remove_mode(self)
        self.path.close()

    def unseen(self, module: nn.Module, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, which is not watched where that would change what it does."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if not takes_another_path(module) or not remove_mode(self):
                return function(*args, **kwargs)
            try:
                return function(*args, **kwargs)
            finally:
                _push_mode(self)

        return call

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if torch.compiler.is_dynamo_compiling() or self.failure is not None:
            return func(*args, **kwargs)
        if func in NOTICED:
            try:
                self.noticed.take(func, self.path.innermost.name, args, kwargs)
            except (TypeError, ValueError):
                pass  # Wrong arguments are PyTorch's to refuse.
            except Exception as error:
                self.failure = error
        if func in LAYERS:
            weight = args[1] if len(args) > 1 else kwargs.get("weight")
            if isinstance(weight, Tensor) and weight.dim() > 1:
                if self.layer is None and self.at_first and args and readable(args[0]):
                    self.first_rms = max(self.first_rms, float(args[0].detach().float().square().mean().sqrt()))
                name = self.weights.get(id(weight)) or self.weights.get(id(weight._base))
                self.layer = Layer(LAYERS[func], weight, name)
        elif (activation := ACTIVATIONS.get(func)) is not None:
            return self.see(activation, activation.name, func, args, kwargs)
        elif isinstance(func, Dispatcher | Call):
            return self.see(func, func.name, func, args, kwargs)
        elif func in RECURRENT:
            return self.see_recurrent(RECURRENT[func], func, args, kwargs)
        elif func in CELLS:
            return self.see_recurrent(CELLS[func], func, args, kwargs)
        elif func in NORMALISATIONS and self.at_first and self.normalised_by is None:
            self.normalised_by = self.path.innermost.name or func.__name__
        elif func in BOUNDS and self.layer is not None and (bound := bound_of(func, args, kwargs)) is not None:
            return self.see(bound, func.__name__.rstrip("_"), func, args, kwargs)
        elif func in MASKS and self.layer is not None:
            name = func.__name__.strip("_")
            if (x := rectified(func, args)) is not None:
                return self.see(RECTIFIER, name, func, args, kwargs, x)
            if is_mask(func, args):
                self.recorder.run.not_observed(
                    self.name_of_call(name), "a choice by a mask, which may be an activation"
                )
        return func(*args, **kwargs)

    def normalisation(self, rms: float | None) -> str | None:
        """What inputs of this root mean square pass before the first layer, if that makes them smaller."""
        by_hand = rms is not None and 0 < WILD * self.first_rms < rms
        return self.normalised_by or ("arithmetic" if by_hand else None)

    def see(
        self,
        activation: CalledActivation | Dispatcher | Call | Bound,
        name: str,
        func: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        x: Any = None,
    ) -> Any:
        """Calls an activation, and takes in what comes out and what goes in: ``x``, by default the first argument."""
        start = perf_counter()
        self.at_first = False
        if x is None:
            x = args[0] if args else kwargs.get("input")
        watched: WatchedLayer | None = None
        source: tuple[Node, int] | None = None
        try:
            if readable(x) and x.numel() > 0:
                watched = self.met(activation, name, x, args, kwargs)
                if watched.observed:
                    # Before the call: in place, the input is gone after it.
                    self.recorder.input(watched, x)
                    source = gradient_source(x)
        except Exception as error:
            watched, self.failure = None, error
        self.own += perf_counter() - start
        y = func(*args, **kwargs)
        if watched is None or not watched.observed:
            return y
        start = perf_counter()
        try:
            self.recorder.output(watched, y)
            if source is not None and y.requires_grad:
                self.follow(watched, source, y)
            if self.layer is not None and self.layer.name is not None:
                step = self.unrolled.met(self.layer.name, self.layer, watched.name)
                self.recurrent.through_time.step(self.layer.name, watched.name, step, (y,))
        except Exception as error:
            self.failure = error
        self.own += perf_counter() - start
        return y

    def see_recurrent(self, name: str, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls a recurrent layer, and takes in what comes out."""
        result = func(*args, **kwargs)
        start = perf_counter()
        self.at_first = False
        try:
            place = self.path.innermost.name or name
            if func in CELLS:
                self.calls[place] += 1
                self.recurrent.cell(place, name, args, result, self.calls[place] - 1)
            else:
                self.recurrent.layer(place, name, func, args, result)
        except Exception as error:
            self.failure = error
        self.own += perf_counter() - start
        return result

    def met(
        self,
        activation: CalledActivation | Dispatcher | Call | Bound,
        name: str,
        x: Tensor,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> WatchedLayer:
        """What is called, told apart by its place in the model and the order of calls."""
        call = self.name_of_call(name)
        known = self.recorder.known(call, x)
        if known is not None:
            return known
        layer = self.layer
        axis = axis_of_units(x, layer.after if layer else None, layer.units if layer else None)
        if layer is not None and x.shape[axis] != layer.units:
            layer = None
        text = described(activation, args[1]) if isinstance(activation, Dispatcher) else activation.text(args, kwargs)
        return self.recorder.add(call, text, x, axis, layer.fan_in if layer else 1, layer.name if layer else None)

    def name_of_call(self, name: str) -> str:
        """An activation module's own name, or that of the function in the module that calls it."""
        place = self.path.innermost.name
        is_module = self.path.innermost.is_activation
        if is_module:
            self.seen.add(place)
            place = place or name
        else:
            place = f"{place}.{name}".removeprefix(".")
        self.calls[place] += 1
        number = min(self.calls[place], MOST_CALLS)
        return place if is_module and number == 1 else f"{place}#{number}"

    def follow(self, watched: WatchedLayer, source: tuple[Node, int], y: Tensor) -> None:
        """Has the gradient at the input of an activation observed when it arrives."""
        edges = y.grad_fn.next_functions if y.grad_fn is not None else ()
        place = next((i for i, edge in enumerate(edges) if edge[0] is source[0] and edge[1] == source[1]), None)
        if y.grad_fn is None or place is None:
            self.recorder.run.not_observed(f"the gradient of {watched.name}", "the activation is not one operation")
        else:
            # PyTorch declares what an operation remembers as a method.
            node: Any = y.grad_fn
            node.metadata[LAYER] = watched.name
            y.grad_fn.register_hook(lambda gradients, _: self.see_gradient(watched, gradients[place]))

    def see_gradient(self, watched: WatchedLayer, gradient: Tensor | None) -> None:
        if readable(gradient) and watched.observed:
            self.guarded(lambda: self.recorder.gradient(watched, gradient))

    def guarded(self, observe: Callable[[], None]) -> None:
        """Observes what comes back, unless something has gone wrong before."""
        start = perf_counter()
        try:
            if self.failure is None:
                observe()
        except Exception as error:
            self.failure = error
        self.own += perf_counter() - start


def gradient_source(x: Tensor) -> tuple[Node, int] | None:
    """Where the gradient of a tensor goes."""
    if not (x.requires_grad and torch.is_grad_enabled()):
        return None
    if x.grad_fn is not None:
        return x.grad_fn, x.output_nr
    edge = get_gradient_edge(x)
    return edge.node, edge.output_nr


def remove_mode(mode: TorchFunctionMode) -> bool:
    """Takes a mode out, wherever it stands among those that are on; says whether it was on."""
    if not any(other is mode for other in _get_current_function_mode_stack()):
        return False
    above: list[TorchFunctionMode] = []
    while (top := _pop_mode()) is not mode:
        above.append(top)
    for other in reversed(above):
        _push_mode(other)
    return True
