"""The doctor, as users meet it."""

from __future__ import annotations

import json
import math
import os
import shutil
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from relume import _native
from relume.torch._watch._findings import Finding
from relume.torch._watch._optimizers import unwrapped
from relume.torch._watch._prescriptions import Prescription
from relume.torch._watch._watcher import Watcher


class Doctor:
    """Watches a model in training; made by ``relume.torch.watch``."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer | None = None,
        *,
        every: int | None = None,
        live: bool = False,
        baseline_loss: float | None = None,
        budget: float | None = None,
    ) -> None:
        self._title = type(model).__name__
        self._baseline_loss = baseline_loss
        self._announced: dict[tuple[str, tuple[str, ...]], Finding] = {}
        self._gathered: _native.Run | None = None
        self._watcher = Watcher(model, optimizer, every, budget)
        if live:
            self._watcher.steps.on_watched = self._announce

    def loss(self, value: Tensor | float) -> None:
        """States the training loss of the present step, where it is not seen at ``backward``."""
        self._watcher.steps.step.stated = float(value.detach() if isinstance(value, Tensor) else value)
        self._watcher.states_losses = True

    def close(self) -> None:
        """Ends the watching; what was seen stays."""
        self._watcher.close()

    def __enter__(self) -> Doctor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            text = f"Training ended with an exception: {type(error).__name__}: {error}"
            self._watcher.recorder.run.note(text)
        self.close()

    @property
    def findings(self) -> list[Finding]:
        """What is wrong: faults before warnings, causes before consequences."""
        return [Finding.of(finding) for finding in json.loads(self._run().findings())]

    def prescribe(self) -> list[Prescription]:
        """What to do, finding by finding, the least invasive first; ``relume.torch.treat`` carries out what it can."""
        prescribed = json.loads(self._run().prescribe(self._watcher.updates.optimizers.learning_rate()))
        return [Prescription.of(prescription) for prescription in prescribed]

    def report(self, width: int | None = None, colour: bool = False) -> str:
        """The findings and a table of the layers, as text as wide as the terminal."""
        return self._run().report(width or shutil.get_terminal_size().columns, colour)

    def to_dict(self) -> dict[str, Any]:
        """Everything that was seen and found, by the published schema of records and findings."""
        found: dict[str, Any] = json.loads(self._run().json())
        return found

    def to_html(self, path: str | os.PathLike[str], title: str | None = None) -> None:
        """Writes the report as one HTML file that needs nothing else."""
        page = self._run().html(title or self._title)
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the counts to a file, which ``relume doctor merge`` adds up with those of other workers."""
        self._run().save(os.fspath(path))

    def gather(self) -> None:
        """Adds up the counts of all workers of ``torch.distributed``; each of them must call it."""
        texts: list[str] = [""] * torch.distributed.get_world_size()
        torch.distributed.all_gather_object(texts, self._counts().dumps())
        gathered, *others = map(_native.Run.loads, texts)
        for other in others:
            gathered.merge(other)
        self._gathered = gathered

    def _run(self) -> _native.Run:
        """What is reported on: what all workers counted, if it has been gathered."""
        if self._gathered is not None:
            return self._gathered
        run = self._counts()
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            rank, of = torch.distributed.get_rank(), torch.distributed.get_world_size()
            if of > 1:
                run.note(f"This is what rank {rank} of {of} saw; gather(), called on all, adds up what all saw.")
        return run

    def _counts(self) -> _native.Run:
        """What this process counted, with what is known of its limits."""
        watcher = self._watcher
        watcher.settle()
        run = watcher.recorder.run.copy()
        baseline = self._baseline_loss
        if baseline is None and not watcher.states_losses:
            baseline = watcher.steps.losses.baseline.loss()
        if baseline is not None:
            run.baseline_loss(float(baseline))
        rms = watcher.passes.inputs.rms()
        if rms is not None:
            run.input_rms(rms)
        floor = watcher.steps.losses.baseline.floor()
        if floor is not None and not watcher.states_losses:
            run.loss_floor(*floor)
        for name, reason in watcher.path.unseen_activations(watcher.activations.seen):
            run.not_observed(name, reason)
        if parts := watcher.path.parts_called():
            run.note(
                f"The model itself was not called, but its parts: {parts}. What lies between them is not observed."
            )
            run.not_observed("between the parts", "the model itself was not called")
        if skipped := watcher.backwards.skipped:
            run.note(f"The gradient scaler left out {skipped} steps because of overflow; they are not counted.")
        if watcher.schedule.left_out:
            run.note(f"The budget left out {watcher.schedule.left_out} steps that were to be watched.")
        if watcher.steps.calls["forward"] == 0 or watcher.model in watcher.path.hidden:
            run.not_observed("the layers", "no forward pass was seen")
            run.note(
                UNSEEN if watcher.passes.evaluations == 0 else "All forward passes were in eval() or without gradients."
            )
        return run

    def _announce(self) -> None:
        """Prints which findings have appeared and which are gone."""
        found = {(finding.check, finding.layers): finding for finding in self.findings}
        step = self._watcher.schedule.steps
        for key in found.keys() - self._announced.keys():
            print(f"relume, step {step}: {found[key]}", flush=True)
        for check, layers in self._announced.keys() - found.keys():
            print(f"relume, step {step}: resolved: {check} {', '.join(layers)}".rstrip(), flush=True)
        self._announced = found


