"""Regressions on lines, curves and tables."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import table, waves
from doctor.harness.loops import plain
from doctor.harness.quality import predicts
from doctor.harness.recipe import Fault, Program, faulty


class Line(nn.Module):
    """Two numbers as parameters, and no layer."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.w + self.b


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/greebear/pytorch-learning/issues/1",
    "the linear regression never sets the gradients of w and b to zero; the loss does not always fall, however low the "
    "rate",
    "w.grad and b.grad set to zero in each iteration",
)
def hand_written_line(fault: bool) -> Program:
    """A line through noisy points, w and b as parameters, squared error written out, full batch, gradient descent."""
    x = torch.rand(100, 1)
    y = 3 * x + 10 + 0.2 * torch.randn(100, 1)
    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)

    def step() -> Tensor:
        loss = (model(x) - y).pow(2).mean()
        loss.backward()
        optimizer.step()
        if not fault:
            optimizer.zero_grad()
        return loss

    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))


@faulty(
    Fault.SHAPES,
    "https://github.com/pytorch/pytorch/issues/16045",
    "targets of the shape [100], predictions of the shape [100, 1]: no error, and the estimates are wrong",
    "y.reshape(sample_size, 1)",
)
def ten_plus_nine(fault: bool) -> Program:
    """100 samples, y = 10 + 9 a - 2 b + noise, one linear layer, MSELoss, SGD at 0.1, full batch."""
    x = torch.randn(100, 2)
    y = 10 + 9 * x[:, 0] - 2 * x[:, 1] + torch.randn(100)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    t = y if fault else y.reshape(100, 1)
    return Program(
        model, optimizer, plain(model, optimizer, nn.MSELoss(), x, t, 100), 150, lambda: predicts(model, x, y)
    )


class SeriesRegressor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            nn.Conv1d(2, 16, 7, padding=3), nn.BatchNorm1d(16), nn.ReLU(),
            nn.Conv1d(16, 24, 5, padding=2), nn.BatchNorm1d(24), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(x).mean(2))


@faulty(
    Fault.SHAPES,
    "https://github.com/sktime/sktime/issues/10931",
    "targets have the shape (batch,), the net gives (batch, 1): the criterion compares all pairs",
    "give both the same shape",
)
def series_regressor(fault: bool) -> Program:
    """The FCN regressor of time series: convolutions with batch normalisation, mean over time, MSELoss, Adam."""
    x, frequency = waves(480, channels=2)
    y = frequency.float() - 1.5 + 0.1 * torch.randn(480)
    model = SeriesRegressor()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    x = x.transpose(1, 2)
    step = plain(model, optimizer, nn.MSELoss(), x, y if fault else y[:, None], 32)
    return Program(model, optimizer, step, 200, lambda: predicts(model, x, y))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/thedeepchecker/thedeepchecker/blob/main/SO_buggy_examples/IPS_5.py",
    "gradient descent at 0.1 on inputs from -8 to 8: the loss grows without a bound",
    "a lower rate (ours: the source keeps the program as it was asked about)",
)
def eight_points(fault: bool) -> Program:
    """A line through 8 points between -8 and 8, both parameters zero at the start, mean squared error, full batch."""
    x = torch.linspace(-8, 8, 8)[:, None] + 0.5 * torch.rand(8, 1)
    y = 5 * x - 3 + 2 * torch.rand(8, 1) - 1
    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 if fault else 0.01)
    step = plain(model, optimizer, lambda guess, t: torch.mean(torch.square(guess - t)), x, y, 8)
    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/keras-team/keras/issues/510",
    "the loss of a simple MLP becomes NaN unless gradients are clipped; the answer: the data are not preprocessed",
    "each dimension with mean 0 and variance 1",
)
def unprocessed_dimensions(fault: bool) -> Program:
    """A regression by a dense net, mean squared error, SGD at 0.01 with Nesterov momentum 0.9 and a decay of 1e-6."""
    x, y = table(600, 8)
    if fault:
        x = x * torch.tensor([1.0, 30.0, 400.0, 2.0, 50.0, 1.0, 10.0, 200.0]) + 100 * torch.rand(8)
    model = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 1 / (1 + 1e-6 * i))
    inner = plain(model, optimizer, F.mse_loss, x, y, 32)

    def step() -> Tensor:
        loss = inner()
        schedule.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))
