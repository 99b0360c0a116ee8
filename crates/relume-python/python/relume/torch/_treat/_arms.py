"""The arms of a trial: what is done to a model before its training, and to the steps of its training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.optim import Optimizer

from relume.torch._compare._trial import Job, seed_all
from relume.torch._treat._steps import OF_THE_OPTIMIZER, clip
from relume.torch._treat._treat import pasted, treat
from relume.torch._watch import _optimizer_steps
from relume.torch._watch._prescriptions import Prescription

UNCHANGED = "unchanged"
NAMED = 3
"""How many layers the name of an arm names."""


@dataclass(frozen=True)
class Arm:
    """One way of training: what is done, if anything is."""

    name: str
    prescription: Prescription | None = None
    learning_rate: float = 1.0
    """What the learning rate of each step is multiplied by."""
    max_norm: float | None = None
    """What the norm of the gradient is clipped to."""

    @classmethod
    def of(cls, prescription: Prescription) -> Arm:
        """The arm of a prescription."""
        if not prescription.applies:
            raise ValueError(
                f"trial(): treat() cannot do this, so it cannot be tried: {prescription.text}{pasted(prescription)}"
            )
        if prescription.kind == "clip":
            return cls(f"clip at {prescription.value:g}", max_norm=prescription.value)
        if prescription.kind in OF_THE_OPTIMIZER:
            return learning_rate(float(prescription.value or 1.0))
        what = prescription.activation or prescription.kind
        layers = ", ".join(prescription.layers)
        if len(prescription.layers) > NAMED:
            layers = f"{len(prescription.layers)} layers ({hashlib.sha256(layers.encode()).hexdigest()[:6]})"
        return cls(f"{what} in {layers}", prescription)

    @contextmanager
    def steps(self, model: nn.Module) -> Iterator[None]:
        """Inside, the steps of the optimiser that trains the model are those of the arm."""
        steps = ArmSteps(self, model)
        _optimizer_steps.attach(steps)
        try:
            yield
        finally:
            _optimizer_steps.detach(steps)


class ArmSteps:
    """Makes the steps of the optimisers of a model those of an arm.

    The learning rate is changed for the length of each step, so that it is the scheduler's at all other times.
    """

    def __init__(self, arm: Arm, model: nn.Module) -> None:
        self.arm = arm
        self.parameters = {id(parameter) for parameter in model.parameters()}
        self.before: dict[int, list[Any]] = {}
        """The learning rates of the groups of an optimiser whose step is going on."""

    def begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self.trained_by(optimizer):
            return
        if self.arm.max_norm is not None:
            clip(optimizer, self.arm.max_norm)
        if self.arm.learning_rate != 1.0:
            self.before[id(optimizer)] = [group["lr"] for group in optimizer.param_groups]
            for group in optimizer.param_groups:
                group["lr"] = group["lr"] * self.arm.learning_rate

    def ended(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        for group, rate in zip(optimizer.param_groups, self.before.pop(id(optimizer), ()), strict=False):
            group["lr"] = rate

    def trained_by(self, optimizer: Optimizer) -> bool:
        return any(id(p) in self.parameters for group in optimizer.param_groups for p in group["params"])


def learning_rate(factor: float) -> Arm:
    """The arm that changes the learning rate alone."""
    return Arm(f"learning rate × {factor:g}", learning_rate=factor)


@dataclass(frozen=True)
class Treated(Job):
    """The trials of arms."""

    def made(self, arm: Any, seed: int) -> nn.Module:
        seed_all(seed)
        model: Any = self.make_model()
        if not isinstance(model, nn.Module):
            raise TypeError(f"make_model() returned a {type(model).__name__}, expected a torch.nn.Module")
        if arm.prescription is not None:
            treat(model, arm.prescription)
        return model

    def trained(self, arm: Any, model: nn.Module, seed: int) -> dict[str, Any]:
        with arm.steps(model):
            return super().trained(arm, model, seed)
