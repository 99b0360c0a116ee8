"""Dense nets on tables, with data and outputs as people have them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts
from doctor.harness.recipe import Fault, Program, faulty


class SimpleMlp(nn.Module):
    """Layers by the sizes in a list."""

    def __init__(self, dims: list[int], activation: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:], strict=False))
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x)) if self.activation else layer(x)
        return self.layers[-1](x)


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/somepago/saint/issues/23",
    "the MLP is a stack of linear layers without anything between them",
    "an activation between the layers",
)
def stacked_linear_layers(fault: bool) -> Program:
    """A regression on a table by an MLP of given sizes, mean squared error, AdamW."""
    x = torch.randn(700, 6)
    y = (x[:, :1] * x[:, 1:2]) + x[:, 2:3].abs() + 0.05 * torch.randn(700, 1)
    y = (y - y.mean()) / y.std()
    model = SimpleMlp([6, 64, 64, 1], activation=not fault)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    return Program(model, optimizer, plain(model, optimizer, F.mse_loss, x, y, 50), 400, lambda: predicts(model, x, y))


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/facebookresearch/DeepConvexity/issues/2",
    "a ReLU is appended for all but the last two layers, so that a net with one hidden layer has none",
    "a ReLU behind the hidden layer",
)
def one_hidden_layer(fault: bool) -> Program:
    """Two circles, one hidden layer, cross-entropy, SGD with momentum."""
    x, t = circles(500)
    sizes = [2, 64, 2]
    layers: list[nn.Module] = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - (3 if fault else 2):
            layers.append(nn.ReLU())
    model = nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 50)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/rstudio-conf-2020/dl-keras-tf/issues/9",
    "prices up to 755000, mean squared error, SGD at 0.1: the loss is NaN",
    "mean squared logarithmic error",
)
def prices_of_houses(fault: bool) -> Program:
    """Prices by a dense net on standardised columns, batches of 16, SGD at 0.1 (0.05 repaired)."""
    x, y = table(500, 10)
    price = 180_000 * torch.exp(0.4 * y)
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 if fault else 0.05)

    def logarithmic(guess: Tensor, t: Tensor) -> Tensor:
        return F.mse_loss(torch.log1p(guess.clamp_min(0) + 1e-3), torch.log1p(t))

    with torch.no_grad():
        # Below zero the logarithmic error has no slope: where the repaired program starts is above.
        model[2].bias.fill_(1.0)
        if not fault:
            model.append(Exponential())
            model[2].bias.fill_(12.0)
    step = plain(model, optimizer, F.mse_loss if fault else logarithmic, x, price, 16)

    def quality() -> float:
        with evaluating(model):
            return explained(torch.log(model(x).clamp_min(1.0)), torch.log(price))

    return Program(model, optimizer, step, 600, quality)


class Exponential(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(x.clamp_max(15.0))


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/Nixtla/neuralforecast/issues/186",
    "missing values in the column of the targets: the loss becomes NaN, and it is hard to see that the data are why",
    "no missing values",
)
def missing_targets(fault: bool) -> Program:
    """Forecasts of the next six values of series from the last eighteen by dense layers, mean squared error, Adam.
    One window in a hundred has a missing value."""
    start = 6 * torch.rand(600, 1)
    series = torch.sin(start + torch.arange(24) * (0.2 + 0.3 * torch.rand(600, 1))) + 0.05 * torch.randn(600, 24)
    x, y = series[:, :18], series[:, 18:].clone()
    if fault:
        y[590:, 2] = math.nan
    model = nn.Sequential(nn.Linear(18, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 6))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, F.mse_loss, x, y, 20, shuffle=False)

    def quality() -> float:
        with evaluating(model):
            return explained(model(x[:590]), y[:590])

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/ratschlab/DeepSpot/issues/9",
    "NaN in the inputs, from spots without cells: the loss is NaN in each epoch",
    "no empty spots",
)
def empty_spots(fault: bool) -> Program:
    """Expression of genes from features of cells, whose mean is taken for each spot: a net on the cells, a net on
    their mean, mean squared error, Adam. A spot without cells has the mean of nothing."""
    cells = torch.randn(400, 6, 10)
    y = torch.tanh(cells[..., :4].mean(1)) * 2 + 0.05 * torch.randn(400, 4)
    there = (torch.rand(400, 6) < 0.7).float()
    there[:, 0] = 1
    if fault:
        there[7] = 0
    phi = nn.Sequential(nn.Linear(10, 32), nn.GELU(), nn.Linear(32, 32))
    model = nn.ModuleDict({"phi": phi, "rho": nn.Sequential(nn.GELU(), nn.Linear(32, 4))})
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(400, 40)

    def predicted(batch: Tensor) -> Tensor:
        features = (cells[batch] * there[batch][..., None]).sum(1) / there[batch].sum(1, keepdim=True)
        return model["rho"](model["phi"](features))

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(predicted(batch), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(predicted(torch.arange(10, 400)), y[10:])

    return Program(model, optimizer, step, 300, quality)
