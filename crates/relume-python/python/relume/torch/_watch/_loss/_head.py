"""One term of a loss, whatever its kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from relume.torch._watch._loss._constants import Statistics
from relume.torch._watch._loss._graph import MEAN, NONE, SAME_VALUES, SUM, chain, inputs, operation


@dataclass
class Head:
    """One term of a loss."""

    kind: str
    """What it is, by the names that the record has for it; or the operation, where that is not known."""
    known: bool
    reduction: str | None
    weight: float
    """What its elements are weighted with, all together."""
    value: Tensor | None
    """Its part of the loss."""
    statistics: Statistics | None = None
    """What must be known for the best constant; none where that is not known."""
    target: Tensor | None = None
    floor: tuple[str, Tensor | float] | None = None
    """The activation before it, and the smallest value that the range of this allows."""
    squares_itself: bool = False
    """Whether what is squared is no difference, but a result by itself."""
    shapes: tuple[list[int], list[int]] | None = None
    """Shapes of outputs and targets that were stretched to fit each other."""

    @property
    def signature(self) -> str:
        return f"{self.kind} {self.statistics.signature if self.statistics is not None else ''}"


RANGES = {
    "SoftmaxBackward0": ("softmax", 0.0, 1.0),
    "SigmoidBackward0": ("sigmoid", 0.0, 1.0),
    "HardsigmoidBackward0": ("hardsigmoid", 0.0, 1.0),
    "TanhBackward0": ("tanh", -1.0, 1.0),
    "ReluBackward0": ("relu", 0.0, math.inf),
    "SoftplusBackward0": ("softplus", 0.0, math.inf),
}
"""What an operation of autograd's is called, and between which bounds its results lie."""


def bounded(node: Any) -> tuple[str, float, float] | None:
    """The activation whose results go into an operation, and their range, if it is known."""
    last = next((n for n in chain(node) if not n.name().startswith((*SAME_VALUES, *SELECTING))), None)
    return None if last is None else RANGES.get(last.name())


SELECTING = ("Select", "Slice", "Index", "Narrow", "Unbind", "Split")
"""Operations that leave some of the values, as they are."""


def unknown(node: Any, weight: Tensor, chosen: bool) -> Head:
    """What is not known; ``nll_loss`` of something that is no logarithm of probabilities among it."""
    kind = "nll" if chosen else operation(node)
    return Head(kind, chosen, None, float(weight.sum()), None, shapes=stretched(node, list(weight.shape)))


def elements(node: Any, weight: Tensor, target: Tensor) -> tuple[Tensor, str]:
    """The weight of each element of a loss function, and how it was reduced."""
    reduction = node._saved_reduction
    if reduction == MEAN:
        weight = weight / max(target.numel(), 1)
    return weight.expand(target.shape), {NONE: "none", MEAN: "mean", SUM: "sum"}.get(reduction, "none")


def stretched(node: Any, shape: list[int]) -> tuple[list[int], list[int]] | None:
    """The shapes of a column and a row that were made a square, of which each knows nothing of the other."""
    n = shape[0] if shape else 0
    if n < 2 or shape not in ([n, n], [n, n, 1]):
        return None
    for before in [node, *chain(node, 6)]:
        if not before.name().startswith(STRETCHING) or list(before._input_metadata[0].shape) != shape:
            continue
        sides = [list(side._input_metadata[0].shape) for side in inputs(before) if side is not None]
        # An axis too many on one of them.
        pairs = ([n, 1], [n]) if len(shape) == 2 else ([n, 1], [n, 1, 1])
        if len(sides) == 1 and sides[0] in pairs:
            return sides[0], pairs[1 - pairs.index(sides[0])]
    return None


STRETCHING = ("Expand", "Sub", "Rsub", "Mul")
"""Operations in which an output meets its target, where a loss is written by hand; ``expand`` in PyTorch's own."""
