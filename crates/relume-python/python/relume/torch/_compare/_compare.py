"""The comparison, as users meet it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from time import perf_counter
from typing import Any

import numpy as np
from torch import nn

from relume import _native
from relume.torch._compare._activations import activations_of
from relume.torch._compare._executors import Wanted, elsewhere, here
from relume.torch._compare._identity import described, settings_of
from relume.torch._compare._models import Copies, Kinds
from relume.torch._compare._progress import Progress
from relume.torch._compare._returned import MARGINS, Metric
from relume.torch._compare._trial import RAISED, Job, this_process

ROUND = 24
"""Between two looks there are at least so many trials, so that many workers have something to do."""


class Comparison:
    """What came of a comparison; made by ``relume.torch.compare``."""

    def __init__(self, trials: _native.Comparison, directory: str | None) -> None:
        self._trials = trials
        self.directory = directory
        """Where the trials are stored; None if it was a folder that is gone."""

    @property
    def recommended(self) -> str | None:
        """The activation to use; None if nothing was shown that speaks for one: keep what you have."""
        name: str | None = self.to_dict()["recommendation"]["activation"]
        return name

    @property
    def verdicts(self) -> dict[str, str]:
        """By activation, the best result first: best, equivalent, slightly_worse, below, worse or
        undecided."""
        return {standing["activation"]: standing["verdict"]["kind"] for standing in self.to_dict()["standings"]}

    @property
    def failures(self) -> dict[tuple[str, int], str]:
        """By activation and seed, why trials broke down."""
        return {(name, seed): failure for name, seed, failure in self._trials.trials() if failure is not None}

    def report(self, width: int | None = None, colour: bool = False) -> str:
        """The ranked table, the recommendation and what it rests on, as text as wide as the terminal."""
        return self._trials.report(width or shutil.get_terminal_size((100, 24)).columns, colour)

    def to_dict(self) -> dict[str, Any]:
        """The judgement as data."""
        judgement: dict[str, Any] = json.loads(self._trials.json())
        return judgement

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Writes the report as one HTML file that needs nothing else."""
        self._trials.write_html(os.fspath(path))

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{name}: {verdict}" for name, verdict in self.verdicts.items())
        return f"<Comparison {verdicts}>"


def compare(
    model: nn.Module | Callable[[Any], nn.Module],
    train: Callable[[Any, int], Any],
    activations: Iterable[str | Callable[..., nn.Module]],
    seeds: int | Sequence[int] = 12,
    *,
    metric: str = "accuracy",
    higher_is_better: bool = True,
    margin: float | None = None,
    current: str | None = "relu",
    directory: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    replace: Kinds = None,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    every: int | None = None,
    progress: bool = True,
) -> Comparison:
    """Trains a model with each activation, several times, and says which to use and why.

    >>> import torch, relume.torch
    >>> from torch import nn
    >>> def make_model(activation):
    ...     return nn.Sequential(nn.Linear(2, 16), activation(), nn.Linear(16, 1))
    >>> def train(model, seed):
    ...     optimizer = torch.optim.Adam(model.parameters(), 0.02)
    ...     for _ in range(60):
    ...         x = torch.randn(64, 2)
    ...         optimizer.zero_grad()
    ...         nn.functional.mse_loss(model(x), x.prod(1, keepdim=True)).backward()
    ...         optimizer.step()
    ...     x = torch.randn(1000, 2)
    ...     return 1 - nn.functional.mse_loss(model(x), x.prod(1, keepdim=True)).item()
    >>> result = relume.torch.compare(make_model, train, ["relu", "identity"], seeds=5, metric="r2", progress=False)
    >>> result.recommended
    'relu'
    >>> result.verdicts
    {'relu': 'best', 'identity': 'worse'}

    Before ``make_model`` and before ``train``, the random numbers of PyTorch are seeded with the seed, before ``train``
    also those of NumPy and Python.

    Args:
        model: A function ``make_model(activation)`` that builds the model and calls ``activation()`` wherever it needs
            one, or a model whose activation modules are replaced in copies of it, with newly drawn parameters.
        train: ``train(model, seed)`` trains the model and returns the metric on test samples; or a dict with
            ``metric`` and any of ``validation`` and ``train`` (the metric on other samples), ``scores`` (of the test
            samples one by one, if all seeds have the same), and ``curves``, a dict with any of ``metric``,
            ``train_loss`` and ``validation_loss``, a list each with a number per epoch.
        activations: Names such as ``"leaky_relu(slope=0.2)"``, and classes or functions that make a module.
        seeds: How many times each is trained at most, or the seeds themselves. What is clearly beaten stops
            earlier, and all do when every comparison is decided.
        metric: What is returned: ``"accuracy"`` (a share), ``"r2"``, or what you call it.
        higher_is_better: Otherwise it is stored and shown with its sign turned.
        margin: The difference that would not matter in practice; 0.005 for accuracy and R², to be chosen for others.
        current: The activation in use now: it is kept unless another is shown to be better.
        directory: Where the trials are stored. Those that are there are not run again, but judged with the others.
            By default a folder that is removed.
        executor: Whatever has the interface of ``concurrent.futures.Executor``, to run trials side by side.
        replace: Of a model with activations of several kinds, the class or classes that are replaced.
        name: Of the task, for the report.
        settings: What else characterises the comparison, by name; a directory with others is refused.
        every: Watch every ``every``-th step in full. By default as often as adds at most 5 % to the time of training.
        progress: Show on standard error, or in the notebook, how far it has come.

    Returns:
        The comparison, which can be printed, and written by ``to_html(path)``.
    """
    tried = activations_of(activations)
    measured = Metric(metric, higher_is_better)
    numbers = checked(train, seeds, executor)
    make_model = maker(model, replace)
    job = Job(make_model, train, measured, every, this_process() if executor is not None else None)
    command = f"relume.torch.compare(..., activations={[a.name for a in tried]}, seeds={seeds})"
    fixed = settings_of(model, train, measured.stored_name, settings)
    margin = margin_of(measured, margin)
    kept = current if current in [activation.name for activation in tried] else None
    return Comparison(*held(job, tried, numbers, fixed, command, name, margin, kept, directory, executor, progress))


