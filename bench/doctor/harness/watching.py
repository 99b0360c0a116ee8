"""A run under the doctor, as users do it, and the ways of doing so."""

import multiprocessing
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

import relume.torch
from doctor.harness.recipe import Program


class Mode(NamedTuple):
    """How runs are watched."""

    name: str
    every: int | None = None
    """Watch each so many steps; none: as by default."""
    load: bool = False
    """While as many other processes as there are cores, and as many again, want to run."""

    def options(self) -> dict[str, int]:
        """What is handed to `watch` besides model and optimiser."""
        return {} if self.every is None else {"every": self.every}


DEFAULT = Mode("by default")
MODES = (DEFAULT, Mode("every step", every=1), Mode("by default, on a busy machine", load=True))


def watched(program: Program, mode: Mode) -> relume.torch.Doctor:
    """Trains to the end."""
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with relume.torch.watch(program.model, optimizer=program.optimizer, **mode.options()) as doctor:
            for _ in range(program.steps):
                program.step()
    return doctor


@contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Keeps the machine busy, if that is wanted."""
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=spin, daemon=True) for _ in range(2 * (os.cpu_count() or 1) if wanted else 0)]
    for process in others:
        process.start()
    try:
        yield
    finally:
        for process in others:
            process.kill()


def spin() -> None:
    while True:
        pass
