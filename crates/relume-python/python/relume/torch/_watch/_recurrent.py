"""Recurrent layers, which PyTorch computes as one operation: their outputs, and the gates of single layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from relume.torch._watch._memory import readable
from relume.torch._watch._recorder import Recorder, WatchedLayer
from relume.torch._watch._through_time import ThroughTime

GATES = {
    "lstm": (("input_gate", "sigmoid"), ("forget_gate", "sigmoid"), ("cell", "tanh"), ("output_gate", "sigmoid")),
    "gru": (("reset_gate", "sigmoid"), ("update_gate", "sigmoid")),
}
"""Those whose pre-activations come from inputs and former outputs alone, in the order of their weights."""


def observe_recurrent(
    recorder: Recorder,
    see_gradient: Callable[[WatchedLayer, Tensor | None], None],
    through_time: ThroughTime,
    name: str,
    kind: str,
    func: Any,
    args: tuple[Any, ...],
    result: tuple[Tensor, ...],
) -> None:
    """Takes in a call of ``torch.lstm`` or its like: the outputs, and what can be computed of the gates."""
    y = result[0]
    watched = observe_output(recorder, see_gradient, name, kind, args, y)
    if watched is None:
        return
    if y.requires_grad:
        through_time.layer(name, func, args, y)
    last = y.dim() - 1
    for gate, activation, x in gates(kind, args, y.detach()):
        place = f"{name}.{gate}"
        inner = recorder.known(place, x) or recorder.add(place, activation, x, last, watched.units, None)
        recorder.input(inner, x)
        recorder.output(inner, torch.sigmoid(x) if activation == "sigmoid" else torch.tanh(x))


def observe_cell(
    recorder: Recorder,
    see_gradient: Callable[[WatchedLayer, Tensor | None], None],
    through_time: ThroughTime,
    name: str,
    kind: str,
    args: tuple[Any, ...],
    result: Any,
) -> None:
    """Takes in one step in time of a recurrent layer: its output."""
    y = result[0] if isinstance(result, tuple) else result
    if observe_output(recorder, see_gradient, name, kind, args, y) is not None and y.requires_grad:
        through_time.cell(name, y)


def observe_output(
    recorder: Recorder,
    see_gradient: Callable[[WatchedLayer, Tensor | None], None],
    name: str,
    kind: str,
    args: tuple[Any, ...],
    y: Any,
) -> WatchedLayer | None:
    """Takes in what comes out, and the gradient that comes back; returns the layer, if it is observed."""
    if not readable(y) or y.numel() == 0:
        return None
    watched = recorder.known(name, y) or recorder.add(name, kind, y, y.dim() - 1, args[0].shape[-1] + y.shape[-1], None)
    if not watched.observed:
        return None
    recorder.input(watched, y)
    recorder.output(watched, y)
    if y.requires_grad:
        on = y.detach() > 0 if kind == "rnn_relu" else None
        # Where a rectifier is silent, what comes to its output does not come to its input.
        y.register_hook(lambda gradient: see_gradient(watched, gradient if on is None else gradient * on))
    return watched


@torch.no_grad()
def gates(kind: str, args: tuple[Any, ...], y: Tensor) -> list[tuple[str, str, Tensor]]:
    """Names, activations and pre-activations of the gates of one layer in one direction."""
    if kind not in GATES or len(args) != 9 or not isinstance(args[2], (list, tuple)):
        return []  # Packed sequences have another order.
    x, state, weights, biases, layers, _, _, both, batch_first = args
    if layers != 1 or both or y.dim() != 3 or y.dtype != x.dtype or len(weights) != (4 if biases else 2):
        return []
    first = state[0] if kind == "lstm" else state
    if first.shape[-1] != y.shape[-1]:
        return []  # A projection.
    before = torch.cat([first.to(y.dtype).transpose(0, 1), y[:, :-1]], 1) if batch_first else torch.cat([first, y[:-1]])
    of_input, of_state, *bias = weights
    b_input, b_state = bias or (None, None)
    summed = F.linear(x, of_input, b_input) + F.linear(before, of_state, b_state)
    names = GATES[kind]
    parts = summed.split(y.shape[-1], dim=-1)
    return [(name, activation, part.contiguous()) for (name, activation), part in zip(names, parts, strict=False)]
