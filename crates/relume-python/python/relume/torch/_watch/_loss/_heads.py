"""The heads of a loss: the operations that make of outputs what is weighed and added up.

Each makes of its node and the weights of its elements what must be summed up over steps to know the best constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from relume.torch._watch._loss._constants import Choices, Coins, Differences, Least, Statistics
from relume.torch._watch._loss._graph import (
    MEAN,
    NONE,
    OUTPUT,
    RESHAPED,
    SAME_VALUES,
    SUM,
    WEIGHING,
    chain,
    inputs,
    operation,
    value_of,
)


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
    last = next((n for n in chain(node) if not n.name().startswith(SAME_VALUES)), None)
    return None if last is None else RANGES.get(last.name())


def unknown(node: Any, weight: Tensor, chosen: bool) -> Head:
    """What is not known; ``nll_loss`` of something that is no logarithm of probabilities among it."""
    kind = "nll" if chosen else operation(node)
    return Head(kind, chosen, None, float(weight.sum()), None)


def log_softmax(node: Any, weight: Tensor, chosen: bool) -> Head:
    result = node._saved_result.detach()
    dim = node._saved_dim
    return cross_entropy(result, weight, dim if dim < 1 << 62 else dim - (1 << 64), node)


def logarithm(node: Any, weight: Tensor, chosen: bool) -> Head:
    """``softmax(x).log()``, as people write it, something small perhaps being added."""
    softmax = next((n for n in chain(node, 4) if n.name() == "SoftmaxBackward0"), None)
    p = node._saved_self.detach()
    if softmax is None or p.shape != softmax._saved_result.shape:
        return unknown(node, weight, chosen)
    dim = softmax._saved_dim
    return cross_entropy(p.log(), weight, dim if dim < 1 << 62 else dim - (1 << 64), softmax)


def cross_entropy(logs: Tensor, weight: Tensor, dim: int, node: Any) -> Head:
    """Weights of logarithms of probabilities, as one-hot targets or others give them."""
    counts = -weight
    value = (weight * logs.nan_to_num(neginf=-1e30)).sum()
    by_class = counts.movedim(dim, -1).reshape(-1, logs.shape[dim])
    statistics = Choices(by_class.double().sum(0)) if bool((by_class >= 0).all()) else None
    head = Head("cross_entropy", True, None, float(counts.sum()), value, statistics)
    one_hot = bool(((by_class != 0).sum(1) <= 1).all())
    if one_hot and (found := bounded(node)) is not None:
        activation, low, high = found
        head.floor = activation, by_class.sum() * math.log1p((logs.shape[dim] - 1) * math.exp(low - high))
    return head


def elements(node: Any, weight: Tensor, target: Tensor) -> tuple[Tensor, str]:
    """The weight of each element of a loss function, and how it was reduced."""
    reduction = node._saved_reduction
    if reduction == MEAN:
        weight = weight / max(target.numel(), 1)
    return weight.expand(target.shape), {NONE: "none", MEAN: "mean", SUM: "sum"}.get(reduction, "none")


def coins_with_logits(node: Any, weight: Tensor, chosen: bool) -> Head:
    x, t = node._saved_self.detach(), node._saved_target.detach()
    weight, reduction = elements(node, weight, t)
    positive = node._saved_pos_weight
    if node._saved_weight is not None:
        weight = weight * node._saved_weight
    ones = weight * t * (1.0 if positive is None else positive)
    zeros = weight * (1 - t)
    value = (ones * F.softplus(-x) + zeros * F.softplus(x)).sum()
    kind = "binary_cross_entropy_with_logits"
    head = Head(kind, True, reduction, float(weight.sum()), value, Coins.of(ones, zeros), t)
    if (found := bounded(node)) is not None:
        activation, low, high = found
        bounds = torch.tensor([-high, low], dtype=t.dtype, device=t.device)
        best_one, best_zero = F.softplus(bounds)
        head.floor = activation, (ones * best_one + zeros * best_zero).sum()
    return head


def coins(node: Any, weight: Tensor, chosen: bool) -> Head:
    p, t = node._saved_self.detach(), node._saved_target.detach()
    weight, reduction = elements(node, weight, t)
    if node._saved_weight is not None:
        weight = weight * node._saved_weight
    value = (weight * F.binary_cross_entropy(p.clamp(0, 1), t, reduction="none")).sum()
    statistics = Coins.of(weight * t, weight * (1 - t))
    return Head("binary_cross_entropy", True, reduction, float(weight.sum()), value, statistics, t)


def of_coins(sigmoid: Any, ones: Tensor, zeros: Tensor) -> Head:
    """Binary cross-entropy as it is written by hand: how much each yes and no counts."""
    p = sigmoid._saved_result.detach()
    value = -(ones * p.log() + zeros * (1 - p).log()).sum()
    target = ones / torch.where(ones + zeros == 0, 1.0, ones + zeros)
    weight = float((ones + zeros).sum())
    return Head("binary_cross_entropy", True, None, weight, value, Coins.of(ones, zeros), target)


def compared(kind: str, loss: Callable[[Any, Tensor], Tensor]) -> Callable[[Any, Tensor, bool], Head]:
    """Loss functions of PyTorch's that keep both sides of a difference."""

    def head(node: Any, weight: Tensor, chosen: bool) -> Head:
        y, t = node._saved_self.detach(), node._saved_target.detach()
        weight, reduction = elements(node, weight, t)
        return difference(kind, node, y - t, t, weight, reduction, lambda d: loss(node, d))

    return head


