"""What programs restated from questions and issues of users share: data, networks, and a loop."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from doctor.harness.data import batches, circles, pictures, table
from torch import Tensor, nn

from relume.torch import Doctor, watch


@dataclass
class Program:
    """A model, a criterion, and data."""

    model: nn.Module
    criterion: Callable[[Tensor, Tensor], Tensor]
    x: Tensor
    t: Tensor
    rate: float = 1e-3
    kind: type[torch.optim.Optimizer] = torch.optim.Adam
    options: dict[str, float] = field(default_factory=dict)
    steps: int = 250
    size: int = 32
    clears: bool = True
    schedule: Callable[[int], float] = lambda step: 1.0

    def run(self) -> Doctor:
        parameters = [p for p in self.model.parameters() if p.requires_grad]
        optimizer = self.kind(parameters, lr=self.rate, **self.options)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.schedule)
        rows = batches(len(self.x), self.size)
        with watch(self.model, optimizer=optimizer) as doctor:
            for _ in range(self.steps):
                batch = next(rows)
                if self.clears:
                    optimizer.zero_grad()
                self.criterion(self.model(self.x[batch]), self.t[batch]).backward()
                optimizer.step()
                schedule.step()
        return doctor


SGD = torch.optim.SGD


def dense(*widths: int, act: Callable[[], nn.Module] = nn.ReLU, last: list[nn.Module] | None = None) -> nn.Sequential:
    """Dense layers with an activation between them, and what stands behind the last."""
    layers: list[nn.Module] = []
    for before, after in zip(widths[:-2], widths[1:-1], strict=True):
        layers += [nn.Linear(before, after), act()]
    return nn.Sequential(*layers, nn.Linear(*widths[-2:]), *(last or []))


def drawn(model: nn.Module, draw: Callable[[Tensor], object]) -> nn.Module:
    """The model with weights drawn anew."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            draw(parameter.data)
    return model


def convolutions(classes: int = 10) -> nn.Sequential:
    """Two convolutions with max pooling and two dense layers, for pictures of 16 x 16."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, classes)),
    )


class Recurrent(nn.Module):
    """A recurrent layer, and a dense one at its last step."""

    def __init__(self, layer: nn.Module, outputs: int, last: Callable[[Tensor], Tensor] = lambda y: y) -> None:
        super().__init__()
        self.layer, self.out, self.last = layer, nn.Linear(32, outputs), last

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.out(self.layer(x)[0][:, -1]))


class Transformer(nn.Module):
    """The next token by one layer of a transformer."""

    def __init__(self, vocabulary: int = 20) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 32)
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True)
        self.out = nn.Linear(32, vocabulary)

    def forward(self, x: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.out(self.layer(self.embedding(x), src_mask=mask))


def next_token(y: Tensor, t: Tensor) -> Tensor:
    return F.cross_entropy(y.flatten(0, 1), t.flatten())


def digits(n: int = 800) -> tuple[Tensor, Tensor]:
    x, t = pictures(n)
    return x.flatten(1), t


def classifier(*last: nn.Module, criterion: Callable[..., Tensor] = F.cross_entropy, **options: Any) -> Program:
    """Digits, by a hidden layer."""
    return Program(dense(256, 64, 10, last=list(last)), criterion, *digits(), **options)


def coin(*last: nn.Module, criterion: Callable[..., Tensor], **options: Any) -> Program:
    """Which of two circles a point lies on, by one output."""
    x, t = circles(500)
    return Program(dense(2, 32, 1, last=list(last)), criterion, x, t.float()[:, None], **{"rate": 1e-2} | options)


def regression(
    *last: nn.Module,
    criterion: Callable[..., Tensor] = F.mse_loss,
    factor: float = 1.0,
    shift: float = 0.0,
    **options: Any,
) -> Program:
    """A number from a table, of the size and about the place that are given."""
    x, y = table(600)
    model = dense(9, 64, 1, last=list(last))
    return Program(model, criterion, x, factor * y + shift, **{"rate": 1e-2} | options)


def one_hot(t: Tensor) -> Tensor:
    return F.one_hot(t, 10).float()


def binary_by_hand(p: Tensor, t: Tensor) -> Tensor:
    """As Keras computes it, of clipped probabilities."""
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(t * p.log() + (1 - t) * (1 - p).log()).mean()


def categorical_by_hand(p: Tensor, t: Tensor) -> Tensor:
    """As Keras computes it, of what is divided by its sum and clipped."""
    p = (p / p.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    return -(F.one_hot(t, p.shape[1]) * p.log()).sum(1).mean()


def chosen(programs):
    """Every fourth of them, for each takes seconds; all where RELUME_ALL_PROGRAMS is set."""
    return programs if "RELUME_ALL_PROGRAMS" in os.environ else dict(list(programs.items())[::4])
