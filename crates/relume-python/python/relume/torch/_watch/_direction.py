"""Whether the optimiser's steps go down the gradient that came back, or up."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from torch import Tensor

MOST = 4096
"""Of each parameter so many numbers are looked at,"""
MOST_PARAMETERS = 8
"""and of so many parameters: a step that goes up does so everywhere."""


class Direction:
    """Compares a step with the gradient as it was when the backward pass ended, before anybody changed it."""

    def __init__(self) -> None:
        self.seen: list[tuple[Tensor, Tensor, Tensor]] = []
        """Parameters, some of their numbers, and the gradients of these."""
        self.counts = {"directions_looked_at": 0, "uphill": 0}

    def came_back(self, parameters: Iterable[Tensor]) -> None:
        """Takes in the gradients of a step; those of several backward passes add up where they lie."""
        present = [(p, p.grad) for p in parameters if p.grad is not None and not p.grad.is_sparse]
        self.seen = [(p, some(p).clone(), some(g).clone()) for p, g in present[:MOST_PARAMETERS]]

    def stepped(self) -> None:
        along = sum(float(((some(p) - before) * g).sum()) for p, before, g in self.seen)
        # A step of nothing goes nowhere, and so does one that is no number.
        if along != 0 and isfinite(along):
            self.counts["directions_looked_at"] += 1
            self.counts["uphill"] += along > 0
        self.seen = []


def some(x: Tensor) -> Tensor:
    """Some of its numbers."""
    return x.detach().flatten()[:MOST].float()
