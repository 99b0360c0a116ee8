"""Inputs as they come: pixels up to 255, raw columns."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://stats.stackexchange.com/questions/367057/bad-performance-with-relu-activation-function-on-mnist-data-set",
    "pixels from 0 to 255: an accuracy of around 20 % with ReLU, softmax and cross-entropy",
    "pixels from 0 to 1",
)
def clothes_with_raw_pixels(fault: bool) -> Program:
    """Clothes by two layers of 128 ReLUs and a softmax, whose outputs are clipped at 1e-7 as Keras does, cross-entropy,
    Adam at 0.001 and batches of 32."""
    x, t = pictures(960, size=28, noise=0.5)
    x = (x * 255).round().flatten(1)
    if not fault:
        x /= 255
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    model.append(nn.Softmax(dim=-1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

    def categorical_crossentropy(p: Tensor, t: Tensor) -> Tensor:
        return F.nll_loss(p.clamp(1e-7, 1 - 1e-7).log(), t)

    step = plain(model, optimizer, categorical_crossentropy, x, t, 32)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


def housing(n: int) -> tuple[Tensor, Tensor]:
    """Eight columns as those of Californian districts, and a price that depends on most of them."""
    x, y = table(n, columns=8)
    means = torch.tensor([3.9, 28.6, 5.4, 1.1, 1425.0, 3.0, 35.6, -119.6])
    deviations = torch.tensor([1.9, 12.6, 2.4, 0.4, 1100.0, 1.0, 2.1, 2.0])
    return means + deviations * x, 2 + y


class WideAndDeep(nn.Module):
    """The inputs themselves beside two hidden layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden1, self.hidden2, self.out = nn.Linear(8, 30), nn.Linear(30, 30), nn.Linear(38, 1)

    def forward(self, x: Tensor) -> Tensor:
        deep = self.hidden2(self.hidden1(x).relu()).relu()
        return self.out(torch.cat([x, deep], dim=1))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/ageron/handson-ml3/pull/20",
    "the wide and deep example is given the inputs that are not normalised",
    "the normalised inputs",
)
def houses_wide_and_deep(fault: bool) -> Program:
    """Prices of houses by a wide and deep net of 30 ReLUs twice, mean squared error, Adam at 0.001, batches of 32."""
    x, y = housing(1000)
    if not fault:
        x = (x - x.mean(0)) / x.std(0)
    model = WideAndDeep()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 32)
    return Program(model, optimizer, step, 1200, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/jaredleekatzman/DeepSurv/issues/14",
    "features as they are (years, days, levels in the blood): the loss is huge at first, then NaN",
    "features scaled to values from 0 to 1",
)
def survival(fault: bool) -> Program:
    """Survival times by a net with 25 and 25 ReLUs and one output, the negative partial log-likelihood of Cox written
    out, full batch, SGD with Nesterov momentum 0.9 (0.1 here)."""
    n = 400
    x = torch.rand(n, 6)
    risk = 3 * x[:, 0] - 2 * x[:, 1] * x[:, 2] + torch.sin(4 * x[:, 3])
    time = torch.empty(n).exponential_() * torch.exp(-2 * risk)
    event = torch.rand(n) < 0.8
    if fault:
        x = torch.tensor([0.0, 1960.0, 20.0, 0.0, 1.0, 0.0]) + x * torch.tensor([80.0, 45.0, 900.0, 4000.0, 12.0, 1.0])
    x, event, risk = (part[time.argsort(descending=True)] for part in (x, event.float(), risk))
    model = nn.Sequential(nn.Linear(6, 25), nn.ReLU(), nn.Linear(25, 25), nn.ReLU(), nn.Linear(25, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)

    def step() -> Tensor:
        h = model(x)[:, 0]
        # Rows are ordered by time: those at risk are the ones before.
        likelihood = h - torch.log(torch.cumsum(torch.exp(h), 0))
        loss = -(likelihood * event).sum() / event.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            h = model(x)[:, 0]
            # Twice the concordance with the risk, minus one.
            return (torch.sign(h[:, None] - h) * torch.sign(risk[:, None] - risk)).double().mean().nan_to_num(-1).item()

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/sg-s/crabsort/issues/69",
    "training fails in trivial cases: the scale of the data, some of which had ridiculously high values",
    "data that are divided by their scale",
)
def spikes(fault: bool) -> Program:
    """Kinds of spikes in recordings by a one-dimensional convolutional net with dropout, cross-entropy, SGD at 0.01
    with momentum 0.9. Values are of the order of 300."""
    t = torch.randint(3, (600,))
    time = torch.arange(40) - 20.0
    widths, heights = torch.tensor([2.0, 4.0, 7.0])[t, None], 1 + 0.2 * torch.rand(600, 1)
    x = heights * torch.exp(-((time / widths) ** 2)) - 0.5 * torch.exp(-(((time - 10) / widths) ** 2))
    x = 300 * (x + 0.1 * torch.randn(600, 40))
    if not fault:
        x = x / x.std()
    net = nn.Sequential(nn.Unflatten(1, (1, 40)), nn.Conv1d(1, 16, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(16, 16, 5))
    net.extend([nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Dropout(0.25), nn.Linear(112, 32), nn.ReLU()])
    net.append(nn.Linear(32, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    step = plain(net, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(net, optimizer, step, 300, lambda: classifies(net, x, t))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://machinelearningmastery.com/how-to-scale-data-for-long-short-term-memory-networks-in-python/",
    "quantities in the tens to hundreds are given to an LSTM: large inputs slow down or prevent learning",
    "standardised inputs",
)
def quantities_in_an_lstm(fault: bool) -> Program:
    """A quantity of the next day by the last ten days of three (hundreds, temperatures, a price) with an LSTM of 32
    units and a dense layer, mean squared error, Adam."""
    time = torch.arange(900.0)
    phase = 2 * math.pi * time / 30
    demand = 1.2 * phase.sin() + 0.6 * (3.1 * phase).sin()
    series = torch.stack([demand, (phase + 1).cos(), (0.37 * phase).sin()], 1) + 0.1 * torch.randn(900, 3)
    y = series[10:, :1]
    if fault:
        series = torch.tensor([450.0, 285.0, 900.0]) + series * torch.tensor([120.0, 9.0, 160.0])
    x = series[:-1].unfold(0, 10, 1).transpose(1, 2)
    lstm, dense = nn.LSTM(3, 32, batch_first=True), nn.Linear(32, 1)
    model = nn.ModuleList([lstm, dense])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    rows = batches(len(x), 32)

    def forecast(x: Tensor) -> Tensor:
        _, (h, _) = lstm(x)
        return dense(h[-1])

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(forecast(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return 1 - (F.mse_loss(forecast(x), y) / y.var(correction=0)).item()

    return Program(model, optimizer, step, 120, quality)
