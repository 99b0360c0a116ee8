"""Both ends of a model: the size of what enters it, and the losses that its last activation allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.graph import Node

RANGES = {
    "SoftmaxBackward0": ("softmax", 0.0, 1.0),
    "SigmoidBackward0": ("sigmoid", 0.0, 1.0),
    "HardsigmoidBackward0": ("hardsigmoid", 0.0, 1.0),
    "TanhBackward0": ("tanh", -1.0, 1.0),
    "ReluBackward0": ("relu", 0.0, math.inf),
    "SoftplusBackward0": ("softplus", 0.0, math.inf),
}
"""What an operation of autograd's is called, and between which bounds its results lie."""

SAME_VALUES = ("View", "UnsafeView", "Squeeze", "Unsqueeze", "Transpose", "Permute", "Alias", "Clone", "TBackward")
"""Operations that change the shape alone."""


class Inputs:
    """Adds up the squares of what enters a model."""

    def __init__(self) -> None:
        self.count = 0
        self.squares: Tensor | None = None
        self.device: torch.device | None = None

    def take(self, args: tuple[Any, ...]) -> None:
        """Takes in the first tensor of numbers among the arguments of a step."""
        x = next((x for x in args if isinstance(x, Tensor) and x.is_floating_point()), None)
        if x is None or x.numel() == 0 or x.layout is not torch.strided or self.device not in (None, x.device):
            return
        self.device = x.device
        self.count += x.numel()
        square = torch.linalg.vector_norm(x.detach(), dtype=torch.promote_types(x.dtype, torch.float32)) ** 2
        self.squares = square if self.squares is None else self.squares + square

    def rms(self) -> float | None:
        """Their root mean square, if there were any."""
        return None if self.squares is None else math.sqrt(self.squares.item() / self.count)


class Floor:
    """The smallest loss, on average over the steps."""

    def __init__(self) -> None:
        self.count = 0
        self.activation: str | None = None
        self.total: Tensor | float = 0.0

    def take(self, activation: str, loss: Tensor | float) -> None:
        self.count += 1
        self.activation = activation if self.activation in (None, activation) else "another activation"
        self.total = self.total + loss

    def loss(self) -> float:
        return float(self.total) / self.count


def smallest_loss(node: Any, kind: str, target: Tensor) -> tuple[str, Tensor | float] | None:
    """The activation that feeds a loss, if its range is known, and the loss of the best outputs in that range."""
    logits = node
    if kind == "classes":
        logits = next(n for n in chain(node) if n.name() == "LogSoftmaxBackward0")
    if kind == "absolutes":
        logits = next(n for n in chain(node) if n.name() == "SubBackward0")
    last = next((n for n in chain(logits) if not n.name().startswith(SAME_VALUES)), None)
    if last is None or last.name() not in RANGES:
        return None
    activation, low, high = RANGES[last.name()]
    if kind == "classes":
        result = logits._saved_result
        classes = result.shape[1 if result.dim() > 1 else 0]
        return activation, math.log1p((classes - 1) * math.exp(low - high))
    if kind == "chances":
        if node.name() != "BinaryCrossEntropyWithLogitsBackward0":
            return None
        bounds = torch.tensor([-high, low], dtype=target.dtype, device=target.device)
        ones, zeros = F.softplus(bounds)
        return activation, (target * ones + (1 - target) * zeros).mean()
    beyond = target - target.clamp(low, high)
    return activation, (beyond.abs() if kind == "absolutes" else beyond.square()).mean()


def chain(node: Node) -> Iterator[Any]:
    """The operations before this one, along the first input of each."""
    for _ in range(8):
        if not node.next_functions or node.next_functions[0][0] is None:
            return
        node = node.next_functions[0][0]
        yield node
