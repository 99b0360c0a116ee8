"""Published definitions of the same troubles, computed on the same runs at ten moments of training.

Each tool raises its alarm as soon as its definition holds at one of these moments.

- AUTOTRAINER (Zhang et al. 2021), only while the accuracy is below 0.6 (for a regression: the share of the variance
  that is explained): dying if at least 70 % of the gradient's entries over all weights are exactly zero; vanishing if
  the gradient's norm in the first layer over that in the last is below 1e-3 and the first is below 1e-4; exploding if
  this ratio is above 70, or something is NaN.
- DeepDiagnosis (Wardat et al. 2022): dead if at least 70 % of a layer's outputs are zero.
- SageMaker Debugger: dead if more than half of a ReLU layer's units are active on less than 1 % of the inputs;
  vanishing if the mean |g| of a weight's gradient is below 1e-7.
- TheDeepChecker (Ben Braiek and Khomh 2023): dead if the 95th percentile of |a| is below 1e-5 for more than half of a
  ReLU layer's units.
"""

from typing import NamedTuple

from torch import Tensor

TOOLS = {
    "AUTOTRAINER": ("dying", "vanishing", "exploding"),
    "DeepDiagnosis": ("dead",),
    "SageMaker Debugger": ("dead", "vanishing"),
    "TheDeepChecker": ("dead",),
}


class Layer(NamedTuple):
    """One activation on all training inputs, one row per unit."""

    name: str
    kind: str
    x: Tensor
    y: Tensor
    slope: Tensor


class Look(NamedTuple):
    """A network at one moment."""

    loss: float
    score: float
    layers: list[Layer]


def sparse(layer: Layer) -> float:
    """The share of outputs that are zero."""
    return (layer.y == 0).double().mean().item()


def alarms(now: Look, gradients: list[Tensor]) -> set[str]:
    """The alarms at one moment, as `tool: symptom`."""
    relu = [layer for layer in now.layers if layer.kind == "relu"]
    found = {f"AUTOTRAINER: {symptom}" for symptom in autotrainer(gradients)} if not now.score >= 0.6 else set()
    if any(sparse(layer) >= 0.7 for layer in now.layers):
        found.add("DeepDiagnosis: dead")
    for layer in relu:
        active = (layer.y > 0).double().mean(1)
        if (active < 0.01).double().mean() > 0.5:
            found.add("SageMaker Debugger: dead")
        if (layer.y.abs().quantile(0.95, dim=1) < 1e-5).double().mean() > 0.5:
            found.add("TheDeepChecker: dead")
    if any(g.abs().mean() < 1e-7 for g in gradients):
        found.add("SageMaker Debugger: vanishing")
    return found


def autotrainer(gradients: list[Tensor]) -> set[str]:
    found = set()
    entries = sum(g.numel() for g in gradients)
    if sum(int((g == 0).sum()) for g in gradients) >= 0.7 * entries:
        found.add("dying")
    first, last = gradients[0].norm().item(), gradients[-1].norm().item()
    ratio = first / last if last else float("nan")
    if ratio < 1e-3 and first < 1e-4:
        found.add("vanishing")
    if ratio > 70 or not all(g.isfinite().all() for g in gradients):
        found.add("exploding")
    return found
