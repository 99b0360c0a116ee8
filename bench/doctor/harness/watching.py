"""A run under the doctor, as users do it, and the ways of doing so."""

import os
import subprocess
import sys
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


BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
"""What a busy process does, as long as the one that started it is there."""


@contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Keeps the machine busy, if that is wanted."""
    number = 2 * (os.cpu_count() or 1) if wanted else 0
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(number)]
    try:
        yield
    finally:
        for process in others:
            process.kill()
            process.wait()
