"""Generated runs examined by experiment, from where their training begins."""

import time
import warnings
from itertools import islice
from typing import Any

import torch

import relume.torch
from doctor.generated.nets import build
from doctor.generated.runs import Run
from doctor.generated.tasks import task
from doctor.generated.training import OPTIMIZERS, batches

SECONDS = 30.0
STEPS = 60


def examined(run: Run) -> dict[str, Any]:
    """What an examination says of the cause."""
    recipe = run.recipe
    data = task(recipe, run.seed)
    net = build(recipe, data, run.seed)
    optimizer = OPTIMIZERS[recipe.optimizer](net.parameters(), recipe.rate)

    def loss_fn(model: torch.nn.Module, rows: torch.Tensor) -> torch.Tensor:
        return data.loss(model(data.x[rows]), data.t[rows])

    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = list(islice(batches(recipe, run.seed), STEPS))
        found = relume.torch.examine(net, optimizer, loss_fn, rows, SECONDS, steps=STEPS, progress=False)
    said = {"cause": found.cause, "learns": found.learns, "helps": found.helps, "ended": found.ended}
    return {**said, "seconds": time.perf_counter() - start}
