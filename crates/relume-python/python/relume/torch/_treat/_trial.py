"""Whether treatments help: each is tried against a training left unchanged, and one with another learning rate."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from torch import nn

from relume import _native
from relume.torch._compare._compare import Comparison, checked, held, margin_of
from relume.torch._compare._identity import settings_of
from relume.torch._compare._returned import Metric
from relume.torch._compare._trial import this_process
from relume.torch._treat._arms import UNCHANGED, Arm, Treated, learning_rate
from relume.torch._watch._prescriptions import Prescription

CONTROL = 0.1
"""By what the learning rate of the control is multiplied, if no prescription says."""


class Trial(Comparison):
    """What came of a trial; made by ``relume.torch.trial``."""

    def __init__(
        self, trials: _native.Comparison, directory: str | None, arms: Sequence[Arm], controls: tuple[str, str]
    ) -> None:
        super().__init__(trials, directory)
        self._arms = arms
        self.controls = controls
        """What the treatments are compared with: the training unchanged, and with another learning rate alone."""

    @property
    def verdicts(self) -> dict[str, str]:
        """By treatment: ``helps`` if it beats both controls by more than the margin, ``does not help`` if one of them
        is as good or better, else ``undecided``. Another learning rate is compared with the unchanged training."""
        found = {each["arm"]: each["verdict"].replace("_", " ") for each in self.to_dict()["treatments"]}
        return {arm.name: found[arm.name] for arm in self._arms}

    def __repr__(self) -> str:
        return f"<Trial {', '.join(f'{name}: {verdict}' for name, verdict in self.verdicts.items())}>"


def trial(
    make_model: Callable[[], nn.Module],
    train: Callable[[Any, int], Any],
    prescriptions: Iterable[Prescription],
    seeds: int | Sequence[int] = 12,
    *,
    metric: str = "accuracy",
    higher_is_better: bool = True,
    margin: float | None = None,
    directory: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    every: int | None = None,
    progress: bool = True,
) -> Trial:
    """Tries whether what the doctor prescribes helps, more than another seed or another learning rate would.

    >>> import torch, relume.torch
    >>> from torch import nn
    >>> def make_model():
    ...     model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    ...     nn.init.constant_(model[0].bias, -50.0)
    ...     return model
    >>> def train(model, seed):
    ...     optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    ...     for _ in range(60):
    ...         x = torch.randn(64, 2)
    ...         optimizer.zero_grad()
    ...         nn.functional.mse_loss(model(x), x.sum(1, keepdim=True)).backward()
    ...         optimizer.step()
    ...     x = torch.randn(1000, 2)
    ...     return 1 - nn.functional.mse_loss(model(x), x.sum(1, keepdim=True)).item() / 2
    >>> model = make_model()
    >>> with relume.torch.watch(model) as doctor:
    ...     _ = train(model, 0)
    >>> initialise = [p for p in doctor.prescribe() if p.kind == "initialise"]
    >>> result = relume.torch.trial(make_model, train, initialise, seeds=6, metric="r2", progress=False)
    >>> result.verdicts
    {'initialise in 1': 'helps'}

    Each treatment is trained with each seed, and so are two controls: the training unchanged, and with another
    learning rate alone (that of the first prescription of a learning rate, or a tenth). Seed by seed all begin with the
    same random numbers. What a prescription changes about a model is done by ``treat`` to what ``make_model()``
    returns; what it changes about steps, to those of the optimiser that trains it, whatever its schedule.

    Args:
        make_model: A function without arguments that builds the model, and all that is wrong with it.
        train: ``train(model, seed)`` trains the model and returns the metric, as for ``relume.torch.compare``.
        prescriptions: Those of ``doctor.prescribe()`` that are to be tried; ``applies`` says which can be.
        seeds: How many times each is trained, or the seeds themselves.
        metric: As for ``relume.torch.compare``, like all that follow.
        higher_is_better: Otherwise the metric is stored and shown with its sign turned.
        margin: The difference that would not matter in practice.
        directory: Where the trials are stored. Those that are there are not run again.
        executor: Runs trials side by side.
        name: Of the task, for the report.
        settings: What else characterises the trial, by name.
        every: Watch every ``every``-th step in full.
        progress: Show how far it has come.

    Returns:
        The verdicts, which can be printed, and written by ``to_html(path)``.
    """
    if not callable(make_model) or isinstance(make_model, nn.Module):
        raise TypeError(f"trial() takes a function make_model(), not {type(make_model).__name__}")
    arms = [Arm.of(prescription) for prescription in prescriptions]
    if not arms:
        raise ValueError("trial(): there is no prescription to try")
    names = [arm.name for arm in arms]
    for each in names:
        if names.count(each) > 1:
            raise ValueError(f"trial(): {each} is prescribed twice")
    rate = next((arm for arm in arms if arm.learning_rate != 1.0), learning_rate(CONTROL))
    tried = [Arm(UNCHANGED), rate, *(arm for arm in arms if arm.name != rate.name)]
    measured = Metric(metric, higher_is_better)
    numbers = checked(train, seeds, executor)
    job = Treated(make_model, train, measured, every, this_process() if executor is not None else None)
    fixed = settings_of(make_model, train, measured.stored_name, settings)
    command = f"relume.torch.trial(..., {names}, seeds={seeds})"
    margin = margin_of(measured, margin)
    controls = (UNCHANGED, rate.name)
    stored = held(job, tried, numbers, fixed, command, name, margin, UNCHANGED, directory, executor, progress, controls)
    return Trial(*stored, arms, controls)
