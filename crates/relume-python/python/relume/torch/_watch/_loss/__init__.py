"""The loss: how it was computed from what the model returned, and what a constant prediction would give."""

from relume.torch._watch._loss._baseline import Baseline
from relume.torch._watch._loss._expression import Expression, express
from relume.torch._watch._loss._graph import (
    LAYER,
    is_output,
    leaves_of_output,
    mark,
    reaches_output,
    straight_way,
    undivided,
)

__all__ = [
    "LAYER",
    "Baseline",
    "Expression",
    "express",
    "is_output",
    "leaves_of_output",
    "mark",
    "reaches_output",
    "straight_way",
    "undivided",
]
