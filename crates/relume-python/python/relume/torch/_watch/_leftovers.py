"""Whether gradients that an optimiser has used are still there when the next ones are added to them."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor


class Leftovers:
    """Follows the gradients of each optimiser from one of its steps to the next.

    They may be cleared at any time in between, and where there are several optimisers a backward pass for another one
    may come first: those are left over that each backward pass has met.
    """

    def __init__(self) -> None:
        self.suspects: dict[int, list[Tensor]] = {}
        """By optimiser, the parameters whose gradients every backward pass since its last step has met."""
        self.met: set[int] = set()
        """The optimisers since whose last step there was a backward pass."""
        self.counts: dict[int, tuple[int, int]] = {}
        """By optimiser, how often it was looked, and how often there were some."""

    def backward_begins(self) -> None:
        for optimizer, parameters in self.suspects.items():
            self.met.add(optimizer)
            self.suspects[optimizer] = [p for p in parameters if p.grad is not None and bool(p.grad.any())]

    def stepped(self, optimizer: int, parameters: Iterable[Tensor], go_on: bool) -> None:
        """Counts what an optimiser has used again, and goes on to look until its next step if that is wanted."""
        suspects = self.suspects.pop(optimizer, None)
        if suspects is not None and optimizer in self.met:
            looked, left = self.counts.get(optimizer, (0, 0))
            self.counts[optimizer] = looked + 1, left + bool(suspects)
        self.met.discard(optimizer)
        if go_on:
            self.suspects[optimizer] = [p for p in parameters if p.grad is not None]

    def facts(self) -> dict[str, int]:
        """Of the optimiser of which most were left."""
        looked, left = max(self.counts.values(), key=lambda count: count[1] / count[0], default=(0, 0))
        return {"leftovers_looked_for": looked, "leftovers": left}
