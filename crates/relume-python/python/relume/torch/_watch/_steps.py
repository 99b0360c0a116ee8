"""Where the steps of a training begin and end."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from threading import get_ident
from time import perf_counter
from typing import Any

import torch
from torch import nn

from relume.torch._watch._activation_mode import ActivationMode
from relume.torch._watch._direction import Direction
from relume.torch._watch._gradients import Gradients
from relume.torch._watch._leftovers import Leftovers
from relume.torch._watch._losses import Losses
from relume.torch._watch._modules import Path
from relume.torch._watch._non_finite import in_inputs
from relume.torch._watch._recorder import Recorder
from relume.torch._watch._schedule import Schedule
from relume.torch._watch._step import Step
from relume.torch._watch._targets_ahead import TargetsAhead
from relume.torch._watch._tensor_facts import Outputs

MOST_BACKWARDS = 32
"""So many backward passes without an optimiser's step are no accumulation of gradients."""

is_compiling = torch.compiler.is_compiling


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong in the doctor ends the watching, not the training. For what has ``steps``."""

    @wraps(method)
    def call(self: Any, *args: Any) -> None:
        steps: Steps = self.steps
        if steps.closed or is_compiling():
            return
        steps.entered = perf_counter()
        try:
            if steps.activations.failure is not None:
                raise steps.activations.failure
            method(self, *args)
        except Exception as error:
            steps.fail(error)
        steps.step.own += perf_counter() - steps.entered

    return call


class Steps:
    """The step that is going on, and what is counted over all.

    A step ends with the optimiser. Where none steps, it ends when what its gradients were is gone.
    """

    def __init__(
        self, model: nn.Module, recorder: Recorder, path: Path, activations: ActivationMode, schedule: Schedule
    ) -> None:
        self.model = model
        self.recorder = recorder
        self.path = path
        self.activations = activations
        self.schedule = schedule
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.losses = Losses(recorder.run, set(self.names))
        self.gradients = Gradients(model, recorder.run)
        self.outputs = Outputs()
        self.targets_ahead = TargetsAhead()
        self.direction = Direction()
        self.some_parameter = next((p for p in model.parameters() if p.requires_grad), None)
        self.leftovers = Leftovers()
        self.calls = {"forward": 0, "backward": 0, "optimizer": 0}
        self.step = Step()
        self.last_watched = False
        self.updating = False
        """Whether an optimiser is at work; with closures, passes run inside of it."""
        self.alone = False
        """Whether no optimiser seems to be there, so that each backward pass is a step."""
        self.on_watched: Callable[[], None] = lambda: None
        """Called after a step that was watched."""
        self.fail: Callable[[Exception], None] = lambda error: None
        """Called when the doctor fails."""
        self.closed = False
        self.thread = get_ident()
        """In which thread the model was called last."""
        self.entered = 0.0
        """When the doctor was called last."""
        self.since: float | None = None
        """When the step before ended, or the first one began."""

    def begin(self) -> None:
        step = self.step
        if step.started:
            return
        step.started = True
        if self.since is None:
            self.since = perf_counter()
        if self.schedule.due:
            step.watched = self.schedule.begin()
            step.thorough = step.watched and self.schedule.thorough()
        if self.some_parameter is not None:
            step.version = self.some_parameter._version

    def forget(self) -> None:
        """What was counted belongs to no step of training."""
        self.recorder.run.drop_step()
        self.step = Step()
        self.updating = False

    def end_without_optimizer(self) -> None:
        """Ends the step if its gradients are gone, or the parameters are no longer what they were."""
        if self.step.arrived and not self.updating and self.gone():
            self.end()

    def gone(self) -> bool:
        """Whether what the last backward pass left was taken away or used, but not by an optimiser."""
        if self.calls["optimizer"] == 0 and self.step.backwards >= MOST_BACKWARDS:
            self.alone = True
        changed = self.some_parameter is not None and self.some_parameter._version != self.step.version
        if self.alone or changed:
            return True
        # From the last: biases and layers of few outputs are looked at before the largest.
        gradients = (p.grad for p in reversed(list(self.model.parameters())))
        return not any(bool(g.any()) for g in gradients if g is not None)

    def take_gradients(self) -> None:
        """Notes the sizes of all gradients, once in a step."""
        if not self.step.gradients_taken:
            self.step.gradients_taken = True
            run = self.recorder.run
            was_finite = run.is_finite()
            self.gradients.take(self.schedule.steps)
            if was_finite and not run.is_finite() and self.step.not_finite is None:
                # A bounded activation hides it from the loss.
                self.step.not_finite = in_inputs(self.step.used)

    def end(self) -> None:
        step, run, schedule = self.step, self.recorder.run, self.schedule
        if not step.started:
            return
        watched = step.watched and step.arrived
        if step.not_finite is not None:
            run.not_finite(json.dumps({"step": schedule.steps, **step.not_finite}))
        self.losses.take(schedule.steps, step.passes, step.stated)
        if step.watched:
            self.end_watched(step)
        now = perf_counter()
        duration, cost = now - (self.since or now), step.own + now - self.entered
        if step.watched:
            cost, self.activations.own = cost + self.activations.own, 0.0
        run.end_step(watched, cost, max(duration - cost, 0.0))
        schedule.end(duration, cost)
        self.since = self.entered = now
        self.last_watched = watched
        self.step = Step()
        if schedule.due or self.path.all_modules:
            # Where no pass is seen, the model is compiled, and would be again if its hooks changed.
            self.path.follow(all_modules=schedule.due and self.calls["forward"] > 0)
        if watched:
            self.on_watched()

    def end_watched(self, step: Step) -> None:
        """Adds what only watched steps have."""
        run = self.recorder.run
        if not step.arrived:
            run.drop_step()
            return
        if step.thorough:
            self.gradients.rows()
            if step.output is not None:
                self.outputs.take(step.output)
            for backward in step.passes:
                if backward.expression is not None:
                    self.targets_ahead.take(step.used, backward.expression.targets)
        scale = next((p.scale for p in step.passes if p.scale != 1.0), 1.0)
        if scale != 1.0:
            run.unscale(scale)
