"""Data with values that are no numbers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, table
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained, predicts
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/radiasoft/sirepo/issues/2983",
    "a few values of the horse power are missing: all errors are NaN, without a message",
    "rows with invalid numbers left out",
)
def miles_per_gallon(fault: bool) -> Program:
    """The consumption of cars by seven standardised columns, two dense layers, mean squared error, RMSprop, batches of
    50."""
    x, y = table(392, columns=7)
    missing = torch.rand(392) < 0.015
    missing[7] = True
    x[missing, 2] = float("nan")
    if not fault:
        x, y = x[~missing], y[~missing]
    model = nn.Sequential(nn.Linear(7, 40), nn.ReLU(), nn.Linear(40, 20), nn.ReLU(), nn.Linear(20, 1))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 50)
    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/tensorflow/tensorflow/issues/46145",
    "relative changes from one row to the next: without a row before, or with 0 there, they are no number",
    "rows that are not finite left out",
)
def relative_changes(fault: bool) -> Program:
    """Whether a series rises by its last relative changes, an LSTM and a dense layer, mean squared error of the next
    change, Adam. The volume is zero on a few days."""
    days = 500
    change = torch.zeros(days)
    for i in range(1, days):
        change[i] = -0.9 * change[i - 1] + 0.02 * torch.randn(())
    price = 100 * torch.cumprod(1 + change.clamp(-0.5, 0.5), 0)
    volume = torch.randint(5, 50, (days,)).float()
    volume[[120, 333]] = 0
    table = torch.stack([price, volume], 1)
    changes = torch.full_like(table, float("nan"))
    changes[1:] = table[1:] / table[:-1] - 1
    if not fault:
        changes = changes[changes.isfinite().all(1)]
    x, y = changes.unfold(0, 5, 1).transpose(1, 2)[:-1], 10 * changes[5:, :1]
    lstm, dense = nn.LSTM(2, 32, batch_first=True), nn.Linear(32, 1)
    model = nn.Sequential(lstm, dense)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    rows = batches(len(x), 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(dense(lstm(x[batch])[0][:, -1]), y[batch])
        model.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(dense(lstm(x)[0][:, -1]), y)

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/BLAST-AI-ML/synapse/pull/237",
    "NaN stands for missing values of the outputs, and the mean squared error is NaN",
    "missing values are left out of the loss",
)
def missing_outputs(fault: bool) -> Program:
    """Simulated experiments with three outputs, some of which are missing: an ensemble of two dense nets, squared
    error, Adam."""
    x, first = table(500, columns=6)
    y = torch.cat([first, torch.sin(x[:, :1]) + x[:, 1:2], x[:, 2:3] * x[:, 3:4]], 1)
    y = torch.where(torch.rand(500, 3) < 0.04, torch.full_like(y, float("nan")), y)
    known = ~y.isnan()
    nets = nn.ModuleList(
        nn.Sequential(nn.Linear(6, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 3)) for _ in range(2)
    )
    optimizer = torch.optim.Adam(nets.parameters(), lr=0.003)
    rows = batches(500, 50)

    def step() -> Tensor:
        batch = next(rows)
        loss = torch.zeros(())
        for net in nets:
            p = net(x[batch])
            loss = loss + (F.mse_loss(p, y[batch]) if fault else F.mse_loss(p[known[batch]], y[batch][known[batch]]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(nets):
            return explained(sum(net(x) for net in nets)[known] / 2, y[known])

    return Program(nets, optimizer, step, 400, quality)


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/jaungiers/LSTM-Neural-Network-for-Time-Series-Prediction/issues/66",
    "windows are divided by their first value, which is zero in some",
    "no division by zero: a small number is added",
)
def windows_from_zero(fault: bool) -> Program:
    """The next value of a series by windows relative to their first value: LSTMs with dropout of 0.2 between, mean
    squared error, Adam, batches of 32."""
    time = torch.arange(700.0)
    series = 1.5 + torch.sin(time / 6) + 0.05 * torch.randn(700)
    series[[90, 300, 511]] = 0
    windows = series.unfold(0, 16, 1)
    base = windows[:, :1]
    windows = windows / base - 1 if fault else windows / (base + 0.5) - 1
    x, y = windows[:, :-1, None], windows[:, -1:]
    first, second = nn.LSTM(1, 32, batch_first=True), nn.LSTM(32, 32, batch_first=True)
    model = nn.ModuleDict({"first": first, "drop": nn.Dropout(0.2), "second": second, "dense": nn.Linear(32, 1)})
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(len(x), 32)

    def predict(x: Tensor) -> Tensor:
        h = model["drop"](first(x)[0])
        return model["dense"](model["drop"](second(h)[0][:, -1]))

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(predict(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(predict(x), y)

    return Program(model, optimizer, step, 300, quality)
