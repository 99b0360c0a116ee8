"""How far ahead of a token its target lies, in sequences of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from relume.torch._watch._loss._graph import tensors

FARTHEST = 3
FEWEST = 16
"""Fewer tokens, or all of one kind, may be equal by chance."""


class TargetsAhead:
    """Compares the class numbers of a loss with the tokens that the model was given."""

    def __init__(self) -> None:
        self.found: set[int | None] = set()

    def take(self, inputs: Sequence[Any], targets: Iterable[Tensor]) -> None:
        tokens = next((x for given in inputs for x in tensors(given) if is_tokens(x)), None)
        target = next((t for t in targets if t.numel() >= FEWEST and not t.is_floating_point()), None)
        if tokens is not None and target is not None:
            self.found.add(ahead(tokens.detach(), target.detach().to(tokens.device)))

    def facts(self) -> int | None:
        """The same number in all steps, if it was."""
        return next(iter(self.found)) if len(self.found) == 1 else None


def is_tokens(x: Tensor) -> bool:
    return x.dim() == 2 and not x.is_floating_point() and not x.is_complex() and min(x.shape) > FARTHEST


def ahead(tokens: Tensor, target: Tensor) -> int | None:
    """By how many places; sequences may be the rows or the columns."""
    rows, columns = tokens.shape
    if target.shape == tokens.shape:
        pairs = [(tokens, target), (tokens.T, target.T)]
    else:
        pairs = [(tokens, target.reshape(rows, -1))] if target.numel() % rows == 0 else []
        pairs += [(tokens.T, target.reshape(-1, columns).T)] if target.numel() % columns == 0 else []
    for own, other in pairs:
        # The next one first: a text that repeats itself may fit several.
        for places in (1, 0, *range(2, FARTHEST + 1)):
            length = min(other.shape[1], own.shape[1] - places)
            given, wanted = own[:, places : places + length], other[:, :length]
            counted = wanted >= 0  # What is to be left out is numbered below 0.
            given, wanted = given[counted], wanted[counted]
            several = len(wanted) >= FEWEST and bool((wanted != wanted[0]).any())
            if several and bool((given == wanted).all()):
                return places
    return None
