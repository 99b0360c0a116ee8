"""Updates of the parameters, as optimisers make them."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from relume.torch._watch._memory import is_plain
from relume.torch._watch._optimizers import OptimizerCourse, Optimizers
from relume.torch._watch._steps import Steps, guarded, is_compiling


class Updates:
    """Is told of the optimisers' steps, with which the steps of the training end."""

    def __init__(self, steps: Steps, chosen: Optimizer | None) -> None:
        self.steps = steps
        self.optimizers = Optimizers(chosen, steps.names)
        self.ended_by: int | None = None
        """The optimiser that ended the last step, by identity."""
        self.stepping: list[Tensor] = []
        """The parameters of which an update is being measured."""

    def begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        steps = self.steps
        if steps.step.watched or steps.last_watched or steps.schedule.due:
            self.watched_begins(optimizer, args, kwargs)
        elif not is_compiling() and self.optimizers.ours(optimizer) is not None:
            steps.updating = True

    @guarded
    def watched_begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """The same where the update is to be measured."""
        steps = self.steps
        if self.optimizers.ours(optimizer) is None:
            return
        if steps.calls["optimizer"] == 0:
            steps.gradients.rows()
        steps.updating = True
        joins = self.joins(optimizer)
        if not joins:
            steps.begin()
        if steps.last_watched if joins else steps.step.watched:
            closure = kwargs.get("closure") is not None or any(callable(a) for a in args if a is not optimizer)
            self.stepping = [
                p
                for group in optimizer.param_groups
                for p in group["params"]
                if id(p) in steps.names and is_plain(p) and (p.requires_grad if closure else p.grad is not None)
            ]
            for parameter in self.stepping:
                steps.recorder.before(steps.names[id(parameter)], parameter)

    @guarded
    def ended(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        steps, step = self.steps, self.steps.step
        course = self.optimizers.ours(optimizer)
        if course is None:
            self.optimizers.other_stepped(optimizer, step.arrived and steps.calls["optimizer"] == 0)
            if (other := self.optimizers.courses.get(id(optimizer))) is not None:
                steps.leftovers.stepped(id(optimizer), self.held_by(other), go_on=step.watched)
            if steps.some_parameter is not None:
                step.version = steps.some_parameter._version
            return
        steps.updating = False
        steps.gradients.begin()
        if self.stepping:
            for parameter in self.stepping:
                steps.recorder.after(parameter)
            self.stepping = []
        steps.direction.stepped()
        course.step()
        steps.calls["optimizer"] += 1
        if self.joins(optimizer):
            self.follow(course)
            return
        if not step.started:
            steps.begin()
        # A loss from which no gradient comes is still what this update was made of.
        if step.arrived or step.backwards > 0 or any(p.grad is not None for p in self.held_by(course)):
            step.arrived = True
            steps.take_gradients()
        self.ended_by = id(optimizer)
        steps.end()
        self.follow(course)

    def follow(self, course: OptimizerCourse) -> None:
        """Looks what becomes of the gradients that an optimiser has used, if the next step is watched."""
        due = self.steps.schedule.due
        self.steps.leftovers.stepped(id(course.optimizer), self.held_by(course) if due else (), go_on=due)

    def held_by(self, course: OptimizerCourse) -> list[Tensor]:
        """The parameters of the model that an optimiser holds."""
        return [p for p in self.steps.gradients.parameters if id(p) in course.held]

    def joins(self, optimizer: Optimizer) -> bool:
        """Whether an optimiser is one of several that share a step, and another one has ended it."""
        step = self.steps.step
        if step.forwards > 0 or step.backwards > 0:
            return False
        return self.ended_by is not None and self.ended_by != id(optimizer)
