"""The loss of every step: its value, and in watched steps how it was computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler

from relume import _native
from relume.torch._watch._loss import (
    Baseline,
    Expression,
    express,
    is_output,
    leaves_of_output,
    reaches_output,
    straight_way,
    undivided,
)
from relume.torch._watch._step import BackwardPass
from relume.torch._watch._tensor_facts import TensorFacts, ranged

MOST_PENDING = 64
"""Losses on a device of its own are fetched so many at a time, as fetching waits for it."""


class Losses:
    """Hands the losses to the native recorder, in the order of their steps."""

    def __init__(self, run: _native.Run, parameters: set[int]) -> None:
        self.run = run
        self.parameters = parameters
        """Those of the model, by identity."""
        self.pending: list[tuple[int, Tensor]] = []
        self.baseline = Baseline()
        self.targets = TensorFacts()
        self.factor: dict[str, float] | None = None
        """What losses were multiplied by before ``backward``."""
        self.foreign: list[Tensor] = []
        """Parameters that went into the outputs and are none of the model's; as last seen."""
        self.way = 0
        """The straight way from a loss to what the model returned, as last met: most losses are computed alike."""
        self.reached = False
        """Whether a loss was computed from what the model returned."""

    def look(
        self, loss: Tensor, scaler: GradScaler | None, watched: bool, thorough: bool, unseen: bool
    ) -> tuple[BackwardPass, Any]:
        """What is known of a backward pass before it runs, and the operation that computed its loss. Of a model whose
        passes are not seen, it cannot be known whether the loss is its own."""
        node: Any = loss.grad_fn
        scale = None if scaler is None else scaler._scale
        reached, factor, scaled = False, 1.0, 1.0
        if node is not None:
            reached = is_output(node, self.way) or self.reaches(node)
            node, factor = undivided(node if scale is None else node.next_functions[0][0])
        value: Tensor | float = loss.item() if loss.is_cpu else loss.detach().reshape(())
        if factor != 1.0:
            value = value / factor
        if scale is not None:
            value = value / (scale.item() if isinstance(value, float) else scale.to(value.device))
            scaled = float(scale) if watched else 1.0
        asked = thorough and node is not None and (reached or unseen)
        expression = self.expression(node, float(value)) if asked else None
        if asked:
            leaves = [leaf for leaf in leaves_of_output(node) if isinstance(leaf, nn.Parameter)]
            self.foreign = [leaf for leaf in leaves if id(leaf) not in self.parameters]
        return BackwardPass(value, factor, scaled, reached, expression), node

    def reaches(self, node: Any) -> bool:
        """Whether a loss was computed from what the model returned, in another way than the last one."""
        way = straight_way(node)
        if way is not None:
            self.way = way
        return way is not None or reaches_output(node)

    def expression(self, node: Any, value: float) -> Expression | None:
        """How a loss was computed; losses may be written in ways that cannot be looked through."""
        try:
            return express(node, value, self.parameters)
        except Exception as error:
            self.run.note(f"How the loss is computed was not recognised ({type(error).__name__}: {error}).")
            return None

    def take(self, step: int, passes: Sequence[BackwardPass], stated: float | None) -> None:
        """Notes the mean loss of the passes that concern the model; if none seems to, that of all."""
        if len(passes) != 1:
            passes = [backward for backward in passes if backward.reached] or passes
        losses = [backward.loss for backward in passes] if stated is None else [stated]
        if losses:
            self.note(step, sum(losses) / len(losses))
        for backward in passes:
            self.reached = self.reached or backward.reached
            if backward.expression is not None:
                self.baseline.take(backward.expression)
                self.factor = ranged(self.factor, backward.factor)
                for target in backward.expression.targets:
                    self.targets.take(target)

    def note(self, step: int, loss: Tensor | float) -> None:
        if isinstance(loss, Tensor):
            self.pending.append((step, loss))
            if len(self.pending) >= MOST_PENDING:
                self.flush()
        else:
            if self.pending:
                self.flush()
            self.run.take_loss(step, loss)

    def flush(self) -> None:
        """Fetches what lies on a device."""
        if self.pending:
            pending, self.pending = self.pending, []
            values = torch.stack([loss.float() for _, loss in pending]).tolist()
            for (step, _), value in zip(pending, values, strict=True):
                self.run.take_loss(step, value)

    def facts(self) -> dict[str, Any]:
        """How the loss is computed, as a record has it."""
        last = self.baseline.last()
        shapes = None if last is None else next((head.shapes for head in last.heads if head.shapes is not None), None)
        return {
            "terms": self.baseline.facts(),
            "factor": self.factor,
            "reaches_network": self.reached,
            "operations": [] if last is None else last.operations,
            "broadcast": shapes,
            "activated_twice": None if last is None else last.activated_twice,
        }
