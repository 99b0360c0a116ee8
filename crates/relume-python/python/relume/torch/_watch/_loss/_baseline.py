"""The loss of the best constant prediction, over the steps that were watched.

With it the doctor knows whether a model learns; the course of the loss alone does not tell it: a loss that comes down
from far above to what a constant gives has learnt nothing.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Any

from relume.torch._watch._loss._expression import Expression

RECENT = 8
"""What does not depend on the outputs is taken as it was in so many last steps."""

MOST_KINDS = 8
"""Of a training that has more kinds of losses, no constant is known."""


class Sum:
    """Expressions that consist of the same heads, added up."""

    def __init__(self, first: Expression) -> None:
        self.first = self.last = first
        self.count = 1
        self.statistics = [head.statistics for head in first.heads]
        self.values = [float(head.value) if head.value is not None else None for head in first.heads]
        self.weights = [head.weight for head in first.heads]
        self.rests: deque[float] = deque([first.rest], RECENT)
        self.floors = [floor(first)]

    def add(self, expression: Expression) -> None:
        self.last = expression
        self.count += 1
        for i, head in enumerate(expression.heads):
            mine = self.statistics[i]
            self.statistics[i] = None if mine is None or head.statistics is None else mine.plus(head.statistics)
            value = self.values[i]
            self.values[i] = None if value is None or head.value is None else value + float(head.value)
            self.weights[i] += head.weight
        self.rests.append(expression.rest)
        self.floors.append(floor(expression))

    def rest(self) -> float:
        """A penalty as it was last: it has no noise, and may be a fraction of what it was some steps before."""
        return self.rests[-1] if self.first.penalised else sum(self.rests) / len(self.rests)

    def baselines(self) -> list[float | None]:
        """Of each head."""
        return [None if s is None else s.loss() / self.count for s in self.statistics]

    def loss(self) -> float | None:
        """The loss of the best constants; a head that is not known leaves it unknown."""
        parts = self.baselines()
        if not parts or any(part is None for part in parts):
            return None
        return sum(part for part in parts if part is not None) + self.rest()

    def floor(self) -> tuple[str, float] | None:
        """The last activation, and the smallest loss that it allows, where one head alone makes the loss."""
        known = [found for found in self.floors if found is not None]
        if len(self.statistics) != 1 or not known or len(known) < len(self.floors):
            return None
        activations = {activation for activation, _ in known}
        name = activations.pop() if len(activations) == 1 else "another activation"
        return name, sum(loss for _, loss in known) / len(known) + self.rest()


def floor(expression: Expression) -> tuple[str, float] | None:
    found = expression.heads[0].floor if len(expression.heads) == 1 else None
    return None if found is None else (found[0], float(found[1]))


class Baseline:
    """Adds up the losses of the steps that are watched, kind by kind."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, ...], Sum] = {}
        self.too_many = False

    def take(self, expression: Expression) -> None:
        known = self.sums.get(expression.signature)
        if known is not None:
            known.add(expression)
        elif len(self.sums) < MOST_KINDS:
            self.sums[expression.signature] = Sum(expression)
        else:
            self.too_many = True

    def loss(self) -> float | None:
        """The loss of the best constants, if it is known."""
        losses = [(sum_.loss(), sum_.count) for sum_ in self.sums.values()]
        if self.too_many or not losses or any(loss is None for loss, _ in losses):
            return None
        return sum(loss * count for loss, count in losses if loss is not None) / sum(count for _, count in losses)

    def floor(self) -> tuple[str, float] | None:
        return next(iter(self.sums.values())).floor() if len(self.sums) == 1 else None

    def last(self) -> Expression | None:
        """The last expression of the kind that was met most often."""
        most = max(self.sums.values(), key=lambda sum_: sum_.count, default=None)
        return None if most is None else most.last

    def facts(self) -> list[Mapping[str, Any]]:
        """The terms of the loss, as a record has them; of several kinds of losses, those of all."""
        return [term for sum_ in self.sums.values() for term in terms(sum_)]


def terms(sum_: Sum) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for i, (head, baseline) in enumerate(zip(sum_.first.heads, sum_.baselines(), strict=True)):
        value = sum_.values[i]
        found.append(
            {
                "kind": head.kind,
                "known": head.known,
                "factor": finite(sum_.weights[i] / sum_.count),
                "reduction": head.reduction,
                "value": None if value is None else value / sum_.count,
                "baseline": baseline,
            }
        )
    if sum_.first.penalised or abs(sum_.rest()) > 1e-6 * abs(sum(v for v in sum_.values if v is not None)):
        kind = "penalty" if sum_.first.penalised else "constant"
        rest = {"kind": kind, "known": True, "factor": 1.0, "value": sum_.rest(), "baseline": sum_.rest()}
        if all(value is not None for value in sum_.values):
            found.append(rest)
    return found


def finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