def checked(train: Any, seeds: Any, executor: Any) -> list[int]:
    """Says what is wrong with the arguments, if anything is; returns the seeds."""
    if not callable(train):
        raise TypeError(f"train is a {type(train).__name__}, expected a function train(model, seed)")
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(f"executor is a {type(executor).__name__}, which has no submit()")
    return seeds_of(seeds)


def held(
    job: Job,
    tried: Sequence[Any],
    numbers: list[int],
    fixed: dict[str, Any],
    command: str,
    name: str | None,
    margin: float,
    current: str | None,
    directory: str | os.PathLike[str] | None,
    executor: Executor | None,
    progress: bool,
    controls: Sequence[str] = (),
) -> tuple[_native.Comparison, str | None]:
    """Holds a comparison, of treatments if there are controls; returns its trials and where they stay, if they do."""
    plan = {
        "task": {
            "name": name or getattr(job.train, "__name__", "comparison"),
            "description": f"The metric that {described(job.train).split()[0]} returned.",
            "fingerprint": hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:16],
            "metric": job.metric.schema(),
        },
        "margin": margin,
        "current": current,
        "controls": list(controls),
        "settings": fixed,
        "activations": [each.name for each in tried],
        "command": command,
    }
    folder = os.fspath(directory) if directory is not None else tempfile.mkdtemp(prefix="relume-")
    trials = _native.Comparison(folder, json.dumps(plan))
    run(trials, job, tried, numbers, executor, progress, folder)
    if directory is None:
        shutil.rmtree(folder, ignore_errors=True)
    return trials, None if directory is None else folder


def run(
    trials: _native.Comparison,
    job: Job,
    tried: Sequence[Any],
    seeds: list[int],
    executor: Executor | None,
    shown: bool,
    folder: str,
) -> None:
    """Runs the trials that are missing, until every comparison is decided; those that raised an exception are missing.

    Round by round: who is beaten after one stops.
    """
    kept = {(name, seed) for name, seed, failure in trials.trials() if not (failure or "").startswith(RAISED)}
    names = [activation.name for activation in tried]
    status = Progress(len(seeds) * len(names), sum((name, seed) in kept for name in names for seed in seeds), shown)
    start = perf_counter()
    left = seeds
    try:
        while left and (going := trials.running(names)):
            this = max(1, -(-ROUND // len(going)))
            # Seed by seed, so that a comparison broken off has compared all activations on some seeds.
            everything = [Wanted(each, seed) for seed in left[:this] for each in tried if each.name in going]
            left = left[this:]
            wanted = [each for each in everything if (each.activation.name, each.seed) not in kept]
            if executor is None:
                texts = here(job, wanted, lambda each: status.begins(each.activation.name, each.seed))
            else:
                texts = elsewhere(job, wanted, executor)
            for text in texts:
                status.ended(failed=trials.add(text) is not None)
    except BaseException:
        status.close()
        if finished := len(trials.trials()):
            print(f"relume: broken off; {finished} trials are kept in {folder}", file=sys.stderr, flush=True)
        raise
    finally:
        trials.finish(perf_counter() - start)
    status.close()
    failures = [failure for _, _, failure in trials.trials() if failure is not None]
    if len(failures) == len(trials.trials()) and failures[0].startswith(RAISED):
        raise RuntimeError(f"no trial came to an end; the first: {failures[0]}")


def maker(model: Any, replace: Kinds) -> Callable[[Any], nn.Module]:
    """What makes the model of a trial."""
    if isinstance(model, nn.Module):
        copies = Copies(model, replace)
        if copies.kept:
            warnings.warn(
                f"relume: no module of the model knows how to draw these parameters again, so they begin with their "
                f"present values in all trials: {', '.join(copies.kept)}",
                RuntimeWarning,
                stacklevel=3,
            )
        return copies
    if not callable(model):
        raise TypeError(
            f"compare() takes a torch.nn.Module or a function make_model(activation), not {type(model).__name__}"
        )
    if replace is not None:
        raise ValueError("compare(): replace is for a model; a function make_model(activation) decides for itself")
    return model


def seeds_of(seeds: int | Sequence[int]) -> list[int]:
    """The seeds; NumPy takes 32 bits."""
    numbers: list[Any] = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not numbers:
        raise ValueError(f"seeds is {seeds!r}, expected at least 1, better 5 or more")
    for number in numbers:
        if not isinstance(number, int | np.integer) or not 0 <= number < 2**32:
            raise ValueError(f"{number!r} is no seed; expected whole numbers from 0 to 2**32 - 1")
    if len(set(numbers)) < len(numbers):
        raise ValueError("seeds has some number twice")
    return [int(number) for number in numbers]


def margin_of(metric: Metric, margin: float | None) -> float:
    """The margin; that of an unknown metric cannot be guessed."""
    if margin is None:
        if metric.name not in MARGINS:
            raise ValueError(f"margin is missing: which difference of {metric.name} would not matter in practice?")
        return MARGINS[metric.name]
    if not 0 < margin < float("inf"):
        raise ValueError(f"margin is {margin!r}, expected a number above 0")
    return float(margin)
