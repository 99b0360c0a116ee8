"""The loss of the best constant prediction, from the targets that the loss functions are given.

With it the doctor knows whether a model learns; the course of the loss alone does not tell it: a loss that comes down
from far above to what a constant gives has learnt nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._ends import chain

MEAN = 1
"""PyTorch's number for a loss that is a mean."""

MOST_OUTPUTS = 4096
"""Of larger targets the spread is taken over all elements together."""

MOST_KEPT = 1 << 16
"""The median is taken of this many first targets, where the median is the best constant."""

RESHAPED = ("View", "UnsafeView", "Squeeze", "Unsqueeze", "Alias")
"""Operations that leave the values in their order."""

OUTPUT = "relume's output"
"""Under which the last operation of a model keeps its result, as a difference keeps neither of its sides."""


class Baseline:
    """Adds up what must be known of the targets."""

    def __init__(self) -> None:
        self.kind: str | None = None
        self.sums: list[Tensor] = []

    def take(self, kind: str, target: Tensor) -> None:
        """Takes in the targets of a step; where losses of several kinds are added up, no constant is known."""
        sums = SUMS[kind](target)
        if self.kind is None:
            self.kind, self.sums = kind, sums
        elif self.kind == kind and kind == "classes":
            self.sums = [padded(self.sums[0], sums[0]) + padded(sums[0], self.sums[0])]
        elif self.kind == kind == "absolutes" and self.sums[0].shape[1] == sums[0].shape[1]:
            if self.sums[0].numel() < MOST_KEPT:
                self.sums = [torch.cat([self.sums[0], sums[0]])]
        elif self.kind == kind and all(a.shape == b.shape for a, b in zip(self.sums, sums, strict=True)):
            self.sums = [a + b for a, b in zip(self.sums, sums, strict=True)]
        else:
            self.kind = "unknown"

    def loss(self) -> float | None:
        """The loss of the best constant, if it is known."""
        if self.kind is None or self.kind not in LOSSES:
            return None
        return LOSSES[self.kind](*(values.double().cpu() for values in self.sums))


def loss_node(loss: Tensor, scaled: bool) -> Any:
    """The operation that computed a loss; none for a loss that is a leaf."""
    node = loss.grad_fn
    return node.next_functions[0][0] if scaled and node is not None else node


def targets(node: Any) -> tuple[str, Tensor] | None:
    """The kind of a loss and its targets, if it is a plain mean of a loss function; asked before ``backward``."""
    if node is not None and node.name() == "MeanBackward0":
        return absolute_targets(node)
    if node is None or getattr(node, "_saved_reduction", None) != MEAN:
        return None
    if getattr(node, "_saved_weight", None) is not None or getattr(node, "_saved_pos_weight", None) is not None:
        return None
    match node.name():
        case "NllLossBackward0" | "NllLoss2DBackward0" if any(n.name() == "LogSoftmaxBackward0" for n in chain(node)):
            target = node._saved_target
            return "classes", target[target != node._saved_ignore_index]
        case "BinaryCrossEntropyWithLogitsBackward0" | "BinaryCrossEntropyBackward0":
            return "chances", node._saved_target
        case "MseLossBackward0":
            return "values", node._saved_target
    return None


def absolute_targets(node: Any) -> tuple[str, Tensor] | None:
    """The targets of a mean, if it is one of absolute differences from what the model returned."""
    before = list(chain(node))[:2]
    if [n.name() for n in before] != ["AbsBackward0", "SubBackward0"] or before[1]._saved_alpha != 1:
        return None
    difference = before[0]._saved_self
    match [None if side is None else returned(side) for side, _ in before[1].next_functions]:
        case [Tensor() as y, None] if y.numel() == difference.numel():
            return "absolutes", y.reshape(difference.shape) - difference
        case [None, Tensor() as y] if y.numel() == difference.numel():
            return "absolutes", y.reshape(difference.shape) + difference
    return None


def returned(node: Any) -> Tensor | None:
    """What the model returned, if nothing but its shape was changed since."""
    last = next((n for n in [node, *chain(node)] if not n.name().startswith(RESHAPED)), node)
    return last.metadata.get(OUTPUT)


def padded(counts: Tensor, other: Tensor) -> Tensor:
    """With zeros at the end, if the other has more classes."""
    return torch.nn.functional.pad(counts, (0, max(len(other) - len(counts), 0)))


def outputs(target: Tensor) -> Tensor:
    """One row per sample."""
    rows = target.detach().double().reshape(len(target) if target.dim() else 1, -1)
    return rows if rows.shape[1] <= MOST_OUTPUTS else rows.reshape(-1, 1)


def entropy(p: Tensor) -> Tensor:
    return torch.special.entr(p)


def of_classes(counts: Tensor) -> float | None:
    return float(entropy(counts / counts.sum()).sum()) if counts.sum() > 0 else None


def of_chances(n: Tensor, ones: Tensor) -> float | None:
    p = ones / n
    return float((entropy(p) + entropy(1 - p)).mean()) if n > 0 else None


def of_values(n: Tensor, total: Tensor, squares: Tensor) -> float | None:
    return float((squares / n - (total / n) ** 2).clamp(min=0).mean()) if n > 0 else None


def of_absolutes(rows: Tensor) -> float | None:
    return float((rows - rows.median(0).values).abs().mean()) if len(rows) else None


def count(rows: Tensor) -> Tensor:
    return torch.tensor(float(len(rows)), dtype=torch.float64, device=rows.device)


SUMS: dict[str, Callable[[Tensor], list[Tensor]]] = {
    "classes": lambda target: [torch.bincount(target.flatten())],
    "chances": lambda target: [count(rows := outputs(target)), rows.sum(0)],
    "values": lambda target: [count(rows := outputs(target)), rows.sum(0), rows.square().sum(0)],
    "absolutes": lambda target: [outputs(target)],
}
LOSSES: dict[str, Callable[..., float | None]] = {
    "classes": of_classes,
    "chances": of_chances,
    "values": of_values,
    "absolutes": of_absolutes,
}
