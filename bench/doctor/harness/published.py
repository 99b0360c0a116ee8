"""The published definitions of `doctor.published` on restated programs, at ten moments of training.

Gradients are those of the weights (parameters with more than one axis), in the order of the model's parameters; layers
are the calls of ReLU on all training data, in whatever form. AUTOTRAINER judges only while the accuracy is below 0.6;
here that is what was learnt (see `quality`).
"""

import math
import warnings
from concurrent.futures import ProcessPoolExecutor

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from doctor.harness.catalogue import Run
from doctor.published import TOOLS, Layer, Look
from doctor.published import alarms as by_definition

MOMENTS = 10


class Activations(TorchFunctionMode):
    """The outputs of the calls of ReLU, one row per unit."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[Layer] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        y = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in {"relu", "relu_"} and y.dim() > 1 and len(y) > 1:
            rows = y.detach().movedim(1 if y.dim() == 4 else -1, 0).flatten(1).clone()
            self.layers.append(Layer("", "relu", rows, rows, rows))
        return y


def alarms(run: Run) -> set[str]:
    """What the published tools say of a run, as `tool: symptom`."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    program = run.build()
    gradients: dict[str, Tensor] = {}
    for name, p in program.model.named_parameters():
        if p.requires_grad and p.dim() > 1:
            p.register_hook(lambda g, name=name: gradients.__setitem__(name, g.detach().clone()))
    order = [name for name, _ in program.model.named_parameters()]
    moments = {round((i + 1) * program.steps / MOMENTS) - 1 for i in range(MOMENTS)}
    found: set[str] = set()
    for i in range(program.steps):
        program.step()
        if i in moments and gradients:
            with Activations() as seen, torch.random.fork_rng(devices=[]):
                look = Look(math.nan, program.quality(), seen.layers)
            found |= by_definition(look, [gradients[name] for name in order if name in gradients])
    return found


def table(runs: list[Run], jobs: int) -> str:
    """For each tool and each of its symptoms: the shares of faulty and of healthy runs with an alarm."""
    with ProcessPoolExecutor(jobs) as pool:
        said = dict(zip(runs, pool.map(alarms, runs), strict=True))
    lines = ["| definition | faulty: any alarm | healthy: false alarm |", "| --- | --- | --- |"]
    for tool, symptoms in TOOLS.items():
        for name in [tool] + ([f"{tool}: {symptom}" for symptom in symptoms] if len(symptoms) > 1 else []):
            cells = []
            for faulty in (True, False):
                some = [found for run, found in said.items() if run.faulty is faulty]
                raised = sum(any(a == name or a.startswith(f"{name}:") for a in found) for found in some)
                cells.append(f"{raised / max(1, len(some)):.3f} ({raised} of {len(some)})")
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
