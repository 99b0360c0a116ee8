"""Predictions and targets whose shapes differ, and which are broadcast."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, table
from doctor.harness.loops import lightning
from doctor.harness.quality import evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Patches(nn.Module):
    """Patches of a series through a transformer, and a linear head that forecasts."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.position = nn.Linear(4, 24), nn.Parameter(0.02 * torch.randn(6, 24))
        self.encoder = nn.TransformerEncoderLayer(24, 4, 48, dropout=0.0, batch_first=True)
        self.head = nn.Linear(6 * 24, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.patch(x.unflatten(1, (6, 4))) + self.position).flatten(1))


@faulty(
    Fault.SHAPES,
    "https://github.com/jsboige/CoursIA/pull/926",
    "a forecast of one step: predictions [64, 1], targets [64]; MSELoss compares all pairs",
    "y_batch.view_as(pred)",
)
def forecast_of_one_step(fault: bool) -> Program:
    """The next value of a series by a transformer of patches, MSELoss, AdamW, gradients clipped at 1."""
    time = torch.arange(700.0)
    series = torch.sin(time / 5) + 0.5 * torch.sin(time / 2.3) + 0.05 * torch.randn(700)
    windows = series.unfold(0, 25, 1)
    x, y = windows[:, :24], windows[:, 24]
    model = Patches()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    criterion, rows = nn.MSELoss(), batches(len(x), 64)

    def step() -> Tensor:
        batch = next(rows)
        pred, goal = model(x[batch]), y[batch]
        loss = criterion(pred, goal if fault else goal.view_as(pred))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


class Tabular(nn.Module):
    """A module as of Lightning, with a training step."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(7, 64), nn.LayerNorm(64)
        self.second, self.last = nn.Linear(64, 32), nn.Linear(32, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.selu(self.norm(self.first(x)))
        return self.last(F.selu(self.second(x)))

    def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
        x, y = batch
        return F.mse_loss(self(x), y)


@faulty(
    Fault.SHAPES,
    "https://github.com/OpenTabular/DeepTab/pull/455",
    "targets that are a column are unsqueezed once more: predictions (B, 1) and labels (B, 1, 1) give all pairs",
    "reshape(-1, 1)",
)
def column_of_targets(fault: bool) -> Program:
    """A regression of a table whose targets have the shape (n, 1), trained as Lightning does, Adam."""
    x, y = table(512, columns=7)
    labels = y.unsqueeze(1) if fault else y.reshape(-1, 1)
    model = Tabular()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = lightning(model.training_step, optimizer, (x, labels), 64)
    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


@faulty(
    Fault.SHAPES,
    "https://github.com/matroid/dlwithtf/pull/17",
    "the predictions have the shape (N, 1), the targets (N,): their difference is a matrix",
    "squeeze the predictions",
)
def line_of_the_book(fault: bool) -> Program:
    """A line through 100 points, y = 5 x + 2 with noise, a weight and a bias of their own, the sum of the squared
    errors, Adam at 0.001 (0.05 here), full batch."""
    x = torch.rand(100, 1)
    y = 5 * x[:, 0] + 2 + 0.1 * torch.randn(100)
    model = nn.ParameterDict({"W": torch.randn(1, 1), "b": torch.randn(1)})
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

    def predict() -> Tensor:
        y_pred = x @ model["W"] + model["b"]
        return y_pred if fault else y_pred.squeeze()

    def step() -> Tensor:
        loss = (y - predict()).pow(2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with torch.no_grad():
            return explained(predict().reshape(-1), y)

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.SHAPES,
    "https://github.com/jax-ml/jax/issues/2697",
    "predictions (n, 1) minus targets (n,) in the mean squared error: the loss is stuck at 0.25",
    "the same shape for both",
)
def two_spirals(fault: bool) -> Program:
    """Points of two spirals with targets 0 and 1, four layers of 100 ReLUs and one output, mean squared error, full
    batch. Adam at 0.001 and shorter spirals are ours."""
    n = 200
    turn = torch.rand(n).sqrt() * 1.2 * 2 * math.pi
    arm = torch.stack([-turn.cos() * turn, turn.sin() * turn], 1) / 4 + 0.05 * torch.randn(n, 2)
    inputs, targets = torch.cat([arm, -arm]), torch.arange(2.0).repeat_interleave(n)
    layers: list[nn.Module] = [nn.Linear(2, 100), nn.ReLU()]
    for _ in range(3):
        layers += [nn.Linear(100, 100), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(100, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

    def step() -> Tensor:
        preds = model(inputs)
        loss = (preds - (targets if fault else targets[:, None])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(inputs)[:, 0] > 0.5).long(), targets.long())

    return Program(model, optimizer, step, 400, quality)
