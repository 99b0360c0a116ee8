"""What happens to a model in training, step by step."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from relume.torch._watch import _patches
from relume.torch._watch._activation_mode import ActivationMode
from relume.torch._watch._gradients import Gradients
from relume.torch._watch._loss import mark
from relume.torch._watch._losses import Losses
from relume.torch._watch._memory import is_plain
from relume.torch._watch._modules import Path
from relume.torch._watch._non_finite import where
from relume.torch._watch._optimizers import OptimizerCourse, Optimizers
from relume.torch._watch._recorder import Recorder
from relume.torch._watch._schedule import Schedule
from relume.torch._watch._step import Step
from relume.torch._watch._tensor_facts import Inputs, Outputs, plain

MOST_BACKWARDS = 32
"""So many backward passes without an optimiser's step are no accumulation of gradients."""


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong in the doctor ends the watching, not the training."""

    @wraps(method)
    def call(self: Watcher, *args: Any) -> None:
        if self.closed or torch.compiler.is_compiling():
            return
        self.entered = perf_counter()
        try:
            if self.activations.failure is not None:
                raise self.activations.failure
            method(self, *args)
        except Exception as error:
            self.fail(error)
        self.step.own += perf_counter() - self.entered

    return call


class Watcher:
    """Follows the steps of a model's training, and has some of them observed in full.

    A step ends with the optimiser. Where none steps, it ends when what its gradients were is gone.
    """

    def __init__(
        self, model: nn.Module, optimizer: Optimizer | None, every: int | None, budget: float | None = None
    ) -> None:
        self.model = model
        self.recorder = Recorder()
        self.path = Path(model, self)
        self.activations = ActivationMode(self.path, self.recorder)
        self.schedule = Schedule(every, budget)
        self.gradients = Gradients(model, self.recorder.run)
        self.inputs, self.outputs = Inputs(), Outputs()
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.losses = Losses(self.recorder.run, set(self.names))
        self.optimizers = Optimizers(optimizer, self.names)
        self.ended_by: int | None = None
        """The optimiser that ended the last step, by identity."""
        self.some_parameter = next((p for p in model.parameters() if p.requires_grad), None)
        self.alone = False
        """Whether no optimiser seems to be there, so that each backward pass is a step."""
        self.calls = {"forward": 0, "backward": 0, "optimizer": 0, "leftovers_looked_for": 0, "leftovers": 0}
        self.on_watched: Callable[[], None] = lambda: None
        """Called after a step that was watched."""
        self.stepping: list[Tensor] = []
        """The parameters of which an update is being measured."""
        self.updating = False
        """Whether an optimiser is at work; with closures, passes run inside of it."""
        self.used: list[Tensor] = []
        """Parameters whose gradients an optimiser has used."""
        self.states_losses = False
        """Whether the user states the losses, of which no baseline is known then."""
        self.evaluations = self.skipped = 0
        self.closed = False
        self.passing = False
        """Whether a pass of training is running."""
        self.entered = 0.0
        self.step = Step()
        self.last_watched = False
        self.handles: list[Any] = [
            register_optimizer_step_pre_hook(self.optimizer_begins),
            register_optimizer_step_post_hook(self.optimizer_ended),
        ]
        _patches.attach(self)

    def close(self) -> None:
        """Ends the watching; what was counted stays."""
        if self.closed:
            return
        self.entered = perf_counter()
        if self.step.arrived and self.step.forwards + self.step.backwards > 0:
            self.end_step()
        self.closed = True
        self.losses.flush()
        self.gradients.flush()
        for handle in self.handles:
            handle.remove()
        self.activations.close()
        self.path.leave_alone()
        _patches.detach(self)
        self.recorder.run.drop_step()

    def fail(self, error: Exception) -> None:
        """Ends the watching because the doctor itself has failed."""
        self.step.arrived = False
        self.close()
        text = f"Watching ended because the doctor failed: {type(error).__name__}: {error}"
        self.recorder.run.note(text)
        warnings.warn(f"relume: {text}; training goes on", RuntimeWarning, stacklevel=3)

    # Passes.

    @guarded
    def pass_begins(self, module: nn.Module, args: list[Any]) -> None:
        """A pass begins at whatever module of the model runs outermost."""
        if torch.jit.is_tracing() or _patches.depth > 0:
            return  # What a backward pass computes once more is no pass of its own.
        if not module.training or not torch.is_grad_enabled():
            self.evaluations += 1
            return
        self.end_step_without_optimizer()
        if self.calls["forward"] == 0:
            self.step = Step()  # What was seen until now was of other models.
        self.begin_step()
        self.path.entries.add(module)
        self.passing = True
        self.step.forwards += 1
        self.calls["forward"] += 1
        self.step.inputs = args
        if self.step.watched:
            if module not in self.path.hidden:
                # A pass that was interrupted may have left them open.
                self.activations.close()
                self.activations.open()
            if self.step.thorough and self.step.forwards == 1:
                self.inputs.take(args)

    @guarded
    def pass_ended(self, module: nn.Module, output: Any) -> None:
        if not self.passing:
            return
        self.passing = False
        watched = self.step.watched
        if watched:
            self.activations.close()
        tensors = mark(output, keep=watched)
        if self.step.thorough:
            # Models that compute their loss return it with their outputs.
            self.step.output = next((y.detach() for y in tensors if y.dim() > 0), self.step.output)

    def idle_pass_begins(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The same in a step that is not watched, as it happens in most steps: as little as possible."""
        step = self.step
        if step.arrived or torch.compiler.is_compiling() or _patches.depth > 0 or torch.jit.is_tracing():
            self.path.enter(module, args, kwargs)
        elif module.training and torch.is_grad_enabled():
            self.begin_step()
            step.forwards += 1
            step.inputs = [args, kwargs]
            self.calls["forward"] += 1

    def idle_pass_ended(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        if self.path.places:
            self.path.leave(module, args, output)
        elif self.step.forwards > 0:
            mark(output, keep=False)

    # Losses.

    def concerns(self, parameters: Any) -> bool:
        """Whether gradients are asked for of parameters of the model."""
        asked = [parameters] if isinstance(parameters, Tensor) else parameters
        return any(id(parameter) in self.names for parameter in asked)

    @guarded
    def backward_begins(self, loss: Tensor | None, scaler: GradScaler | None) -> None:
        self.end_step_without_optimizer()
        if self.step.started is None and self.calls["forward"] > 0:
            return  # It is the loss of another model. Of one that is compiled no forward pass may be seen.
        self.begin_step()
        step = self.step
        self.calls["backward"] += 1
        step.backwards += 1
        step.was_scaled = scaler is not None
        if step.thorough and self.used and (step.backwards == 1 or step.leftovers):
            left = {id(p) for p in self.used if p.grad is not None and bool(p.grad.any())}
            # Of several losses, those before may be of other parameters, and these be cleared in between.
            step.leftovers = left if step.leftovers is None else step.leftovers & left
        if loss is None:
            step.arrived = True
            return
        unseen = self.calls["forward"] == 0
        backward, node = self.losses.look(loss, scaler, step.watched, step.thorough, unseen)
        step.passes.append(backward)
        step.arrived = step.arrived or backward.reached
        spoilt = isinstance(backward.loss, float) and not math.isfinite(backward.loss)
        if spoilt and (unseen or backward.reached) and step.not_finite is None and self.recorder.run.is_finite():
            step.not_finite = where(node, step.inputs, list(self.model.named_parameters()))

    @guarded
    def backward_ended(self, complete: bool, kept: bool) -> None:
        self.step.inputs = []
        if not complete:
            self.forget_step()
        elif kept and self.step.arrived and self.calls["optimizer"] == 0 and not self.updating:
            # Where no optimiser steps, they may be gone when the step ends.
            self.take_gradients()

    @guarded
    def scaler_updated(self, scaler: GradScaler) -> None:
        if self.step.arrived and self.step.was_scaled:
            # The gradients overflowed, the scaler left out the step and has lowered its factor.
            self.skipped += 1
            self.forget_step()

    # Updates.

    @guarded
    def optimizer_begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self.optimizers.is_ours(optimizer):
            return
        if self.calls["optimizer"] == 0:
            self.gradients.rows()
        self.updating = True
        joins = self.joins(optimizer)
        if not joins:
            self.begin_step()
        if self.last_watched if joins else self.step.watched:
            closure = kwargs.get("closure") is not None or any(callable(a) for a in args if a is not optimizer)
            self.stepping = [
                p
                for group in optimizer.param_groups
                for p in group["params"]
                if id(p) in self.names and is_plain(p) and (p.requires_grad if closure else p.grad is not None)
            ]
            for parameter in self.stepping:
                self.recorder.before(self.names[id(parameter)], parameter)

    @guarded
    def optimizer_ended(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self.optimizers.is_ours(optimizer):
            self.optimizers.other_stepped(optimizer, self.step.arrived and self.calls["optimizer"] == 0)
            self.step.version = self.version()
            return
        self.updating = False
        self.gradients.begin()
        for parameter in self.stepping:
            self.recorder.after(parameter)
        self.stepping = []
        course = self.optimizers.course_of(optimizer)
        course.step()
        self.calls["optimizer"] += 1
        if self.joins(optimizer):
            return
        step = self.step
        if step.leftovers is not None:
            self.calls["leftovers_looked_for"] += 1
            self.calls["leftovers"] += not step.leftovers.isdisjoint(course.held)
        # A loss from which no gradient comes is still what this update was made of.
        step.arrived = step.arrived or step.backwards > 0 or any(p.grad is not None for p in self.held_by(course))
        if step.arrived:
            self.take_gradients()
        self.ended_by = id(optimizer)
        self.end_step()
        self.used = self.held_by(course) if self.schedule.due() else []

    def take_gradients(self) -> None:
        """Notes the sizes of all gradients, once in a step."""
        if not self.step.gradients_taken:
            self.step.gradients_taken = True
            self.gradients.begin()
            self.gradients.take(self.schedule.steps)

    def held_by(self, course: OptimizerCourse) -> list[Tensor]:
        """The parameters of the model that an optimiser holds."""
        return [p for p in self.gradients.parameters if id(p) in course.held]

    def joins(self, optimizer: Optimizer) -> bool:
        """Whether an optimiser is one of several that share a step, and another one has ended it."""
        nothing = self.step.forwards == 0 and self.step.backwards == 0
        return nothing and self.ended_by is not None and self.ended_by != id(optimizer)

    # Steps.

    def begin_step(self) -> None:
        if self.step.started is None:
            self.step.started = perf_counter()
            self.step.watched = self.schedule.begin()
            self.step.thorough = self.step.watched and self.schedule.thorough()
            self.step.version = self.version()

    def version(self) -> int:
        """Rises when the parameters are changed in place."""
        return self.some_parameter._version if self.some_parameter is not None else 0

    def forget_step(self) -> None:
        """What was counted belongs to no step of training."""
        self.recorder.run.drop_step()
        self.step = Step()
        self.updating = False

    def end_step_without_optimizer(self) -> None:
        """Ends the step if its gradients are gone, or the parameters are no longer what they were."""
        if self.step.arrived and not self.updating and self.gone():
            self.end_step()

    def gone(self) -> bool:
        """Whether what the last backward pass left was taken away or used, but not by an optimiser."""
        if self.calls["optimizer"] == 0 and self.step.backwards >= MOST_BACKWARDS:
            self.alone = True
        if self.alone or self.version() != self.step.version:
            return True
        gradients = (p.grad for p in self.model.parameters())
        return not any(bool(g.any()) for g in gradients if g is not None)

    def end_step(self) -> None:
        step = self.step
        if step.started is None:
            return
        run = self.recorder.run
        watched = step.watched and step.arrived
        number = self.schedule.steps
        if step.not_finite is not None:
            run.not_finite(json.dumps({"step": number, **step.not_finite}))
        self.losses.take(number, step.passes, step.stated)
        if step.thorough and watched:
            self.gradients.rows()
            if step.output is not None:
                self.outputs.take(step.output)
        if watched:
            scale = next((p.scale for p in step.passes if p.scale != 1.0), 1.0)
            if scale != 1.0:
                run.unscale(scale)
        elif step.watched:
            run.drop_step()
        run.end_step(None, watched)
        now = perf_counter()
        duration, cost = now - step.started, step.own + self.activations.own + now - self.entered
        self.activations.own = 0.0
        self.schedule.end(duration, cost)
        run.seconds(cost, max(duration - cost, 0.0))
        self.entered = now
        self.last_watched = watched
        self.step = Step()
        # Where no pass is seen, the model is compiled, and would be again if its hooks changed.
        self.path.follow(all_modules=self.schedule.due() and self.calls["forward"] > 0)
        if watched:
            self.on_watched()

    def settle(self) -> None:
        """Fetches what is still on its way, before the counts are looked at."""
        self.losses.flush()
        self.gradients.flush()
        for course in self.optimizers.courses.values():
            for number in (self.gradients.numbers[p] for p in course.held if p in self.gradients.numbers):
                self.recorder.run.held(number)
        self.recorder.run.setup(json.dumps(plain(self.setup()), allow_nan=False))

    def setup(self) -> dict[str, Any]:
        """What the training consists of, as a record has it."""
        return {
            "optimizers": self.optimizers.facts(),
            "calls": self.calls,
            "inputs": self.inputs.facts(self.activations.normalised_by),
            "outputs": self.outputs.facts(),
            "targets": self.losses.targets.facts(),
            "loss": self.losses.facts() if self.calls["backward"] > 0 else None,
            "unregistered": [list(x.shape) for x in self.losses.foreign if not self.optimizers.hold(x)],
        }
