"""An examination in a notebook: the headline, and a table with the course of each loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from relume.torch._examine._outcomes import Outcome, Outcomes
from relume.torch._examine._text import ceiling, number, verdict

WIDTH, HEIGHT = 160, 28


def page(examination: Outcomes) -> str:
    top = ceiling(examination)
    rows = "".join(row(outcome, examination, top) for outcome in examination.experiments)
    what = "a constant prediction" if examination.baseline_known else "the first step"
    notes = (
        f"{examination.steps} steps each, {examination.batches} batches. The dashed line is the loss of {what}, "
        f"{examination.reference:.4g}."
    )
    if examination.ended is not None:
        notes += f" Not tried ({examination.ended}): {', '.join(examination.left_out)}."
    head = "<tr><th>experiment</th><th>loss</th><th>at the end</th><th></th></tr>"
    return f"<p>{escape(examination.headline)}</p><table>{head}{rows}</table><p>{escape(notes)}</p>"


def row(outcome: Outcome, examination: Outcomes, top: float) -> str:
    name = f"<b>{escape(outcome.name)}</b>" if outcome.helps else escape(outcome.name)
    curve = picture(outcome.losses, examination.steps, examination.reference, top)
    cells = "".join(f"<td>{cell}</td>" for cell in (name, curve, number(outcome.loss), escape(verdict(outcome))))
    return f"<tr>{cells}</tr>"


def picture(losses: Sequence[float], steps: int, reference: float, top: float) -> str:
    """The course of a loss, from zero to the top."""

    def y(loss: float) -> float:
        return HEIGHT - HEIGHT * min(max(loss / top, 0.0), 1.0)

    finite = [(WIDTH * i / max(steps - 1, 1), y(loss)) for i, loss in enumerate(losses) if math.isfinite(loss)]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in finite)
    at = f"{y(reference):.1f}"
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="loss by step">'
        f'<line x1="0" x2="{WIDTH}" y1="{at}" y2="{at}" stroke="gray" stroke-dasharray="3"/>'
        f'<polyline points="{points}" fill="none" stroke="currentColor"/></svg>'
    )
