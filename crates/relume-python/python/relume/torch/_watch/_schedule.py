"""Which steps are watched in full: by their numbers, so that a run is judged alike on every machine."""

from __future__ import annotations

DENSER = 16
"""A step is followed by gaps of a sixteenth of its number: each of the first 32 steps is watched, then fewer."""

LONGEST = 64
"""Of the first 16,384 steps no gap is longer, so that there are always recent ones. A watched step of a small network
costs twice as much as it takes to train, so that this adds 3 %; of large networks less. bench/watch.py measures it."""

SPARSER, SPARSEST = 256, 256
"""After that a gap is at most a 256th of the step's number, so that the last 32nd of a run always has eight of them,
and never longer than 256 steps."""

ALL, FEWER = 32, 4
"""Inputs, outputs and the loss are looked at in so many watched steps at first, then in every fourth of them."""


class Schedule:
    """Every ``every`` steps, or by default densely at first and then spread over the run.

    A ``budget`` ends that: a share of the time of training if it is less than 1, else seconds.
    """

    def __init__(self, every: int | None, budget: float | None) -> None:
        self.every = every
        self.budget = budget
        self.steps = 0
        """Steps ended."""
        self.next = 0
        """The next step to be watched."""
        self.due = True
        """Whether the next step is one of those to be watched, if the budget allows it."""
        self.watched = 0
        """Steps that were watched."""
        self.left_out = 0
        """Steps that were not watched because of the budget."""
        self.spent = 0.0
        """Seconds that watching has taken."""
        self.elapsed = 0.0
        """Seconds that the steps have taken, watching included."""

    def begin(self) -> bool:
        """Whether the step that begins is watched."""
        if not self.due:
            return False
        affordable = self.affordable()
        self.left_out += not affordable
        return affordable

    def thorough(self) -> bool:
        """Whether to look, in a watched step that has begun, at what changes little through a run."""
        self.watched += 1
        return self.watched <= ALL or self.watched % FEWER == 0

    def affordable(self) -> bool:
        """Whether the budget allows to watch another step; the first one always."""
        if self.budget is None or self.steps == 0:
            return True
        limit = self.budget if self.budget >= 1 else self.budget * (self.elapsed - self.spent)
        return self.spent < limit

    def gap(self) -> int:
        """From a watched step to the next."""
        if self.every is not None:
            return self.every
        longest = min(max(self.steps // SPARSER, LONGEST), SPARSEST)
        return min(max(self.steps // DENSER, 1), longest)

    def end(self, duration: float, own: float) -> None:
        """Ends a step that took so many seconds, of which watching took some."""
        self.spent += own
        self.elapsed += duration
        if self.due:
            self.next = self.steps + self.gap()
        self.steps += 1
        self.due = self.steps >= self.next
