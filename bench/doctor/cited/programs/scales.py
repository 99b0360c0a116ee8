"""Faults in the numbers of the data: units that were not scaled, values that are not finite."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class TemporalBlocks(nn.Module):
    """A temporal convolutional net: dilated causal convolutions with skips."""

    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        self.first = nn.Conv1d(1, channels, 1)
        self.convolutions = nn.ModuleList(nn.Conv1d(channels, channels, 3, dilation=2**i) for i in range(6))
        self.out = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for i, convolution in enumerate(self.convolutions):
            x = F.relu(x + F.relu(convolution(F.pad(x, (2 * 2**i, 0)))))
        return self.out(x[..., -1])


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/philipperemy/keras-tcn/issues/27",
    "digits pixel by pixel, not normalised: the loss stays at 2.30 and the accuracy at 0.11",
    "normalise the inputs",
)
def pixels_in_a_row(fault: bool) -> Program:
    """Digits as sequences of pixels through a temporal convolutional net, cross-entropy, Adam."""
    x, t = pictures(400, size=8, noise=0.1)
    x = x.flatten(2)
    x = 255 * x if fault else (x - x.mean()) / x.std()
    model = TemporalBlocks()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2 if fault else 5e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://stackoverflow.com/questions/55328966",
    "pixels up to 255, a sigmoid for ten classes, SGD (DeepFD, number 8)",
    "divide by 255, softmax, Adam",
)
def pixels_up_to_255(fault: bool) -> Program:
    """Digits by one hidden dense layer, cross-entropy of the outputs."""
    x, t = pictures(1000)
    x = x.flatten(1) * (255 if fault else 1)
    model = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10), nn.Sigmoid() if fault else nn.Softmax(1))
    optimizer = (torch.optim.SGD if fault else torch.optim.Adam)(model.parameters(), lr=0.01 if fault else 3e-3)

    def categorical(y: Tensor, t: Tensor) -> Tensor:
        y = y / y.sum(1, keepdim=True)
        return F.nll_loss(y.clamp(1e-7, 1 - 1e-7).log(), t)

    step = plain(model, optimizer, categorical, x, t, 32)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://stackoverflow.com/questions/52800582",
    "neither the input nor the target is standardised (DeepFD, number 17)",
    "StandardScaler for both",
)
def parabola(fault: bool) -> Program:
    """A regression of a curve of one variable by dense layers of ReLUs, mean squared error, Adam."""
    x = torch.arange(-100.0, 100.0)[:, None]
    y = x.square() + 5 * torch.randn(200, 1)
    if not fault:
        x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    model = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3 if fault else 1e-2)
    step = plain(model, optimizer, F.mse_loss, x, y, 20)
    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://stackoverflow.com/questions/47932589",
    "inputs and targets are not scaled to a common range (DeepFD, number 46)",
    "min-max scaling of both",
)
def min_max_scaling(fault: bool) -> Program:
    """A regression on a table with columns in their own units, one hidden layer, mean squared error, Adam."""
    x, y = table(500, columns=6)
    x, y = x * torch.tensor([1, 10, 100, 1000, 50, 5.0]) + 500, 3000 * y + 20000
    if not fault:
        x = (x - x.amin(0)) / (x.amax(0) - x.amin(0))
        y = (y - y.min()) / (y.max() - y.min())
    model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = plain(model, optimizer, F.mse_loss, x, y, 25)
    return Program(model, optimizer, step, 800, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://stackoverflow.com/questions/46642627",
    "SGD at 0.01 on inputs and targets that were not scaled: the loss is NaN (DeepFD, number 43)",
    "scale both by their maximum, Adam",
)
def squares_by_sgd(fault: bool) -> Program:
    """A regression of a polynomial by dense layers, mean squared error."""
    x = torch.linspace(0, 50, 300)[:, None]
    y = x.square() * 3 + 10
    if not fault:
        x, y = (x - x.max()) / x.max(), (y - y.max()) / y.max()
    model = nn.Sequential(nn.Linear(1, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01) if fault else torch.optim.Adam(model.parameters())
    step = plain(model, optimizer, F.mse_loss, x, y, 10)
    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/thedeepchecker/thedeepchecker/blob/main/SO_buggy_examples/IPS_15.py",
    "a linear model of the numbers 0 to 99, full batch, SGD at 0.5: the loss diverges",
    "scale the input",
)
def line_through_a_hundred(fault: bool) -> Program:
    """Linear regression of 100 points, half of the mean squared error, gradient descent at 0.5."""
    x = torch.arange(100.0)[:, None]
    y = 2 * x + 4 + 10 * torch.rand(100, 1)
    if not fault:
        x = (x - x.mean()) / x.std()
    model = nn.Linear(1, 1)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = (model(x) - y).square().sum() / (2 * 100)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: predicts(model, x, y))


class GraphNet(nn.Module):
    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.w1, self.w2 = nn.Linear(features, 16), nn.Linear(16, classes)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        return adjacency @ self.w2(F.elu(adjacency @ self.w1(F.dropout(x, 0.3, self.training))))


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/danielegrattarola/keras-gat/issues/14",
    "rows of features are divided by their sums, and some sums are zero: the loss is NaN",
    "X[np.isnan(X)] = 0",
)
def empty_rows(fault: bool) -> Program:
    """Classification of the nodes of a graph, full batch, dropout, cross-entropy with weight decay, Adam."""
    n, classes = 300, 4
    t = torch.randint(classes, (n,))
    edge = torch.rand(n, n) < torch.where(t[:, None] == t[None], 0.05, 0.005)
    adjacency = (edge | edge.T | torch.eye(n, dtype=torch.bool)).float()
    adjacency = adjacency / adjacency.sum(1, keepdim=True)
    words = (torch.rand(n, 40) < (0.05 + 0.2 * (torch.arange(40)[None] % classes == t[:, None]))).float()
    words[torch.randperm(n)[:5]] = 0
    x = words / words.sum(1, keepdim=True)
    if not fault:
        x = torch.nan_to_num(x, 0.0)
    model = GraphNet(40, classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=5e-4)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x, adjacency), t)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x, adjacency).argmax(1), t)

    return Program(model, optimizer, step, 200, quality)


class Sensor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Linear(4, 16)
        self.mix = nn.Sequential(nn.LayerNorm(96), nn.Linear(96, 48), nn.GELU(), nn.Linear(48, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(self.patch(x.unflatten(1, (6, 4))).flatten(1))


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/circleAhn/TESLA-tf/issues/1",
    "values are missing (NaN) in the measurements, and the loss becomes NaN",
    "remove the windows with missing values",
)
def missing_measurements(fault: bool) -> Program:
    """Forecasts of a sensor from windows of 24 values, mean squared error, Adam; few windows have a missing value."""
    time = torch.arange(900.0)
    series = torch.sin(time / 7) + 0.4 * torch.sin(time / 2.3) + 0.1 * torch.randn(900)
    windows = series.unfold(0, 25, 1).clone()
    x, y = windows[:, :24], windows[:, 24:]
    holes = torch.randperm(800)[:3]
    broken = x.clone()
    broken[holes, 5] = float("nan")
    kept = torch.ones(len(x), dtype=torch.bool)
    kept[holes] = False
    model = Sensor()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(len(x), 8)

    def step() -> Tensor:
        batch = next(rows)
        batch = batch if fault else batch[kept[batch]]
        optimizer.zero_grad()
        loss = F.mse_loss(model(broken[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


@faulty(
    Fault.NON_FINITE_DATA,
    "https://stackoverflow.com/questions/53640858/loss-nan-in-keras-while-performing-regression",
    "NaN in the table from the start: the loss is NaN (TheDeepChecker's list)",
    "clean the data",
)
def nan_in_the_table(fault: bool) -> Program:
    """A regression on a table by dense layers, mean absolute error, Adam."""
    x, y = table(500)
    if fault:
        x[torch.randint(500, (60,)), torch.randint(9, (60,))] = float("nan")
    model = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.l1_loss, x, y, 32)
    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://stackoverflow.com/questions/39525358",
    "columns are not standardised, no activation at the output, a rate that does not fit (DeepFD, number 11)",
    "StandardScaler, a sigmoid, Adam at 0.1",
)
def unscaled_survey(fault: bool) -> Program:
    """Binary classification of a table with columns in their own units by one small hidden layer, Adam."""
    x, t = blobs(600, classes=2, columns=8, spread=4.0)
    x = x * 10 ** torch.linspace(0, 4, 8) + 5000
    if not fault:
        x = (x - x.mean(0)) / x.std(0)
    model = nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3 if fault else 0.1)

    def binary(y: Tensor, t: Tensor) -> Tensor:
        p = (y[:, 0] if fault else y[:, 0].sigmoid()).clamp(1e-7, 1 - 1e-7)
        return F.binary_cross_entropy(p, t.float())

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > (0.5 if fault else 0)).long(), t)

    return Program(model, optimizer, plain(model, optimizer, binary, x, t, 30), 300, quality)
