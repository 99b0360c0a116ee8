"""What is known of the optimisers of a training."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from torch import Tensor
from torch.optim import Optimizer

from relume.torch._watch._tensor_facts import ranged


class OptimizerCourse:
    """One optimiser through the run."""

    def __init__(self, optimizer: Optimizer, parameters: dict[int, str]) -> None:
        self.optimizer = optimizer
        self.parameters = parameters
        self.held: set[int] = set()
        """The parameters of the model that it holds, by identity."""
        self.foreign = self.groups = 0
        self.look()
        self.steps = 0
        self.rate = self.largest_rate()
        self.rates: dict[str, float] | None = None if self.rate is None else ranged(None, self.rate)

    def look(self) -> None:
        """Looks what it holds; groups of parameters may be added while it runs."""
        self.groups = len(self.optimizer.param_groups)
        held = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        self.held = held & self.parameters.keys()
        self.foreign = len(held - self.held)

    def step(self) -> None:
        """Notes that it took a step."""
        self.steps += 1
        if len(self.optimizer.param_groups) != self.groups:
            self.look()
        rate = self.largest_rate()
        if rate is not None and (rate != self.rate or self.rates is None):
            self.rates = ranged(self.rates, rate)
        self.rate = rate

    def largest_rate(self) -> float | None:
        groups = self.optimizer.param_groups
        if len(groups) == 1:
            rate = groups[0].get("lr")
            return rate if rate is None or type(rate) is float else float(rate)
        return max((float(group["lr"]) for group in groups if "lr" in group), default=None)

    def facts(self) -> dict[str, Any]:
        """As a record has them."""
        group = self.optimizer.param_groups[0] if self.optimizer.param_groups else {}
        betas = group.get("betas")
        return {
            "name": type(self.optimizer).__name__,
            "steps": self.steps,
            "learning_rate": self.rates,
            "momentum": number(group.get("momentum")),
            "betas": [float(b) for b in betas] if isinstance(betas, (tuple, list)) and len(betas) == 2 else None,
            "weight_decay": number(group.get("weight_decay")),
            "decays_by_itself": bool(group.get("decoupled_weight_decay", "AdamW" in type(self.optimizer).__name__)),
            "held": len(self.held),
            "foreign": self.foreign,
        }


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def unwrapped(optimizer: Any) -> Any:
    """The optimiser itself, of one that Accelerate or Lightning has wrapped."""
    while isinstance(inner := getattr(optimizer, "optimizer", None), Optimizer):
        optimizer = inner
    return optimizer


class Optimizers:
    """The optimisers of a process, as far as a model is concerned."""

    def __init__(self, chosen: Optimizer | None, parameters: dict[int, str]) -> None:
        self.chosen = chosen
        """The one whose steps are those of the training, if the user says so."""
        self.parameters = parameters
        self.courses: dict[int, OptimizerCourse] = {}
        """Those that hold parameters of the model, and the one that was chosen, by identity."""
        self.others: WeakSet[Optimizer] = WeakSet()
        """Those that hold none."""
        self.stranger: OptimizerCourse | None = None
        """One of these that stepped while no other did."""
        if chosen is not None:
            self.course_of(chosen)

    def ours(self, optimizer: Optimizer) -> OptimizerCourse | None:
        """What is known of an optimiser whose steps are those of the training."""
        if self.chosen is not None and optimizer is not self.chosen:
            return None
        course = self.courses.get(id(optimizer))
        if course is None and optimizer not in self.others:
            course = self.course_of(optimizer)
        return course if course is not None and (course.held or optimizer is self.chosen) else None

    def course_of(self, optimizer: Optimizer) -> OptimizerCourse:
        course = self.courses.get(id(optimizer))
        if course is None:
            course = OptimizerCourse(optimizer, self.parameters)
            if course.held or optimizer is self.chosen:
                self.courses[id(optimizer)] = course
            else:
                self.others.add(optimizer)
        return course

    def other_stepped(self, optimizer: Optimizer, waited_for: bool) -> None:
        """Remembers a step of one that is not ours: it may be that it was meant to be, if ours is waited for."""
        if optimizer not in self.others and self.course_of(optimizer).held:
            self.courses[id(optimizer)].step()
        elif waited_for:
            if self.stranger is None:
                self.stranger = OptimizerCourse(optimizer, self.parameters)
            if self.stranger.optimizer is optimizer:
                self.stranger.step()

    def hold(self, tensor: Tensor) -> bool:
        """Whether any optimiser that was seen holds a tensor."""
        known = [*self.others, *(course.optimizer for course in self.courses.values())]
        return any(tensor is p for optimizer in known for group in optimizer.param_groups for p in group["params"])

    def learning_rate(self) -> float | None:
        """The largest of the last step."""
        rates = [course.rate for course in self.courses.values() if course.steps > 0 and course.rate is not None]
        return rates[-1] if rates else None

    def facts(self) -> list[dict[str, Any]]:
        courses = list(self.courses.values())
        if self.stranger is not None and not any(course.steps for course in courses):
            courses.append(self.stranger)
        return [course.facts() for course in courses]
