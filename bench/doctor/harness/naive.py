"""The naive measurement of a run, in plain PyTorch and without relume: its loss at each step, what it has learnt, the
units of ReLU that never fire, and the norms of the gradients by parameter. It decides whether a run is what its source
says."""

import math
import time
from typing import NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from doctor.harness.catalogue import Run
from doctor.harness.recipe import Program

LEARNS = 0.5
"""A healthy run must have learnt so much (see `quality`), half-way from a constant prediction to a perfect one."""
HARM = 0.75
"""A faulty run that learns this share of what its twin learns, or more, is not counted as faulty."""


class Measured(NamedTuple):
    """What is known of a run."""

    quality: float
    """The mean over moments late in the run."""
    first: float
    """The loss at the first step."""
    last: float
    """The mean loss of the last tenth of the steps."""
    non_finite: int | None
    """The first step whose loss is not finite."""
    silent: float
    """The largest share, over the ReLUs called, of units that are zero for all training data at the end."""
    smallest: float
    """The smallest norm of the gradient of a parameter, at the last step; 0 if one received none at all."""
    largest: float
    seconds: float


class SilentUnits(TorchFunctionMode):
    """Watches calls of ReLU in whatever form: the units are the last axis, or the second of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0

    def __torch_function__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        y = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in {"relu", "relu_"} and y.dim() > 1 and len(y) > 1:
            zero = (y == 0).movedim(1 if y.dim() == 4 else -1, 0).flatten(1).all(1)
            self.share = max(self.share, zero.double().mean().item())
        return y


class GradientNorms:
    """The norm of the gradient that each parameter last received from autograd."""

    def __init__(self, program: Program) -> None:
        self.norms = dict.fromkeys((name for name, _ in program.model.named_parameters()), 0.0)
        for name, p in program.model.named_parameters():
            if p.requires_grad:
                p.register_hook(lambda g, name=name: self.norms.__setitem__(name, g.norm().item()))


def late(steps: int) -> set[int]:
    """Moments in the last tenth of the steps, the last one among them: what oscillates is not judged by one moment."""
    return {steps - 1 - round(i * steps / 50) for i in range(5)}


def measure(run: Run) -> Measured:
    """Trains without the doctor."""
    start = time.perf_counter()
    program = run.build()
    gradients = GradientNorms(program)
    losses, qualities = [], []
    for i in range(program.steps):
        losses.append(program.step().item())
        if i in late(program.steps):
            # Without a trace in the generator: the run stays the one that the doctor sees.
            with SilentUnits() as silent, torch.random.fork_rng(devices=[]):
                qualities.append(max(program.quality(), -1.0))
    norms = list(gradients.norms.values())
    tail = losses[-max(1, len(losses) // 10) :]
    return Measured(
        quality=sum(qualities) / len(qualities),
        first=losses[0],
        last=sum(tail) / len(tail),
        non_finite=next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), None),
        silent=silent.share,
        smallest=min(norms, default=0.0),
        largest=max(norms, default=0.0),
        seconds=time.perf_counter() - start,
    )


def verdict(run: Run, measured: Measured, twin: Measured) -> str:
    """`faulty` or `healthy` if the measurement agrees with the source, else why the run is dropped."""
    if not (twin.non_finite is None and twin.quality >= LEARNS):
        return "dropped: the repaired program does not learn" if run.faulty else "dropped: does not learn"
    if not run.faulty:
        return "healthy"
    harmed = measured.non_finite is not None or not measured.quality >= HARM * twin.quality
    return "faulty" if harmed else "dropped: learns like its twin"
