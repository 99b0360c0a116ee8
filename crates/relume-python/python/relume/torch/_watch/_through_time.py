"""How the gradient changes on its way back through the steps in time of recurrent layers."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._patches import own_grad

FIRST, THEN = 4, 16
"""It is measured in so many watched passes at first, then in every sixteenth of them."""

SAMPLES = 4
"""Of so many samples, as a layer that PyTorch computes as one operation is computed once more, step by step."""

LONGEST = 512
"""Of longer sequences nothing is measured."""


class Norms:
    """The norms of the gradient at the states of one layer, in one pass."""

    def __init__(self) -> None:
        self.by_step: dict[int, float] = {}
        self.calls = 0


class ThroughTime:
    """Gradients at the states of recurrent layers: at the first step in time relative to the largest."""

    def __init__(self) -> None:
        self.passes = 0
        self.due = False
        self.cells: dict[str, Norms] = {}
        """Of cells that are called step by step, in the present pass."""
        self.ratios: dict[str, list[float]] = {}
        self.growth: dict[str, float] = {}
        """The largest norm relative to that at the last step, in the first pass."""
        self.lengths: dict[str, int] = {}

    def begin(self) -> None:
        """A watched pass begins."""
        self.finish()
        self.due = self.passes < FIRST or self.passes % THEN == 0
        self.passes += 1

    def finish(self) -> None:
        """Takes in what the cells of the last pass received."""
        for name, norms in self.cells.items():
            if norms.calls > 1 and norms.by_step:
                self.note(name, [norms.by_step.get(step, 0.0) for step in range(norms.calls)])
        self.cells = {}

    def note(self, name: str, norms: list[float]) -> None:
        largest = max(norms)
        if math.isfinite(largest) and largest > 0:
            self.ratios.setdefault(name, []).append(norms[0] / largest)
            self.lengths[name] = len(norms)
            if norms[-1] > 0:
                self.growth.setdefault(name, largest / norms[-1])

    def cell(self, name: str, y: Tensor) -> None:
        """A step in time of a cell, whose output is its state."""
        if not self.due:
            return
        norms = self.cells.setdefault(name, Norms())
        step = norms.calls
        norms.calls += 1
        if step < LONGEST:
            y.register_hook(lambda gradient: norms.by_step.__setitem__(step, float(gradient.detach().norm())))

    def layer(self, name: str, func: Any, args: tuple[Any, ...], y: Tensor) -> None:
        """A call of a layer, of which autograd sees no single steps."""
        if not self.due or len(args) != 9 or not isinstance(args[2], (list, tuple)) or y.dim() != 3 or args[7]:
            return  # Packed sequences have another order, and two directions no first step.
        if args[0].shape[1 if args[8] else 0] in range(2, LONGEST):
            y.register_hook(lambda gradient: self.once_more(name, func, args, gradient.detach()))

    def once_more(self, name: str, func: Any, args: tuple[Any, ...], gradient: Tensor) -> None:
        """Computes a layer step by step, and what comes back to the states in between."""
        x, state, weights, biases, layers, *_, batch_first = args
        x, gradient = (t.detach() if batch_first else t.detach().transpose(0, 1) for t in (x, gradient))
        x, gradient = x[:SAMPLES], gradient[:SAMPLES]
        weights = [weight.detach() for weight in weights]
        parts = state if isinstance(state, (list, tuple)) else (state,)
        with torch.enable_grad():
            now = tuple(part.detach()[:, :SAMPLES].contiguous().requires_grad_() for part in parts)
            states, total = [], x.new_zeros(())
            for step in range(x.shape[1]):
                start = now if len(now) > 1 else now[0]
                y, *now = func(x[:, step : step + 1], start, weights, biases, layers, 0.0, True, False, True)
                now = tuple(now)
                states.append(now)
                total = total + (y[:, 0] * gradient[:, step]).sum()
            of_steps = own_grad(total, [part for parts in states[:-1] for part in parts], allow_unused=True)
        n = len(parts)
        norms = [
            sum(0.0 if g is None else float(g.square().sum()) for g in of_steps[i : i + n])
            for i in range(0, len(of_steps), n)
        ]
        self.note(name, [math.sqrt(norm) for norm in norms])

    def facts(self) -> list[dict[str, Any]]:
        """As a record has them: the median over the passes."""
        self.finish()
        return [
            {
                "name": name,
                "steps": self.lengths[name],
                "first_over_largest": sorted(ratios)[len(ratios) // 2],
                "largest_over_last": self.growth.get(name),
            }
            for name, ratios in self.ratios.items()
        ]
