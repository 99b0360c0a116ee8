"""One run: trained under the doctor, and measured without it."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

import relume.torch
from doctor import published
from doctor.generated import naive
from doctor.generated.nets import build
from doctor.generated.recipe import Recipe
from doctor.generated.tasks import Task, task
from doctor.harness.watching import DEFAULT, Mode

MOMENTS = 10
"""How often published definitions are tried."""

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "momentum": lambda parameters, rate: torch.optim.SGD(parameters, rate, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
}


def train(recipe: Recipe, seed: int, mode: Mode = DEFAULT) -> tuple[dict[str, Any], relume.torch.Doctor]:
    """Trains, and returns what was measured naively, and the doctor who watched."""
    data = task(recipe, seed)
    net = build(recipe, data, seed)
    optimizer = OPTIMIZERS[recipe.optimizer](net.parameters(), recipe.rate)
    measured = Measured(recipe, data, net)
    with relume.torch.watch(net, optimizer, **mode.options()) as doctor:
        for step, batch in enumerate(batches(recipe, seed)):
            optimizer.zero_grad()
            data.loss(net(data.x[batch]), data.t[batch]).backward()
            measured.before(step)
            optimizer.step()
            measured.after(step)
    return measured.result(), doctor


def batches(recipe: Recipe, seed: int) -> Iterator[Tensor]:
    """The rows of the batch of each step: all rows in one random order after the other."""
    order = torch.Generator().manual_seed(seed)
    rows = torch.empty(0, dtype=torch.int64)
    for _ in range(recipe.steps):
        if len(rows) < recipe.batch:
            rows = torch.cat([rows, torch.randperm(recipe.samples, generator=order)])
        batch, rows = rows[: recipe.batch], rows[recipe.batch :]
        yield batch


class Measured:
    """What is measured without the doctor."""

    def __init__(self, recipe: Recipe, data: Task, net: nn.Module) -> None:
        self.recipe, self.data, self.net = recipe, data, net
        self.first = {name: w.detach().clone() for name, w in naive.weights(net)}
        self.start = naive.summary(self.look())
        self.gradients: list[list[float]] = []
        """By step of those looked at, the size of the gradient of each weight."""
        self.overthrow = 0.0
        """The largest step of a weight relative to it, of those looked at."""
        self.alarms: set[str] = set()
        self.moments = {round((i + 1) * recipe.steps / MOMENTS) - 1 for i in range(MOMENTS)}

    def look(self) -> naive.Look:
        return naive.look(self.recipe, self.data, self.net.state_dict())

    def before(self, step: int) -> None:
        """Between the gradient and the optimiser's step."""
        if step < MOMENTS or step in self.moments:
            self.gradients.append([naive.rms(w.grad) for _, w in naive.weights(self.net)])
            self.weights = [w.detach().clone() for _, w in naive.weights(self.net)]
        if step in self.moments:
            gradients = [w.grad for _, w in naive.weights(self.net)]
            self.alarms |= published.alarms(self.look(), gradients)

    def after(self, step: int) -> None:
        if step < MOMENTS or step in self.moments:
            for before, (_, after) in zip(self.weights, naive.weights(self.net), strict=True):
                ratio = ((after.detach() - before).norm() / before.norm()).item()
                self.overthrow = ratio if math.isnan(ratio) else max(self.overthrow, ratio)

    def result(self) -> dict[str, Any]:
        moved = [
            ((w.detach() - self.first[n]).norm() / self.first[n].norm()).item() for n, w in naive.weights(self.net)
        ]
        x = self.data.x.flatten(0, -2) if self.data.x.dim() == 3 else self.data.x.flatten(1)
        return {
            "baseline": self.data.baseline(),
            "start": self.start,
            "end": naive.summary(self.look()),
            "gradients": self.gradients,
            "overthrow": self.overthrow,
            "moved": max(moved),
            "inputs": x.square().mean(0).sqrt().max().item(),
            "floor": floor(self.recipe, self.data),
            "alarms": sorted(self.alarms),
        }


def floor(recipe: Recipe, data: Task) -> float:
    """The smallest loss that the last activation allows, whatever the network: the best outputs in its range."""
    if recipe.last is None:
        return 0.0
    low, high = {"softmax": (0, 1), "sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, 1e4)}[recipe.last]
    if data.loss is nn.functional.cross_entropy:
        best = low + (high - low) * nn.functional.one_hot(data.t, data.outputs).float()
    elif data.loss is nn.functional.binary_cross_entropy_with_logits:
        best = low + (high - low) * data.t
    else:
        best = data.t.clamp(low, high)
    return data.loss(best, data.t).item()
