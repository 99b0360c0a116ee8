"""Backward passes, and the losses that they begin at."""

from __future__ import annotations

from math import isfinite
from typing import Any

from torch import Tensor
from torch.amp import GradScaler

from relume.torch._watch._non_finite import where
from relume.torch._watch._steps import Steps, guarded


class Backwards:
    """Is told of backward passes by the patched functions of autograd."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.skipped = 0
        """Steps that a gradient scaler left out."""

    def concerns(self, parameters: Any) -> bool:
        """Whether gradients are asked for of parameters of the model."""
        asked = [parameters] if isinstance(parameters, Tensor) else parameters
        return any(id(parameter) in self.steps.names for parameter in asked)

    @guarded
    def backward_begins(self, loss: Tensor | None, scaler: GradScaler | None) -> None:
        steps = self.steps
        if loss is not None and not loss.requires_grad:
            return  # PyTorch refuses it, as it was computed without gradients.
        if steps.step.arrived:
            steps.end_without_optimizer()
        step = steps.step
        unseen = steps.calls["forward"] == 0
        if not step.started:
            if not unseen:
                return  # It is the loss of another model. Of one that is compiled no forward pass may be seen.
            steps.begin()
        steps.calls["backward"] += 1
        step.backwards += 1
        step.ran = frozenset()
        if scaler is not None:
            step.was_scaled = True
        steps.leftovers.backward_begins()
        if loss is None:
            step.arrived = True
            return
        backward, node = steps.losses.look(loss, scaler, step.watched, step.thorough, unseen)
        step.passes = (*step.passes, backward)
        if backward.reached:
            step.arrived = True
        elif not unseen:
            return
        if isinstance(backward.loss, float) and not isfinite(backward.loss) and step.not_finite is None:
            self.spoilt(node)

    def spoilt(self, node: Any) -> None:
        """Looks where the first loss that is not finite comes from."""
        steps = self.steps
        if steps.recorder.run.is_finite():
            steps.step.not_finite = where(node, steps.step.inputs, list(steps.model.named_parameters()))

    def backward_ended(self, complete: bool, kept: bool) -> None:
        steps = self.steps
        steps.step.used, steps.step.inputs = steps.step.inputs or steps.step.used, ()
        if complete and steps.step.thorough and steps.step.arrived:
            self.came_back()
        if not complete or (kept and steps.calls["optimizer"] == 0):
            self.ended_alone(complete)

    @guarded
    def came_back(self) -> None:
        steps = self.steps
        steps.direction.came_back(steps.gradients.parameters)

    @guarded
    def ended_alone(self, complete: bool) -> None:
        """A backward pass that was interrupted, or that no optimiser has been seen to follow."""
        steps = self.steps
        if not complete:
            if steps.step.backwards > 0:
                steps.forget()
        elif steps.step.arrived and not steps.updating:
            # Where no optimiser steps, they may be gone when the step ends.
            steps.gradients.begin()
            steps.take_gradients()

    @guarded
    def scaler_updated(self, scaler: GradScaler) -> None:
        step = self.steps.step
        if step.arrived and step.was_scaled:
            # The gradients overflowed, the scaler left out the step and has lowered its factor.
            self.skipped += 1
            self.steps.forget()
