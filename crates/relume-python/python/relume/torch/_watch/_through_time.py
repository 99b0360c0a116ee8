"""How the gradient changes on its way back through the steps in time of recurrent layers."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._patches import own_grad
from relume.torch._watch._recurrent_call import RecurrentCall

FIRST, THEN = 4, 16
"""It is measured in so many watched passes at first, then in every sixteenth of them."""

SAMPLES = 4
"""Of so many samples, as a layer that PyTorch computes as one operation is computed once more, step by step."""

LONGEST = 512
"""Of longer sequences nothing is measured."""

BINS, PASSES = 64, 64
"""With more steps in time neighbours are taken together; of more passes every second one is kept."""


class Norms:
    """The norms of the gradient at the states of one layer whose steps are called one by one, in one pass."""

    def __init__(self) -> None:
        self.name = ""
        self.squares: dict[int, float] = {}
        self.steps = 0

    def add(self, step: int, gradient: Tensor) -> None:
        self.squares[step] = self.squares.get(step, 0.0) + float(gradient.detach().square().sum())


class ThroughTime:
    """Gradients at the states of recurrent layers: at the first step in time relative to the largest."""

    def __init__(self) -> None:
        self.passes = 0
        self.due = False
        self.at = 0
        """The number of the step of training."""
        self.unrolled: dict[str, Norms] = {}
        """Of layers whose steps in time are called one by one, in the present pass."""
        self.ratios: dict[str, list[float]] = {}
        self.growth: dict[str, float] = {}
        """The largest norm relative to that at the last step, in the first pass."""
        self.lengths: dict[str, int] = {}
        self.kept: dict[str, list[dict[str, Any]]] = {}
        """The norms step in time by step in time, in some of the passes."""

    def begin(self, at: int) -> None:
        """A watched pass begins, in this step of training."""
        self.finish()
        self.at = at
        self.due = self.passes < FIRST or self.passes % THEN == 0
        self.passes += 1

    def finish(self) -> None:
        """Takes in what came back in the last pass to steps that were called one by one."""
        for norms in self.unrolled.values():
            # Where nothing can come back to the first step, the calls are no steps of one sequence.
            if norms.steps > 1 and 0 in norms.squares:
                self.note(norms.name, [math.sqrt(norms.squares.get(step, 0.0)) for step in range(norms.steps)])
        self.unrolled = {}

    def note(self, name: str, norms: list[float]) -> None:
        """Takes in the norms of a pass."""
        kept = self.kept.setdefault(name, [])
        kept.append({"at": self.at, "norms": binned(norms)})
        if len(kept) > PASSES:
            del kept[1::2]
        largest = max(norms)
        if math.isfinite(largest) and largest > 0:
            self.ratios.setdefault(name, []).append(norms[0] / largest)
            self.lengths[name] = len(norms)
            if norms[-1] > 0:
                self.growth.setdefault(name, largest / norms[-1])

    def step(self, key: str, name: str, number: int, states: tuple[Tensor, ...]) -> None:
        """A step in time of what ``key`` tells apart, its states, and what it is called by now."""
        if not self.due:
            return
        norms = self.unrolled.setdefault(key, Norms())
        norms.name, norms.steps = name, number + 1
        if number < LONGEST:
            for state in states:
                if state.requires_grad:
                    state.register_hook(lambda gradient: norms.add(number, gradient))

    def layer(self, name: str, call: RecurrentCall, gradient: Tensor) -> None:
        """A layer whose steps autograd does not see, and the gradient that came to its outputs."""
        if call.length not in range(2, LONGEST):
            return
        steps = call.steps(SAMPLES)
        x, gradient = call.rows(call.x, SAMPLES), call.rows(gradient, SAMPLES)
        if not call.both:
            self.note(name, once_more(call, x, gradient, steps, 0, call.layers))
            return
        if call.layers > 1:
            with torch.no_grad():
                x = call.hidden(x, steps, 0, call.layers - 1)
        # From the last step to the first only those count that all samples have.
        common = sum(size == steps[0] for size in steps)
        first, of_directions = 2 * (call.layers - 1), gradient.chunk(2, -1)
        self.note(f"{name}.forwards", once_more(call, x, of_directions[0], steps, first, first + 1))
        x, back = (torch.cat(t.split(steps)[:common][::-1]) for t in (x, of_directions[1]))
        self.note(f"{name}.backwards", once_more(call, x, back, [steps[0]] * common, first + 1, first + 2))

    def facts(self) -> list[dict[str, Any]]:
        """As a record has them: the median over the passes."""
        self.finish()
        return [
            {
                "name": name,
                "steps": self.lengths[name],
                "first_over_largest": sorted(ratios)[len(ratios) // 2],
                "largest_over_last": self.growth.get(name),
                "passes": self.kept[name],
            }
            for name, ratios in self.ratios.items()
        ]


def once_more(call: RecurrentCall, x: Tensor, gradient: Tensor, steps: list[int], first: int, last: int) -> list[float]:
    """Computes layers one above the other step by step, and the norm of what comes back to the states after each."""
    weights = call.weights_of(first, last)
    with torch.enable_grad():
        now = call.state_of(first, last, steps[0])
        states, total = [], x.new_zeros(())
        for rows, back in zip(x.split(steps), gradient.split(steps), strict=True):
            now = tuple(part[:, : len(rows)].contiguous().requires_grad_() for part in now)
            start = now if len(now) > 1 else now[0]
            _, *after = call.func(rows[:, None], start, weights, call.biases, last - first, 0.0, True, False, True)
            now = tuple(after)
            states.append(now)
            total = total + (now[0][-1] * back).sum()
        of_states = own_grad(total, [part for parts in states for part in parts], allow_unused=True)
    squares = [0.0 if g is None else float(g.square().sum()) for g in of_states]
    n = len(now)
    return [math.sqrt(sum(squares[i : i + n])) for i in range(0, len(squares), n)]


def binned(norms: list[float]) -> list[float | None]:
    """Root mean squares of neighbours, in at most ``BINS`` bins."""
    size = max(math.ceil(len(norms) / BINS), 1)
    parts = [norms[i : i + size] for i in range(0, len(norms), size)]
    means = [math.sqrt(sum(norm * norm for norm in part) / len(part)) for part in parts]
    return [mean if math.isfinite(mean) else None for mean in means]