def huber(node: Any, d: Tensor) -> Tensor:
    delta = float(node._saved_delta)
    return torch.where(d.abs() <= delta, d.square() / 2, delta * (d.abs() - delta / 2))


def smooth(node: Any, d: Tensor) -> Tensor:
    beta = float(node._saved_beta)
    return torch.where(d.abs() < beta, d.square() / (2 * beta), d.abs() - beta / 2) if beta > 0 else d.abs()


def absolute(node: Any, weight: Tensor, chosen: bool) -> Head:
    d = node._saved_self.detach()
    return difference("l1", node, d, target_of(node, d), weight, None, torch.abs)


def power(node: Any, weight: Tensor, chosen: bool) -> Head:
    d = node._saved_self.detach()
    if float(node._saved_exponent) != 2:
        return unknown(node, weight, chosen)
    return difference("mse", node, d, target_of(node, d), weight, None, torch.square)


def product(node: Any, weight: Tensor, chosen: bool) -> Head:
    """``d * d`` is a square."""
    d, other = node._saved_self, node._saved_other
    if d is None or not isinstance(other, Tensor) or d.shape != other.shape or not torch.equal(d, other):
        return unknown(node, weight, chosen)
    return difference("mse", node, d.detach(), target_of(node, d.detach()), weight, None, torch.square)


def difference(
    kind: str,
    node: Any,
    d: Tensor,
    target: Tensor | None,
    weight: Tensor,
    reduction: str | None,
    loss: Callable[[Tensor], Tensor],
) -> Head:
    """A loss of a difference between outputs and targets."""
    value = (weight * loss(d)).sum()
    head = Head(kind, True, reduction, float(weight.sum()), value, None, target)
    head.shapes = stretched(node, d)
    head.squares_itself = target is not None and not bool(target.any())
    if target is None:
        return head
    head.statistics = Differences.of(kind, target, weight, loss)
    found = bounded(node) or next((bounded(n) for n in chain(node, 2) if n.name().startswith("SubBackward")), None)
    if found is not None:
        activation, low, high = found
        head.floor = activation, (weight * loss(target.clamp(low, high) - target)).sum()
    return head


def target_of(node: Any, d: Tensor) -> Tensor | None:
    """The other side of a difference, one side being what the model returned."""
    before = inputs(node)[0]
    if before is None or not before.name().startswith("SubBackward"):
        # What is no difference is compared with nothing: with zero.
        by_itself = before is not None and (before.name().startswith(BY_ITSELF) or OUTPUT in before.metadata)
        return torch.zeros_like(d) if by_itself else None
    if before._saved_alpha != 1:
        return None
    match [None if side is None else returned(side) for side in [*inputs(before), None][:2]]:
        case [Tensor() as y, None] if y.numel() == d.numel():
            return y.reshape(d.shape) - d
        case [None, Tensor() as y] if y.numel() == d.numel():
            return y.reshape(d.shape) + d
    return None


BY_ITSELF = (*RESHAPED, *WEIGHING, "Split", "Select", "Slice", "Unbind", "Index")
"""Operations whose results are no differences."""


def returned(node: Any) -> Tensor | None:
    """The values of an operation, if they are kept there or before, nothing but the shape having been changed since."""
    while (value := value_of(node)) is None and node.name().startswith(RESHAPED) and inputs(node)[0] is not None:
        node = inputs(node)[0]
    return value


def stretched(node: Any, d: Tensor) -> tuple[list[int], list[int]] | None:
    """The shapes of a column and a row that were made a square, of which each knows nothing of the other."""
    if d.dim() != 2 or d.shape[0] != d.shape[1] or d.shape[0] < 2:
        return None
    n = d.shape[0]
    befores = [node, *chain(node, 3)]
    expanded = [n for n in befores if n.name().startswith("ExpandBackward")]
    if expanded:
        before = inputs(expanded[0])[0]
    else:
        sub = next((n for n in befores if n.name().startswith("SubBackward")), None)
        before = None if sub is None else next((side for side in inputs(sub) if side is not None), None)
    if before is None:
        return None
    shape = list(before._input_metadata[0].shape)
    if shape == [n, 1]:
        return shape, [n]
    return (shape, [n, 1]) if shape == [n] else None


def divergence(weight: Tensor, variance: Tensor) -> Head:
    """``variance - log(variance) - 1``, which is 0 at least, where the variance is 1."""
    value = (weight * (variance - variance.log() - 1)).sum()
    return Head("kl_divergence", True, None, float(weight.sum()), value, Least(0.0))


HEADS: tuple[tuple[str, Callable[[Any, Tensor, bool], Head]], ...] = (
    ("LogSoftmaxBackward", log_softmax),
    ("LogBackward", logarithm),
    ("BinaryCrossEntropyWithLogitsBackward", coins_with_logits),
    ("BinaryCrossEntropyBackward", coins),
    ("MseLossBackward", compared("mse", lambda node, d: d.square())),
    ("SmoothL1LossBackward", compared("smooth_l1", smooth)),
    ("HuberLossBackward", compared("huber", huber)),
    ("AbsBackward", absolute),
    ("PowBackward", power),
    ("MulBackward", product),
)
"""By the beginning of the operation's name."""
