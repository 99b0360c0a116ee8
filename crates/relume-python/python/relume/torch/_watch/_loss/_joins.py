"""Heads that belong together: logarithms of a probability and of its complement, an exponent and its exponential."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._loss._graph import SAME_VALUES, WEIGHING, chain, operation
from relume.torch._watch._loss._head import Head
from relume.torch._watch._loss._heads import divergence
from relume.torch._watch._loss._probabilities import (
    axis_of_classes,
    cross_entropy,
    not_logarithms,
    of_coins,
    weighs_classes,
)

Edge = tuple[Any, int]
"""An operation, and which of its results."""

SMALL = 1e-2
"""What is added to a probability before its logarithm is taken is smaller."""


def join_divergences(weights: dict[Edge, Tensor], heads: dict[Edge, Head]) -> None:
    """Makes one head of ``exp(v) - v``: with squares of means, it is the divergence from a standard normal."""
    for edge, weight in weights.items():
        if not edge[0].name().startswith("ExpBackward") or edge not in heads:
            continue
        exponent = edge[0].next_functions[0]
        if exponent not in heads or weights[exponent].shape != weight.shape:
            continue
        if not torch.allclose(weights[exponent], -weight):
            continue
        y = edge[0]._saved_result.detach()
        del heads[exponent]
        heads[edge] = divergence(weight, y)
        for other in heads.values():
            if other.squares_itself and abs(other.weight - heads[edge].weight) <= 1e-4 * abs(other.weight):
                other.kind = heads[edge].kind


def join_likelihoods(weights: dict[Edge, Tensor], heads: dict[Edge, Head], value: float) -> None:
    """Makes a likelihood of probabilities that a divergence takes for their logarithms: what is left of the loss is the
    entropy of its targets."""
    unknown = [edge for edge in heads if edge[0].name().startswith("SoftmaxBackward") and not heads[edge].known]
    if len(heads) != 1 or not unknown or not weighs_classes(weights[unknown[0]]):
        return
    edge = unknown[0]
    weight, p = weights[edge].double(), edge[0]._saved_result.detach().double()
    target = weight / weight.sum(axis_of_classes(weight), keepdim=True)
    expected = float((weight * (p - target.clamp(min=1e-300).log())).sum())
    if abs(value - expected) <= 1e-3 * max(abs(value), abs(expected)):
        heads[edge] = not_logarithms(weights[edge])


def join_coins(weights: dict[Edge, Tensor], heads: dict[Edge, Head]) -> None:
    """Makes one head of the logarithms of ``p`` and of ``1 - p``, whatever ``p`` comes from."""
    logarithms = [edge for edge in heads if edge[0].name().startswith("LogBackward")]
    for one, zero in pairs(logarithms):
        p, ones, zeros = one[0]._saved_self.detach(), -weights[one], -weights[zero]
        together = ones + zeros
        if bool((together >= 0).all()) or bool((together <= 0).all()):
            heads[one] = of_coins(p, ones, zeros)
            del heads[zero]


def pairs(logarithms: list[Edge]) -> list[tuple[Edge, Edge]]:
    """Those of ``p`` and ``1 - p``, of the same ``p``."""
    found: list[tuple[Edge, Edge]] = []
    for one in logarithms:
        others = [other for other in logarithms if other is not one and complements(one[0], other[0])]
        if len(others) == 1 and not is_complement(one[0]):
            found.append((one, others[0]))
    return found


def complements(one: Any, other: Any) -> bool:
    """Whether two logarithms are of numbers that come to 1, something small perhaps being added."""
    p, q = one._saved_self.detach(), other._saved_self.detach()
    return p.shape == q.shape and bool(((p + q - 1).abs() < SMALL).all()) and is_complement(one) != is_complement(other)


def is_complement(node: Any) -> bool:
    """Whether a logarithm is of ``1 - p``."""
    return any(before.name().startswith("RsubBackward") for before in chain(node, 4))


def join_softmax(weights: dict[Edge, Tensor], heads: dict[Edge, Head]) -> None:
    """Makes one head of ``logsumexp(x) - x[class]``, the largest of ``x`` perhaps being subtracted from both."""
    for edge, logarithm in list(heads.items()):
        x = exponents(edge[0]) if edge in heads else None
        if x is None:
            continue
        parts = {part for part in heads if part[0].name().startswith(LARGEST)}
        classes = [part for part in heads if part not in parts and counts(weights[part], x, logarithm)]
        if len(classes) == 1 and classes[0] != edge:
            dim = axis_of_classes(x)
            heads[classes[0]] = cross_entropy(x.log_softmax(dim), weights[classes[0]], dim, edge[0], False)
            for part in {edge, *parts}:
                del heads[part]
    if len(heads) > 1:
        # Beside other terms it may be a part of a logarithm that was written out.
        for edge, head in heads.items():
            if head.kind == "nll" and edge[0].name().startswith(WEIGHING):
                head.kind, head.known = operation(edge[0]), False


LARGEST = ("Amax", "Max")


def exponents(node: Any) -> Tensor | None:
    """Of a logarithm of a sum of exponentials, the exponents."""
    if node.name().startswith("Logsumexp"):
        x: Tensor = node._saved_self.detach()
        return x
    if not node.name().startswith("LogBackward"):
        return None
    before = [n for n in chain(node, 4) if not n.name().startswith(SAME_VALUES)]
    if [n.name()[:3] for n in before[:2]] == ["Sum", "Exp"]:
        e: Tensor = before[1]._saved_result.detach()
        return e.log()
    return None


def counts(weight: Tensor, x: Tensor, logarithm: Head) -> bool:
    """Whether a part of a loss counts the classes of which the logarithm counts the sum."""
    return weight.shape == x.shape and abs(float(weight.sum()) + logarithm.weight) <= 1e-3 * abs(logarithm.weight)
