"""What the best constant prediction gives: sums over targets, and the loss that follows from them.

Sums of several steps add up. Everything is weighted as the loss weights it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

MOST_OUTPUTS = 4096
"""Of larger targets one constant is sought for all elements together."""

MOST_KEPT = 1 << 16
"""So many first targets are kept where the best constant must be searched for."""


class Statistics(Protocol):
    """What must be summed up over steps to know the loss of the best constant."""

    @property
    def signature(self) -> str:
        """What two of them must share to be added up."""

    def plus(self, other: Any) -> Statistics: ...

    def loss(self) -> float:
        """The smallest sum of losses that a constant gives."""


def rows(x: Tensor) -> Tensor:
    """One row per sample, or per element of large targets."""
    x = x.detach().double().cpu()
    x = x.reshape(len(x) if x.dim() else 1, -1)
    return x if x.shape[1] <= MOST_OUTPUTS else x.reshape(-1, 1)


@dataclass
class Choices:
    """Of classes: how much each counts."""

    weights: Tensor

    @property
    def signature(self) -> str:
        return "classes"

    def plus(self, other: Choices) -> Choices:
        both = torch.zeros(max(len(self.weights), len(other.weights)), dtype=torch.float64)
        both[: len(self.weights)] += self.weights.cpu()
        both[: len(other.weights)] += other.weights.cpu()
        return Choices(both)

    def loss(self) -> float:
        total = self.weights.sum()
        return float(total * torch.special.entr(self.weights / total).sum()) if total > 0 else 0.0


@dataclass
class Coins:
    """Of yes and no, output by output: how much each counts."""

    ones: Tensor
    zeros: Tensor

    @classmethod
    def of(cls, ones: Tensor, zeros: Tensor) -> Coins:
        return cls(rows(ones).sum(0), rows(zeros).sum(0))

    @property
    def signature(self) -> str:
        return f"coins {len(self.ones)}"

    def plus(self, other: Coins) -> Coins:
        return Coins(self.ones + other.ones, self.zeros + other.zeros)

    def loss(self) -> float:
        total = (self.ones + self.zeros).clamp(min=1e-300)
        entropy = torch.special.entr(self.ones / total) + torch.special.entr(self.zeros / total)
        return float((total * entropy).sum())


@dataclass
class Squares:
    """Of numbers, output by output: weights, weighted sum, and weighted sum of squares."""

    weights: Tensor
    sums: Tensor
    squares: Tensor

    @property
    def signature(self) -> str:
        return f"squares {len(self.weights)}"

    def plus(self, other: Squares) -> Squares:
        return Squares(self.weights + other.weights, self.sums + other.sums, self.squares + other.squares)

    def loss(self) -> float:
        mean = self.sums / torch.where(self.weights == 0, 1.0, self.weights)
        return float((self.squares - self.sums * mean).clamp(min=0).sum())


@dataclass
class Differences:
    """Of numbers, where the best constant must be searched for: the first of them."""

    kind: str
    targets: Tensor
    weights: Tensor
    loss_of: Callable[[Tensor], Tensor]
    steps: int = 1
    """How many steps were added up."""
    kept: int = 1
    """Of these, the steps whose targets are kept."""

    @staticmethod
    def of(kind: str, target: Tensor, weight: Tensor, loss: Callable[[Tensor], Tensor]) -> Statistics:
        t, w = rows(target), rows(weight.expand(target.shape))
        if kind == "mse":
            return Squares(w.sum(0), (w * t).sum(0), (w * t.square()).sum(0))
        return Differences(kind, t, w, loss)

    @property
    def signature(self) -> str:
        return f"{self.kind} {self.targets.shape[1]}"

    def plus(self, other: Differences) -> Differences:
        steps = self.steps + other.steps
        if self.targets.numel() >= MOST_KEPT:
            return Differences(self.kind, self.targets, self.weights, self.loss_of, steps, self.kept)
        targets, weights = torch.cat([self.targets, other.targets]), torch.cat([self.weights, other.weights])
        return Differences(self.kind, targets, weights, self.loss_of, steps, self.kept + other.kept)

    def loss(self) -> float:
        """By ternary search, as these losses are convex."""
        low, high = self.targets.min(0).values, self.targets.max(0).values
        for _ in range(80):
            third = (high - low) / 3
            left, right = low + third, high - third
            lower = self.at(left) <= self.at(right)
            low, high = torch.where(lower, low, left), torch.where(lower, right, high)
        return float(self.at((low + high) / 2).sum()) * self.steps / self.kept

    def at(self, constants: Tensor) -> Tensor:
        return (self.weights * self.loss_of(constants - self.targets)).sum(0)


@dataclass
class Least:
    """Of what is known by itself: the least that it can be."""

    least: float

    @property
    def signature(self) -> str:
        return "least"

    def plus(self, other: Least) -> Least:
        return Least(self.least + other.least)

    def loss(self) -> float:
        return self.least


@dataclass
class Root:
    """Of the root of a sum: what the sum consists of."""

    parts: list[Statistics]
    rest: float
    weight: float
    steps: int = 1

    @property
    def signature(self) -> str:
        return f"root {' '.join(part.signature for part in self.parts)}"

    def plus(self, other: Root) -> Root:
        parts = [mine.plus(theirs) for mine, theirs in zip(self.parts, other.parts, strict=True)]
        return Root(parts, self.rest + other.rest, self.weight + other.weight, self.steps + other.steps)

    def loss(self) -> float:
        inside = (sum(part.loss() for part in self.parts) + self.rest) / self.steps
        return self.weight * max(inside, 0.0) ** 0.5
