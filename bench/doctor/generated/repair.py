"""Faulty runs treated as the doctor prescribes, with two controls that need no doctor.

Each way has three tries; the one with the smallest loss is kept, since the healthy twin is not known in practice.

- **doctor**: trained with the first thing prescribed that can be done; then with the first one more that is prescribed
  after that, and so on, until nothing is, or the loss does not fall. The tries that are left search the learning rate
  of the best, as docs/doctor.md says: four times as high, and again as long as the loss falls; otherwise a quarter.
- **new seeds**: trained unchanged, with other initial weights and batches.
- **learning rate**: trained with a tenth, a hundredth and ten times of it.

A run is repaired if its score (accuracy, or the share of the variance explained) is at most two points below that of
its healthy twin.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

import relume.torch
from doctor.generated.nets import build
from doctor.generated.recipe import Recipe
from doctor.generated.runs import Run
from doctor.generated.tasks import Task, task
from doctor.generated.training import OPTIMIZERS, batches

TRIES = 3
RATES = (0.1, 0.01, 10.0)
FARTHER = 4.0
"""By how much the rate of one try differs from that of the next, in the search."""
POINTS = 0.02

OF_THE_RATE = ("lower_learning_rate", "raise_learning_rate")
BY_HAND = ("standardise", "optimiser", "take_last_activation_away", "wider")
"""What `treat` leaves to the user, and is done here as the prescription's code or words say."""

Prescription = relume.torch.Prescription


@dataclass(frozen=True)
class Way:
    """How a recipe is trained again."""

    recipe: Recipe
    data: int
    """The seed of the data."""
    seed: int
    """That of initial weights and batches."""
    prescriptions: tuple[Prescription, ...] = ()
    rate: float = 1.0
    """What the learning rate is multiplied by in the search."""

    def prepared(self) -> tuple[Task, nn.Module, torch.optim.Optimizer]:
        """The data, the network and the optimiser, with all that is prescribed done to them."""
        kinds = {p.kind for p in self.prescriptions}
        recipe = replace(
            self.recipe,
            last=None if "take_last_activation_away" in kinds else self.recipe.last,
        )
        data = task(recipe, self.data)
        if "wider" in kinds:
            recipe = replace(recipe, width=max(recipe.width, data.x[0].numel() + data.outputs))
        if "standardise" in kinds:
            data = data._replace(x=standardised(data.x))
        net = build(recipe, data, self.seed)
        of_the_model = [p for p in self.prescriptions if p.kind not in (*BY_HAND, *OF_THE_RATE, "clip")]
        for prescription in of_the_model:
            relume.torch.treat(net, prescription)
        if "optimiser" in kinds:
            optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        else:
            optimizer = OPTIMIZERS[recipe.optimizer](net.parameters(), recipe.rate)
        for prescription in self.prescriptions:
            if prescription.kind in (*OF_THE_RATE, "clip"):
                relume.torch.treat(net, prescription, optimizer)
        for group in optimizer.param_groups:
            group["lr"] *= self.rate
        return data, net, optimizer

    def train(self, watched: bool) -> tuple[dict[str, float], list[Prescription]]:
        """The loss and the score at the end, and what is prescribed after it."""
        data, net, optimizer = self.prepared()
        doctor = relume.torch.watch(net, optimizer=optimizer) if watched else None
        for batch in batches(self.recipe, self.seed):
            optimizer.zero_grad()
            data.loss(net(data.x[batch]), data.t[batch]).backward()
            optimizer.step()
        if doctor is not None:
            doctor.close()
        prescribed = [] if doctor is None else doctor.prescribe()
        for module in net.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        with torch.no_grad():
            y = net(data.x)
            loss = data.loss(y, data.t).item()
            # In a number that JSON knows, and which is worse than any that is one.
            loss = loss if math.isfinite(loss) else 1e300
            return {"loss": loss, "score": data.score(y) if loss < 1e300 else -1.0}, prescribed


def repair(run: Run) -> dict[str, Any]:
    """What each way came to."""
    sick = Way(run.recipe, run.seed, run.seed)
    seeds = [replace(sick, seed=1000 * (1 + i) + run.seed) for i in range(TRIES)]
    rates = [replace(sick, recipe=replace(run.recipe, rate=run.recipe.rate * factor)) for factor in RATES]
    return {
        "doctor": list(rounds(sick)),
        "new seeds": [way.train(watched=False)[0] for way in seeds],
        "learning rate": [way.train(watched=False)[0] for way in rates],
    }


def rounds(sick: Way) -> Iterator[dict[str, Any]]:
    """The tries by the doctor's prescriptions, with what was done in each."""
    way, prescribed = sick, sick.train(watched=True)[1]
    tries: list[tuple[Way, dict[str, Any]]] = []
    while len(tries) < TRIES and (not tries or leader(tries) is way):
        done = {(p.kind, p.layers) for p in way.prescriptions}
        new = [p for p in prescribed if able(p) and (p.kind in OF_THE_RATE or (p.kind, p.layers) not in done)]
        if not new:
            break
        way = replace(way, prescriptions=(*way.prescriptions, new[0]))
        result, prescribed = way.train(watched=True)
        tries.append((way, result))
    while tries and len(tries) < TRIES:
        way = farther(tries)
        tries.append((way, way.train(watched=False)[0]))
    for way, result in tries:
        yield {**result, "done": [p.kind for p in way.prescriptions], "rate": way.rate}


def leader(tries: list[tuple[Way, dict[str, Any]]]) -> Way:
    """The way with the smallest loss."""
    return min(tries, key=lambda each: each[1]["loss"])[0]


def farther(tries: list[tuple[Way, dict[str, Any]]]) -> Way:
    """The best way with the next learning rate: higher as long as that helps, otherwise lower."""
    way = leader(tries)
    higher = replace(way, rate=way.rate * FARTHER)
    return replace(way, rate=way.rate / FARTHER) if any(higher == tried for tried, _ in tries) else higher


def able(prescription: Prescription) -> bool:
    """Whether it can be done here."""
    return prescription.applies or prescription.kind in BY_HAND


def standardised(x: torch.Tensor) -> torch.Tensor:
    """As the prescription's code does it."""
    mean, std = x.mean(0), x.std(0).clamp_min(1e-6)
    return ((x - mean) / std).clamp(-5, 5)


def best(tries: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The try with the smallest loss."""
    return min(tries, key=lambda each: each["loss"], default=None)


def repaired(tries: list[dict[str, Any]], twin: dict[str, Any]) -> bool:
    """Whether it is as good as the healthy twin, as measured at the twin's end."""
    chosen = best(tries)
    return chosen is not None and chosen["score"] >= twin["end"]["score"] - POINTS
