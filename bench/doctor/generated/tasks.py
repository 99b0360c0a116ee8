"""The data: the digits that relume embeds, and generated tables and sequences."""

import gzip
import math
import pathlib
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from doctor.generated.recipe import Recipe

DIGITS = pathlib.Path(__file__).resolve().parents[3] / "crates/relume-data/data/digits.csv.gz"


class Task(NamedTuple):
    """Training data and what is asked of it."""

    x: Tensor
    t: Tensor
    loss: Callable[[Tensor, Tensor], Tensor]
    outputs: int

    def score(self, y: Tensor) -> float:
        """The accuracy; for a regression the share of the variance that is explained."""
        if self.loss is F.cross_entropy:
            return (y.argmax(1) == self.t).double().mean().item()
        if self.loss is F.binary_cross_entropy_with_logits:
            return ((y > 0) == (self.t > 0.5)).double().mean().item()
        return 1 - (F.mse_loss(y, self.t) / self.t.var()).item()

    def baseline(self) -> float:
        """The loss of the best constant prediction."""
        if self.loss is F.cross_entropy:
            p = torch.bincount(self.t) / len(self.t)
            return -(p * p.log()).nan_to_num().sum().item()
        if self.loss is F.binary_cross_entropy_with_logits:
            p = self.t.mean()
            return -(p * p.log() + (1 - p) * (1 - p).log()).item()
        best = self.t.median() if self.loss is F.l1_loss else self.t.mean()
        return self.loss(best.expand_as(self.t), self.t).item()


def task(recipe: Recipe, seed: int) -> Task:
    """The data of a run."""
    random = torch.Generator().manual_seed(1000 + seed)
    made = TASKS[recipe.task](recipe.samples, random)
    t = made.t * recipe.targets if made.loss in (F.mse_loss, F.l1_loss) else made.t
    return made._replace(x=made.x * recipe.scale + recipe.shift, t=t)


def digits(n: int, random: torch.Generator) -> Task:
    """Handwritten digits of 8 x 8 pixels, some of them."""
    rows = [[float(v) for v in line.split(",")] for line in gzip.decompress(DIGITS.read_bytes()).decode().split()]
    data = torch.tensor(rows)
    data = data[torch.randperm(len(data), generator=random)[:n]]
    return Task((data[:, :64] - 4.9) / 6.0, data[:, 64].long(), F.cross_entropy, 10)


def pictures(n: int, random: torch.Generator) -> Task:
    """The same, as pictures."""
    flat = digits(n, random)
    return flat._replace(x=flat.x.reshape(-1, 1, 8, 8))


def table(n: int, random: torch.Generator) -> Task:
    """A regression on twelve columns, most of which matter."""
    x = torch.randn(n, 12, generator=random)
    y = torch.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 3].abs() + 0.5 * x[:, 4:8].sum(1)
    y = y + 0.1 * torch.randn(n, generator=random)
    return Task(x, ((y - y.mean()) / y.std())[:, None], F.mse_loss, 1)


def absolute(n: int, random: torch.Generator) -> Task:
    """The same regression by the mean absolute error."""
    return table(n, random)._replace(loss=F.l1_loss)


def chances(n: int, random: torch.Generator) -> Task:
    """A regression on numbers between 0 and 1."""
    made = table(n, random)
    return made._replace(t=torch.sigmoid(2 * made.t))


def rings(n: int, random: torch.Generator) -> Task:
    """Which of two rings a point belongs to, with columns that say nothing."""
    t = (torch.rand(n, generator=random) < 0.5).float()
    angle = 2 * math.pi * torch.rand(n, generator=random)
    radius = 0.8 + 1.2 * t + 0.15 * torch.randn(n, generator=random)
    noise = torch.randn(n, 4, generator=random)
    return Task(
        torch.cat([(radius * angle.cos())[:, None], (radius * angle.sin())[:, None], noise], 1),
        t[:, None],
        F.binary_cross_entropy_with_logits,
        1,
    )


def sequences(n: int, random: torch.Generator) -> Task:
    """Which of four frequencies a noisy wave has, seen in three channels over sixteen steps."""
    t = torch.randint(4, (n,), generator=random)
    phase = 2 * math.pi * torch.rand(n, 1, 3, generator=random)
    time = torch.arange(16.0)[None, :, None]
    x = 1.4 * torch.sin(phase + time * (0.3 + 0.4 * t[:, None, None]))
    return Task(x + 0.3 * torch.randn(x.shape, generator=random), t, F.cross_entropy, 4)


def noise(n: int, random: torch.Generator) -> Task:
    """Classes that have nothing to do with the inputs: there is nothing to learn."""
    return Task(torch.randn(n, 12, generator=random), torch.randint(4, (n,), generator=random), F.cross_entropy, 4)


def mislabelled(n: int, random: torch.Generator) -> Task:
    """Digits, of which a third has any label."""
    made = digits(n, random)
    wrong = torch.rand(n, generator=random) < 1 / 3
    return made._replace(t=torch.where(wrong, torch.randint(10, (n,), generator=random), made.t))


def shuffled(n: int, random: torch.Generator) -> Task:
    """Pictures of digits with the labels of others."""
    made = pictures(n, random)
    return made._replace(t=made.t[torch.randperm(n, generator=random)])


KINDS = (digits, pictures, table, absolute, chances, rings, sequences, noise, mislabelled, shuffled)
TASKS = {f.__name__: f for f in KINDS}
UNLEARNABLE = {"noise", "shuffled"}
