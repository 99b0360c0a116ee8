"""Forward passes of a model, or of its parts where they are called by themselves."""

from __future__ import annotations

from threading import get_ident
from typing import Any

import torch
from torch import nn

from relume.torch._watch import _patches
from relume.torch._watch._hooks import Hook
from relume.torch._watch._loss import mark
from relume.torch._watch._step import Step
from relume.torch._watch._steps import Steps, guarded, is_compiling
from relume.torch._watch._tensor_facts import Inputs

is_grad_enabled = torch.is_grad_enabled
transformed = torch._C._are_functorch_transforms_active
"""Whether this runs inside of ``torch.func.grad``, ``vmap`` or the like, where tensors have no memory of their own."""


class Passes:
    """Is told of passes by the modules' hooks."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.inputs = Inputs()
        self.evaluations = 0
        """Passes in ``eval()`` or without gradients, while all modules were followed."""
        self.passing = False
        """Whether a pass of training is running."""
        self.idle_hook = IdleHook(self)

    @guarded
    def pass_begins(self, module: nn.Module, args: list[Any]) -> None:
        """A pass begins at whatever module of the model runs outermost."""
        if torch.jit.is_tracing() or _patches.thread.calls.depth > 0:
            return  # What a backward pass computes once more is no pass of its own.
        if not module.training or not is_grad_enabled():
            self.evaluations += 1
            return
        steps = self.steps
        if transformed():
            name = steps.path.names[module] or type(module).__name__
            steps.recorder.run.not_observed(name, "inside a transform of torch.func")
            return
        steps.thread = get_ident()
        steps.end_without_optimizer()
        if steps.calls["forward"] == 0:
            steps.step = Step()  # What was seen until now was of other models.
        steps.begin()
        steps.path.entries.add(module)
        self.passing = True
        step = steps.step
        begins = step.passes_on(module)
        if begins:
            steps.calls["forward"] += 1
            step.inputs = args
        if step.watched:
            if module not in steps.path.hidden:
                # A pass that was interrupted may have left them open.
                steps.activations.close()
                steps.activations.open(begins, steps.schedule.steps)
            if step.thorough and begins and step.forwards == 1:
                self.inputs.take(args)

    @guarded
    def pass_ended(self, module: nn.Module, output: Any) -> None:
        if not self.passing:
            return
        self.passing = False
        step = self.steps.step
        if step.watched:
            self.steps.activations.close()
        tensors = mark(output, keep=step.watched)
        if step.thorough:
            # Models that compute their loss return it with their outputs.
            step.output = next((y.detach() for y in tensors if y.dim() > 0), step.output)

    @guarded
    def accumulated(self) -> None:
        """A pass follows a backward pass, in a step that is not watched."""
        self.steps.end_without_optimizer()


class IdleHook(Hook):
    """The only hook in a step that is not watched, as most are: it costs as little as possible."""

    def __init__(self, passes: Passes) -> None:
        self.passes = passes
        self.steps = passes.steps

    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if is_compiling() or not module.training or not is_grad_enabled():
            return
        if _patches.thread.calls.depth > 0 or transformed():
            return
        steps = self.steps
        steps.thread = get_ident()
        try:
            if steps.step.arrived:
                self.passes.accumulated()
            step = steps.step
            if not step.started:
                steps.begin()
            if step.passes_on(module):
                steps.calls["forward"] += 1
                step.inputs = (args, kwargs)
            mark(output, keep=False)
        except Exception as error:
            steps.fail(error)
