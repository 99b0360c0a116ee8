"""Heads of classifications: what makes of outputs the logarithms of probabilities."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from relume.torch._watch._loss._constants import Choices, Coins
from relume.torch._watch._loss._graph import chain
from relume.torch._watch._loss._head import Head, bounded, elements, unknown


def log_softmax(node: Any, weight: Tensor, chosen: bool) -> Head:
    return cross_entropy(node._saved_result.detach(), weight, axis(node._saved_dim), node, chosen)


def axis(dim: int) -> int:
    """Autograd keeps a negative axis as a large number."""
    return dim if dim < 1 << 62 else dim - (1 << 64)


def logarithm(node: Any, weight: Tensor, chosen: bool) -> Head:
    """``softmax(x).log()``, as people write it, something small perhaps being added; and the logarithm of what the
    loss takes for probabilities, because it is weighed as the classes of samples are."""
    softmax = next((n for n in chain(node, 4) if n.name() == "SoftmaxBackward0"), None)
    p = node._saved_self.detach()
    if softmax is not None and p.shape == softmax._saved_result.shape:
        return cross_entropy(p.log(), weight, axis(softmax._saved_dim), softmax, chosen)
    if not weighs_classes(weight):
        return unknown(node, weight, chosen)
    dim = axis_of_classes(weight)
    one = bool(((p.sum(dim) - 1).abs() < 1e-2).all()) and bool((p >= 0).all())
    return cross_entropy(p.log(), weight, dim, node, chosen) if one else not_logarithms(weight)


def axis_of_classes(weight: Tensor) -> int:
    return 1 if weight.dim() in (2, 4) else -1


def weighs_classes(weight: Tensor) -> bool:
    """Whether a loss counts, of each sample, a class or a distribution over classes, each sample as much as others."""
    if weight.dim() < 2 or weight.shape[axis_of_classes(weight)] < 2 or not bool((weight <= 0).all()):
        return False
    by_sample = weight.sum(axis_of_classes(weight))
    counted = by_sample[by_sample != 0]
    varied = bool((weight.amax(axis_of_classes(weight)) != weight.amin(axis_of_classes(weight))).any())
    return counted.numel() > 0 and varied and bool(((counted / counted.mean() - 1).abs() < 1e-3).all())


def not_logarithms(weight: Tensor) -> Head:
    """The negative log-likelihood of what is no logarithm of probabilities."""
    return Head("nll", True, None, float(-weight.sum()), None)


def linear(node: Any, weight: Tensor, chosen: bool) -> Head:
    """What is weighed as it leaves a layer; by itself a loss of it has no smallest value."""
    return not_logarithms(weight) if weighs_classes(weight) else unknown(node, weight, chosen)


def cross_entropy(logs: Tensor, weight: Tensor, dim: int, node: Any, chosen: bool) -> Head:
    """Weights of logarithms of probabilities, as one-hot targets or others give them."""
    counts = -weight
    value = (weight * logs.nan_to_num(neginf=-1e30)).sum()
    if chosen and logs.dim() == 2 and dim == 0 and logs.shape[0] != logs.shape[1]:
        return Head("cross_entropy_over_samples", True, None, float(counts.sum()), value)
    if chosen and chosen_along_another(counts, dim):
        return Head("cross_entropy_over_another_axis", True, None, float(counts.sum()), value)
    if are_logarithms(counts.movedim(dim, -1)):
        return Head("divergence_from_logarithms", True, None, float(counts.sum()), None)
    by_class = counts.movedim(dim, -1).reshape(-1, logs.shape[dim])
    counted = by_class[by_class != 0]
    one_hot = bool(((by_class != 0).sum(1) <= 1).all())
    if (bool((counted < 0).any()) and bool((counted != counted[:1]).any())) or (one_hot and are_worths(by_class)):
        # What an action was worth, not how often it is right.
        return Head("log_probability", False, None, float(counts.sum()), None)
    statistics = Choices(by_class.double().sum(0)) if bool((by_class >= 0).all()) else None
    kind = "cross_entropy" if one_hot or not are_several(by_class) else "cross_entropy_of_several"
    head = Head(kind, True, None, float(counts.sum()), value, statistics)
    if not chosen:
        head.target = classes_of(counts.movedim(dim, -1))
    found = bounded(node) if node.name().startswith(("LogSoftmax", "Softmax")) else None
    if one_hot and statistics is not None and found is not None:
        activation, low, high = found
        head.floor = activation, by_class.sum() * math.log1p((logs.shape[dim] - 1) * math.exp(low - high))
    return head


MOST_WEIGHTS = 8
"""So many different weights of samples may be those of classes, whatever their number."""


def are_worths(by_class: Tensor) -> bool:
    """Whether samples of one class count differently, in more ways than classes and masks weigh them."""
    largest = by_class.amax(1)
    counted = largest[largest > 0]
    different = (counted / counted.amax() * 1e4).round().unique() if counted.numel() > 0 else counted
    return len(different) > max(MOST_WEIGHTS, 2 * by_class.shape[1])


def classes_of(counts: Tensor) -> Tensor | None:
    """The classes, where each sample counts for one; ones, where each counts for all alike."""
    number = (counts != 0).sum(-1)
    if bool((number == 1).all()):
        return counts.argmax(-1)
    alike = bool((counts == counts.flatten()[0]).all()) and bool((counts > 0).all())
    return torch.ones_like(counts) if alike else None


def chosen_along_another(counts: Tensor, dim: int) -> bool:
    """Whether one element was chosen along another axis than that over which the probabilities come to 1."""
    taken = counts != 0
    if not bool((taken.sum(dim) > 1).any()):
        return False
    others = (axis for axis in range(taken.dim()) if axis != dim % taken.dim())
    return any(bool((taken.sum(axis) <= 1).all()) for axis in others)


def are_several(by_class: Tensor) -> bool:
    """Whether several classes of a sample count, each as much as any other, and of samples not equally many."""
    number = (by_class != 0).sum(1)
    number, each = number[number > 0], by_class[number > 0]
    if len(number) == 0 or int(number.max()) < 2 or bool((number == number[0]).all()):
        return False
    weight = each[each != 0]
    return bool((weight > 0).all()) and bool(((weight / weight[0] - 1).abs() < 1e-3).all())


def are_logarithms(counts: Tensor) -> bool:
    """Whether classes are counted by logarithms of probabilities, of which the divergence was summed or averaged."""
    counts = counts.reshape(-1, counts.shape[-1])
    if not bool((counts <= 0).all()) or not bool((counts < 0).any()):
        return False
    scales = (1, len(counts), counts.numel())
    return any(bool(((torch.exp(counts * scale).sum(1) - 1).abs() < 1e-3).all()) for scale in scales)


def entropy_of_targets(node: Any, weight: Tensor, chosen: bool) -> Head:
    """What ``kl_div`` makes of its targets, where they have a gradient: logarithms of probabilities are below 0."""
    target = node._saved_self.detach()
    if bool((target < 0).any()):
        return Head("divergence_from_logarithms", True, None, float(weight.sum()), None)
    return unknown(node, weight, chosen)


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


def of_coins(p: Tensor, ones: Tensor, zeros: Tensor) -> Head:
    """Binary cross-entropy as it is written by hand: how much each yes and no counts."""
    value = -(ones * p.log() + zeros * (1 - p).log()).sum()
    target = ones / torch.where(ones + zeros == 0, 1.0, ones + zeros)
    weight = float((ones + zeros).sum())
    valid = bool((ones >= 0).all()) and bool((zeros >= 0).all())
    statistics = Coins.of(ones, zeros) if valid else None
    return Head("binary_cross_entropy", True, None, weight, value, statistics, target)
