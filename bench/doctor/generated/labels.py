"""What each run is known to be: by its cause and the naive measurement, never by the doctor's checks.

The rules were written before any verdict was looked at. The *skill* of a run is one minus its loss over that of the
best constant prediction, on all training data at the end; a loss that is not finite has none.

- A run with a cause whose healthy twin (the same run without the cause) is not healthy is left out.
- A run with a cause is **faulty** if its skill is below half of that of its twin, and the cause took effect as measured
  naively, by its line in `EFFECTS`.
- A run with a cause is **healthy** if its skill is at least 0.9 of its twin's and the cause took no effect.
- A run without a cause is **healthy** if its skill is at least 0.3, or there is nothing to learn in its task; unless,
  by the naive measurement, half of the units of a layer are dead at the end.
- All others are left out: it is not known what they are.
"""

import math
from collections.abc import Callable
from typing import Any

from doctor.generated.runs import Run
from doctor.generated.tasks import UNLEARNABLE

HARM = 0.5
UNHARMED = 0.9
LEARNS = 0.3

Measured = dict[str, Any]


def skill(measured: Measured) -> float:
    loss = measured["end"]["loss"]
    return 1 - loss / measured["baseline"] if math.isfinite(loss) else -math.inf


def diverged(run: Measured) -> bool:
    return not math.isfinite(run["end"]["loss"]) or not math.isfinite(run["overthrow"])


def flat(run: Measured) -> bool:
    """Half of the units of a layer are flat on nearly all inputs, before training or after."""
    return max(run["start"]["flat"], run["end"]["flat"]) >= 0.5


def vanished(run: Measured, twin: Measured) -> bool:
    """The first weights receive less than a hundredth of the gradient that those of the twin receive, at first."""
    return run["gradients"][0][0] < twin["gradients"][0][0] / 100


def exploded(run: Measured, twin: Measured) -> bool:
    """The largest gradient of a weight is more than a hundred times that of the twin, at first; or numbers overflow."""
    return diverged(run) or max(run["gradients"][0]) > 100 * max(twin["gradients"][0])


EFFECTS: dict[str, Callable[[Measured, Measured], bool]] = {
    # A layer is dead as a whole before training.
    "born_dead": lambda run, twin: run["start"]["dead"] == 1,
    # Half of the units of a layer are dead in the end.
    "negative_bias": lambda run, twin: run["end"]["dead"] >= 0.5,
    # They are so and were not before, or a step was larger than the weight that it changed.
    "high_rate": lambda run, twin: (
        diverged(run) or run["overthrow"] >= 1 or run["end"]["dead"] >= 0.5 > run["start"]["dead"]
    ),
    # Training has moved no weight by more than one per cent.
    "low_rate": lambda run, twin: run["moved"] < 0.01,
    "deep_saturating": vanished,
    "small_weights": vanished,
    "unscaled_weights": exploded,
    "saturated": lambda run, twin: flat(run),
    "closed_gates": lambda run, twin: flat(run),
    # The largest column of the inputs is thirty times as large as it should be, or as small.
    "unscaled_inputs": lambda run, twin: not 1 / 30 < run["inputs"] < 30,
    # The range of the last activation leaves at least a tenth of the constant's loss, whatever the network does.
    "wrong_last": lambda run, twin: run["floor"] - twin["end"]["loss"] > 0.1 * run["baseline"],
}


def label(run: Run, measured: Measured, twin: Measured) -> str:
    """`faulty`, `healthy` or `left out`."""
    if run.cause is not None and label(run.twin, twin, twin) != "healthy":
        return "left out"
    if run.cause is None:
        sound = skill(measured) >= LEARNS or run.recipe.task in UNLEARNABLE
        return "healthy" if sound and measured["end"]["dead"] < 0.5 else "left out"
    took_effect = EFFECTS[run.cause](measured, twin)
    if took_effect and skill(measured) < HARM * skill(twin):
        return "faulty"
    if not took_effect and skill(measured) >= UNHARMED * skill(twin):
        return "healthy"
    return "left out"
