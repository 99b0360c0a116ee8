"""The heads of a loss: the operations that make of outputs what is weighed and added up.

Each makes of its node and the weights of its elements what must be summed up over steps to know the best constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._loss._constants import Differences, Least
from relume.torch._watch._loss._graph import (
    OUTPUT,
    RESHAPED,
    WEIGHING,
    chain,
    inputs,
    value_of,
)
from relume.torch._watch._loss._head import Head, bounded, elements, stretched, unknown
from relume.torch._watch._loss._probabilities import (
    coins,
    coins_with_logits,
    entropy_of_targets,
    linear,
    log_softmax,
    logarithm,
)


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
    exponent = node._saved_exponent
    if (isinstance(exponent, Tensor) and exponent.numel() != 1) or float(exponent) != 2:
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
    head.shapes = stretched(node, list(d.shape))
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


def divergence(weight: Tensor, variance: Tensor) -> Head:
    """``variance - log(variance) - 1``, which is 0 at least, where the variance is 1."""
    value = (weight * (variance - variance.log() - 1)).sum()
    return Head("kl_divergence", True, None, float(weight.sum()), value, Least(0.0))


HEADS: tuple[tuple[str, Callable[[Any, Tensor, bool], Head]], ...] = (
    ("LogSoftmaxBackward", log_softmax),
    ("LogBackward", logarithm),
    ("XlogyBackward", entropy_of_targets),
    ("BinaryCrossEntropyWithLogitsBackward", coins_with_logits),
    ("BinaryCrossEntropyBackward", coins),
    ("MseLossBackward", compared("mse", lambda node, d: d.square())),
    ("SmoothL1LossBackward", compared("smooth_l1", smooth)),
    ("HuberLossBackward", compared("huber", huber)),
    ("AbsBackward", absolute),
    ("PowBackward", power),
    ("MulBackward", product),
    *((weighing, linear) for weighing in WEIGHING),
)
"""By the beginning of the operation's name."""
