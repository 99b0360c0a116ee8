"""What happens to a model in training, step by step."""

from __future__ import annotations

import json
import warnings
from time import perf_counter
from typing import Any

from torch import nn
from torch.optim import Optimizer

from relume.torch._watch import _optimizer_steps, _patches
from relume.torch._watch._activation_mode import ActivationMode
from relume.torch._watch._backwards import Backwards
from relume.torch._watch._modules import Path
from relume.torch._watch._passes import Passes
from relume.torch._watch._recorder import Recorder
from relume.torch._watch._schedule import Schedule
from relume.torch._watch._steps import Steps
from relume.torch._watch._tensor_facts import plain
from relume.torch._watch._updates import Updates


class Watcher:
    """Listens to all that happens to a model in training, and has some of its steps observed in full."""

    def __init__(
        self, model: nn.Module, optimizer: Optimizer | None, every: int | None, budget: float | None = None
    ) -> None:
        self.model = model
        self.recorder = Recorder()
        self.path = Path(model)
        self.activations = ActivationMode(self.path, self.recorder)
        self.schedule = Schedule(every, budget)
        self.steps = Steps(model, self.recorder, self.path, self.activations, self.schedule)
        self.steps.fail = self.fail
        self.passes = Passes(self.steps)
        self.backwards = Backwards(self.steps)
        self.updates = Updates(self.steps, optimizer)
        self.states_losses = False
        """Whether the user states the losses, of which no baseline is known then."""
        self.path.listen(self.passes)
        _optimizer_steps.attach(self.updates)
        _patches.attach(self.backwards)

    def close(self) -> None:
        """Ends the watching; what was counted stays."""
        steps = self.steps
        if steps.closed:
            return
        steps.entered = perf_counter()
        if steps.step.arrived and steps.step.forwards + steps.step.backwards > 0:
            steps.end()
        steps.closed = True
        steps.losses.flush()
        steps.gradients.flush()
        self.activations.close()
        self.path.leave_alone()
        _patches.detach(self.backwards)
        _optimizer_steps.detach(self.updates)
        self.recorder.run.drop_step()

    def fail(self, error: Exception) -> None:
        """Ends the watching because the doctor itself has failed."""
        self.steps.step.arrived = False
        self.close()
        text = f"Watching ended because the doctor failed: {type(error).__name__}: {error}"
        self.recorder.run.note(text)
        warnings.warn(f"relume: {text}; training goes on", RuntimeWarning, stacklevel=3)

    def settle(self) -> None:
        """Fetches what is still on its way, before the counts are looked at."""
        steps = self.steps
        steps.losses.flush()
        steps.gradients.flush()
        for course in self.updates.optimizers.courses.values():
            for number in (steps.gradients.numbers[p] for p in course.held if p in steps.gradients.numbers):
                self.recorder.run.held(number)
        self.activations.finish()
        self.recorder.run.setup(json.dumps(plain(self.setup()), allow_nan=False))

    def setup(self) -> dict[str, Any]:
        """What the training consists of, as a record has it."""
        steps = self.steps
        return {
            "optimizers": self.updates.optimizers.facts(),
            "calls": steps.calls | steps.leftovers.facts() | steps.direction.counts,
            "inputs": self.passes.inputs.facts(self.activations.normalisation(self.passes.inputs.rms())),
            "outputs": steps.outputs.facts(),
            "targets": steps.losses.targets.facts(),
            "loss": steps.losses.facts() if steps.calls["backward"] > 0 else None,
            **self.activations.noticed.facts(),
            "parts": self.path.parts(),
            "targets_ahead": steps.targets_ahead.facts(),
            "recurrent": self.activations.recurrent.through_time.facts(),
            "unregistered": [list(x.shape) for x in steps.losses.foreign if not self.updates.optimizers.hold(x)],
        }
