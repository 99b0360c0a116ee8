"""One trial: a model made, trained and watched; it may run in another process."""

from __future__ import annotations

import json
import os
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import nn

from relume.torch._compare._activations import ModuleMaker
from relume.torch._compare._models import made_by
from relume.torch._compare._returned import Metric
from relume.torch._watch import watch

RAISED = "train() raised "
"""How the failure of a trial begins whose ``train`` raised an exception."""


@dataclass(frozen=True)
class Job:
    """What all trials of a comparison have in common."""

    make_model: Callable[..., nn.Module]
    train: Callable[[nn.Module, int], Any]
    metric: Metric
    every: int | None
    process: tuple[str, int] | None = None
    """The process that asks for the trials, if they may run in others."""

    def run(self, activation: ModuleMaker, seed: int) -> str:
        """Runs a trial; returns it as JSON."""
        with one_thread_elsewhere(self.process), the_same_random_numbers():
            model = self.made(activation, seed)
            # Activations may have drawn different numbers of random numbers for their weights.
            seed_all(seed)
            trial = self.trained(activation, model, seed)
        return json.dumps({"arm": activation.name, "seed": seed, **trial}, allow_nan=False)

    def made(self, activation: ModuleMaker, seed: int) -> nn.Module:
        """The model of a trial."""
        return made_by(self.make_model, activation, seed)

    def trained(self, activation: ModuleMaker, model: nn.Module, seed: int) -> dict[str, Any]:
        doctor = watch(model, every=self.every)
        returned: Any = None
        failure = None
        start = perf_counter()
        try:
            with doctor:
                returned = self.train(model, seed)
        except Exception as error:
            failure = failed(error)
        seconds = perf_counter() - start
        fields = failure or self.metric.fields(returned)
        seen = doctor.to_dict()
        watched = seen["cost"]["steps"] > 0
        return {
            **fields,
            "seconds": seconds,
            "watching": seen["cost"]["watching"] if watched else None,
            "record": seen["record"] if watched else None,
            "findings": seen["findings"] if watched else [],
        }


def failed(error: Exception) -> dict[str, Any]:
    """The fields of a trial that ended with an exception."""
    words = " ".join(str(error).split())
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return {"metric": None, "epochs": [], "failure": f"{RAISED}{text}"}


def lost(activation: str, seed: int, reason: str) -> str:
    """A trial of which nothing came back, as JSON."""
    nothing: dict[str, Any] = {
        "metric": None,
        "epochs": [],
        "record": None,
        "findings": [],
        "seconds": 0.0,
        "watching": None,
    }
    return json.dumps({"arm": activation, "seed": seed, **nothing, "failure": reason})


def this_process() -> tuple[str, int]:
    return socket.gethostname(), os.getpid()


@contextmanager
def one_thread_elsewhere(process: tuple[str, int] | None) -> Iterator[None]:
    """In other processes, of which there are several, each has one thread: more would be in each other's way."""
    if process is None or process == this_process():
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def the_same_random_numbers() -> Iterator[None]:
    """Gives the generators back as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
