"""An examination as text: the headline, and a line for each experiment with the course of its loss."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from relume.torch._examine._outcomes import Outcome, Outcomes

BARS = "▁▂▃▄▅▆▇█"
LOST = "×"
"""A loss that is not finite."""

LONGEST_NAME = 44

LEARNING = {
    "learns": "learns",
    "learns_slowly": "learns slowly",
    "does_not_learn": "does not learn",
    "not_known_yet": "not known yet",
}


def text(examination: Outcomes, width: int) -> str:
    names = min(max(len(outcome.name) for outcome in examination.experiments), LONGEST_NAME)
    columns = max(10, min(examination.steps, width - names - 35))
    top = ceiling(examination)
    what = "a constant prediction" if examination.baseline_known else "the first step"
    about = (
        f"{examination.steps} steps each, {examination.batches} batches; the loss of {what} is "
        f"{examination.reference:.4g}; a full bar is {top:.4g} or more."
    )
    lines = [*textwrap.wrap(examination.headline, width), "", *textwrap.wrap(about, width)]
    for outcome in examination.experiments:
        name = textwrap.shorten(outcome.name, names, placeholder="…").ljust(names)
        drawn = bars(outcome.losses, columns, examination.steps, top).ljust(columns)
        seen = f"{drawn}  {number(outcome.loss):>9}  {verdict(outcome)}"
        lines.append(f"{name}  {seen if outcome.untried is None else outcome.untried}"[:width])
    if examination.ended is not None:
        lines += ["", *textwrap.wrap(f"Not tried ({examination.ended}): {', '.join(examination.left_out)}.", width)]
    return "\n".join(lines)


def ceiling(examination: Outcomes) -> float:
    """The top of all curves: what is far above the reference says nothing more."""
    return max(1.5 * abs(examination.reference), 1e-12)


def verdict(outcome: Outcome) -> str:
    """What an experiment showed, in words."""
    if outcome.untried is not None:
        return outcome.untried
    words = LEARNING.get(outcome.learning or "", "cut short")
    return f"{words}, helps" if outcome.helps else words


def number(loss: float | None) -> str:
    return "" if loss is None else f"{loss:.4g}"


def bars(losses: Sequence[float], columns: int, steps: int, top: float) -> str:
    """A bar for each stretch of steps, from zero (or what is less) to the top."""
    drawn = []
    for column in range(columns):
        part = losses[column * steps // columns : max((column + 1) * steps // columns, column * steps // columns + 1)]
        if not part:
            break
        level = sum(part) / len(part)
        share = min(max(level / top, 0.0), 1.0) if math.isfinite(level) else math.nan
        drawn.append(LOST if math.isnan(share) else BARS[min(int(share * len(BARS)), len(BARS) - 1)])
    return "".join(drawn)