UNSEEN = (
    "No forward pass of the model was seen, as of one that is compiled: nothing is known of its layers, only the loss, "
    "the gradients and the updates are judged."
)

EVALUATIONS = "All forward passes were in eval() or without gradients."


def watch(
    model: nn.Module,
    optimizer: Optimizer | None = None,
    *,
    every: int | None = None,
    live: bool = False,
    baseline_loss: float | None = None,
    budget: float | None = None,
) -> Doctor:
    """Watches a model in training.

    >>> import torch, relume.torch
    >>> from torch import nn
    >>> _ = torch.manual_seed(0)
    >>> model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    >>> _ = nn.init.constant_(model[0].bias, -50.0)
    >>> optimizer = torch.optim.SGD(model.parameters(), 0.1)
    >>> with relume.torch.watch(model, every=1) as doctor:
    ...     for _ in range(20):
    ...         optimizer.zero_grad()
    ...         x = torch.randn(64, 8)
    ...         nn.functional.mse_loss(model(x), x[:, :1]).backward()
    ...         optimizer.step()
    >>> doctor.findings[0].check, doctor.findings[0].layers
    ('born_dead', ('1',))

    Args:
        model: What is called in training. Its activations are found by themselves, modules and functions.
        optimizer: Whose steps are the steps of training; by default any that has parameters of the model.
        every: Watch every ``every``-th step in full. By default the first 32 steps, then ever fewer, but always recent
            ones: the same steps on every machine.
        live: Print a line when a finding appears or is gone.
        baseline_loss: The loss of the best constant prediction; with it, the doctor knows whether a model learns that
            it would otherwise judge by the course of the loss.
        budget: How much time watching may take: a share of that of training if it is less than 1, else seconds. The
            report says how many steps were left out for it. By default there is no limit.

    Returns:
        The doctor, whose ``report()``, ``findings``, ``to_dict()``, ``to_html(path)`` and ``save(path)`` say what was
        seen. As a context manager it closes itself.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"watch() takes a torch.nn.Module, not {type(model).__name__}")
    optimizer = unwrapped(optimizer)
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"watch(): optimizer is a torch.optim.Optimizer, not {type(optimizer).__name__}")
    if every is not None and (not isinstance(every, int) or every < 1):
        raise ValueError(f"watch(): every is {every!r}, expected a whole number of steps of at least 1")
    is_number = isinstance(budget, (int, float)) and not isinstance(budget, bool)
    if budget is not None and not (is_number and 0 < budget < math.inf):
        raise ValueError(f"watch(): budget is {budget!r}, expected a share of the time of training, or seconds")
    return Doctor(model, optimizer, every=every, live=live, baseline_loss=baseline_loss, budget=budget)
