"""Recurrent layers, which PyTorch computes as one operation: their outputs, their gates, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from relume.torch._watch._memory import readable
from relume.torch._watch._recorder import Recorder, WatchedLayer
from relume.torch._watch._recurrent_call import FEW, RecurrentCall
from relume.torch._watch._through_time import ThroughTime

GATES = {
    "lstm": (
        ("input_gate", "input_gate", "sigmoid"),
        ("forget_gate", "forget_gate", "sigmoid"),
        ("cell", "candidate", "tanh"),
        ("output_gate", "output_gate", "sigmoid"),
    ),
    "gru": (("reset_gate", "reset_gate", "sigmoid"), ("update_gate", "update_gate", "sigmoid")),
}
"""Names, kinds and functions of those whose pre-activations come from inputs and former outputs alone, in the order of
their weights."""

BLOCKS = {"lstm": 4, "gru": 3}
"""How many gates share a matrix of weights, the candidate among them."""


class Recurrent:
    """Takes in the calls of recurrent layers."""

    def __init__(self, recorder: Recorder, guarded: Callable[[Callable[[], None]], None]) -> None:
        self.recorder = recorder
        self.guarded = guarded
        """Calls what observes in the backward pass, so that it disturbs no training."""
        self.through_time = ThroughTime()

    def layer(self, name: str, kind: str, func: Any, args: tuple[Any, ...], result: tuple[Tensor, ...]) -> None:
        """Takes in a call of ``torch.lstm`` or its like."""
        y, last = result[0], result[1]
        watched = self.output(name, kind, args, y)
        if watched is None:
            return
        call = RecurrentCall.of(func, args, y)
        if y.requires_grad:
            due = self.through_time.due and call is not None

            def arrived(of_outputs: Tensor | None, of_last: Tensor | None = None) -> None:
                if call is not None:
                    gradient = call.gradient(of_outputs, of_last, y)
                    self.gradient(watched, kind, y, gradient)
                    if due:
                        self.through_time.layer(name, call, gradient)
                elif of_outputs is not None:
                    self.gradient(watched, kind, y, of_outputs)

            tensors = (y,) if call is None else (y, last)
            when_all_came(tensors, lambda *gradients: self.guarded(lambda: arrived(*gradients)))
        if kind not in GATES or call is None:
            return
        for part in call.each(y):
            place = f"{name}.{part.name}.".replace("..", ".")
            shape = (-1 if len(set(part.steps)) > 1 else len(part.steps), part.steps[0])
            for gate, role, activation, x in gates(kind, part.x, part.before, part.weights, call.biases):
                # A row for each sample, where all are of one length.
                values = x[None] if shape[0] < 0 else x.unflatten(0, shape).transpose(0, 1).contiguous()
                self.gate(name, f"{place}{gate}", role, activation, values, watched)

    def cell(self, name: str, kind: str, args: tuple[Any, ...], result: Any, step: int) -> None:
        """Takes in one step in time of a recurrent layer, the first of a pass being 0."""
        parts = result if isinstance(result, tuple) else (result,)
        watched = self.output(name, kind, args, parts[0])
        if watched is None:
            return
        if parts[0].requires_grad:
            parts[0].register_hook(
                lambda gradient: self.guarded(lambda: self.gradient(watched, kind, parts[0], gradient))
            )
            self.through_time.step(name, name, step, parts)
        # Gates at the first step, the second, and ever fewer.
        if kind in GATES and step & (step - 1) == 0 and parts[0].dim() == 2 and parts[0].dtype == args[0].dtype:
            x, state, of_input, of_state, *biases = args
            before = state[0] if isinstance(state, (list, tuple)) else state
            weights = [weight.detach() for weight in (of_input, of_state, *biases) if weight is not None]
            x, before = x.detach()[:FEW], before.detach()[:FEW]
            for gate, role, activation, values in gates(kind, x, before, weights, len(weights) > 2):
                self.gate(name, f"{name}.{gate}", role, activation, values, watched)

    def output(self, name: str, kind: str, args: tuple[Any, ...], y: Any) -> WatchedLayer | None:
        """Takes in what comes out; returns the layer, if it is observed."""
        if not readable(y) or y.numel() == 0:
            return None
        recorder, fan_in = self.recorder, args[0].shape[-1] + y.shape[-1]
        watched = recorder.known(name, y) or recorder.add(name, kind, y, y.dim() - 1, fan_in, None)
        if not watched.observed:
            return None
        recorder.input(watched, y)
        recorder.output(watched, y)
        return watched

    def gradient(self, watched: WatchedLayer, kind: str, y: Tensor, gradient: Tensor) -> None:
        """Takes in what came back to the outputs."""
        # Where a rectifier is silent, what comes to its output does not come to its input.
        came = gradient * (y.detach() > 0) if kind == "rnn_relu" else gradient
        if readable(came) and watched.observed:
            self.recorder.gradient(watched, came)

    def gate(self, of: str, name: str, kind: str, activation: str, x: Tensor, layer: WatchedLayer) -> None:
        """Takes in the pre-activations of a gate."""
        inner = self.recorder.known(name, x)
        if inner is None:
            inner = self.recorder.add(name, activation, x, x.dim() - 1, layer.units, None)
            self.recorder.run.inner(name, of, kind)
        if inner.observed:
            self.recorder.input(inner, x)
            self.recorder.output(inner, torch.sigmoid(x) if activation == "sigmoid" else torch.tanh(x))


@torch.no_grad()
def gates(
    kind: str, x: Tensor, before: Tensor, weights: list[Tensor], biases: bool
) -> Iterator[tuple[str, str, str, Tensor]]:
    """Names, kinds, activations and pre-activations of the gates of one layer in one direction."""
    of_input, of_state, *others = weights
    b_input, b_state = others[:2] if biases else (None, None)
    summed = F.linear(x, of_input, b_input) + F.linear(before, of_state, b_state)
    parts = summed.split(len(of_input) // BLOCKS[kind], dim=-1)
    for (name, role, activation), part in zip(GATES[kind], parts, strict=False):
        yield name, role, activation, part.contiguous()


def when_all_came(tensors: tuple[Tensor, ...], then: Callable[..., None]) -> None:
    """Calls a function with the gradients of tensors, ``None`` where none came, at the end of the backward pass."""
    came: dict[int, Tensor] = {}

    def end() -> None:
        gradients = [came.get(place) for place in range(len(tensors))]
        came.clear()
        then(*gradients)

    def arrives(place: int, gradient: Tensor) -> None:
        if not came:
            # PyTorch's own wrappers of distributed models wait for gradients in this way.
            torch.autograd.Variable._execution_engine.queue_callback(end)
        came[place] = gradient.detach()

    for place, tensor in enumerate(tensors):
        if tensor.requires_grad:
            tensor.register_hook(lambda gradient, place=place: arrives(place, gradient))
