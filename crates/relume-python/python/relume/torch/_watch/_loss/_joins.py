"""Heads that belong together: logarithms of a probability and of its complement, an exponent and its exponential."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._loss._graph import chain
from relume.torch._watch._loss._heads import Head, divergence, of_coins

Edge = tuple[Any, int]
"""An operation, and which of its results."""


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


def join_coins(weights: dict[Edge, Tensor], heads: dict[Edge, Head]) -> None:
    """Makes one head of the logarithms of ``p`` and of ``1 - p``, ``p`` being a sigmoid."""
    found: dict[Edge, list[tuple[Edge, bool]]] = {}
    sigmoids: dict[Edge, Any] = {}
    for edge in heads:
        sigmoid = next((n for n in chain(edge[0], 4) if n.name() == "SigmoidBackward0"), None)
        if not edge[0].name().startswith("LogBackward") or sigmoid is None:
            continue
        p, own = sigmoid._saved_result.detach(), edge[0]._saved_self.detach()
        if p.shape == own.shape:
            is_one = bool((own - p).abs().sum() <= (own - (1 - p)).abs().sum())
            found.setdefault(sigmoid.next_functions[0], []).append((edge, is_one))
            sigmoids[sigmoid.next_functions[0]] = sigmoid
    for logit, logarithms in found.items():
        if sorted(is_one for _, is_one in logarithms) == [False, True]:
            (one,), (zero,) = ([edge for edge, is_one in logarithms if is_one is which] for which in (True, False))
            heads[one] = of_coins(sigmoids[logit], -weights[one], -weights[zero])
            del heads[zero]
