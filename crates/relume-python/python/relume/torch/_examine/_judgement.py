"""What the losses of an experiment say, and whether a change has helped."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from statistics import fmean, stdev

from relume import _native

END = 12
"""The last steps, on which experiments are compared."""

CLEAR = 0.1
"""By what share of the reference a loss must lie below another: below this it may be chance."""

STANDARD_ERRORS = 4.0
"""And by so many standard errors of the differences, step by step on the same batches: of twelve, one in a thousand
pairs of the same level differs so much."""

WORST = 2.0
"""A loss above so many times the reference counts as this: how bad it is says nothing more."""

LEARNT = ("learns", "learns_slowly")


def learning(losses: Sequence[float], baseline: float | None) -> str:
    """Whether it learns, by the doctor's own judgement of these losses."""
    run = _native.Run()
    for step, loss in enumerate(losses):
        run.take_loss(step, loss)
        run.end_step(True, 0.0, 0.0)
    if baseline is not None:
        run.baseline_loss(baseline)
    state: str = json.loads(run.json())["learning"]["state"]
    return state


def end(losses: Sequence[float]) -> float | None:
    """The loss of the last steps; None if it is not finite."""
    level = fmean(losses[-END:]) if losses else math.nan
    return level if math.isfinite(level) else None


def beats(losses: Sequence[float], others: Sequence[float], reference: float) -> bool:
    """Whether losses end clearly below others, of the same steps on the same batches."""
    steps = max(len(losses), len(others))
    mine, theirs = (capped(each, reference, steps) for each in (losses, others))
    differences = [b - a for a, b in zip(mine, theirs, strict=True)]
    gap, error = fmean(differences), stdev(differences) / math.sqrt(len(differences))
    return gap > CLEAR * abs(reference) and gap > STANDARD_ERRORS * error


def capped(losses: Sequence[float], reference: float, steps: int) -> list[float]:
    """The last losses, none worse than the worst; those that are missing are, for the training broke down."""
    worst = max(reference, 0.0) + (WORST - 1.0) * abs(reference)
    filled = [*losses, *[math.inf] * (steps - len(losses))]
    return [loss if loss < worst else worst for loss in filled[-END:]]
