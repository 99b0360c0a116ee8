"""Faults in how strongly the optimiser or the regularisation acts."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.WEIGHT_DECAY,
    "https://github.com/BVLC/caffe/issues/1396",
    "any input gives the same output: with a weight decay of 0.5 all weights go to zero",
    "a weight decay of 0.0005",
)
def strong_weight_decay(fault: bool) -> Program:
    """A convolutional net that gives coordinates, mean squared error, SGD with momentum and weight decay."""
    n, side = 400, 16
    y = torch.rand(n, 2) * 1.4 - 0.7
    grid = torch.stack(torch.meshgrid(torch.linspace(-1, 1, side), torch.linspace(-1, 1, side), indexing="ij"), -1)
    x = torch.exp(-(grid[None] - y[:, None, None]).square().sum(-1) * 15)[:, None]
    model = nn.Sequential(nn.Conv2d(1, 16, 3, 2), nn.ReLU(), nn.Conv2d(16, 32, 3, 2), nn.ReLU(), nn.Flatten())
    model.extend([nn.Linear(288, 64), nn.ReLU(), nn.Linear(64, 2)])
    decay = 0.5 if fault else 0.0005
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=decay)
    step = plain(model, optimizer, F.mse_loss, x, y, 25)
    return Program(model, optimizer, step, 250, lambda: predicts(model, x, y))


class L2(nn.Module):
    """Mean squared error and the squares of all weights, added by hand."""

    def __init__(self, model: nn.Module, strength: float) -> None:
        super().__init__()
        self.weights, self.strength = [p for p in model.parameters() if p.dim() > 1], strength

    def forward(self, y: Tensor, t: Tensor) -> Tensor:
        return F.mse_loss(y, t) + self.strength * sum(w.square().sum() for w in self.weights)


@faulty(
    Fault.WEIGHT_DECAY,
    "https://github.com/thedeepchecker/thedeepchecker/tree/main/buggy_synthetic_programs/over_regulariaztion",
    "a factor of 0.1 for the squares of the weights, which hinders learning",
    "a factor of 1e-5",
)
def strong_l2_term(fault: bool) -> Program:
    """A regression on a table of 9 columns: two hidden layers of 64 ReLUs, Adam at 0.001, an L2 term in the loss."""
    x, y = table(400)
    model = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, L2(model, 0.1 if fault else 1e-5), x, y, 32)
    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))


class Segmenter(nn.Module):
    """Features of several dilations, joined, with dropout before the classifier."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.branches = nn.ModuleList(nn.Conv2d(16, 8, 3, padding=d, dilation=d) for d in (1, 2, 4))
        self.dropout, self.logits = nn.Dropout(dropout), nn.Conv2d(24, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        x = torch.cat([torch.relu_(branch(x)) for branch in self.branches], 1)
        return self.logits(self.dropout(x))


@faulty(
    Fault.DROPOUT,
    "https://github.com/bonlime/keras-deeplab-v3-plus/issues/4",
    "Dropout(0.9), where the original keeps 0.9",
    "Dropout(0.1)",
)
def dropout_for_keep(fault: bool) -> Program:
    """Segmentation with dilated convolutions into three classes, cross-entropy of pixels, SGD with momentum."""
    n, side = 200, 16
    row, column = torch.randint(3, 13, (2, n, 1, 1))
    grid = torch.arange(side)
    distance = (grid[None, :, None] - row).square() + (grid[None, None] - column).square()
    t = (distance < 20).long() + (distance < 6).long()
    x = t[:, None] * 0.5 + 0.4 * torch.randn(n, 1, side, side)
    model = Segmenter(0.9 if fault else 0.1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    rows = batches(n, 10)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x).argmax(1), t)

    return Program(model, optimizer, step, 150, quality)


@faulty(
    Fault.REDUCTION,
    "https://github.com/apache/singa/pull/333",
    "gradients are not averaged: they are too large, and the loss stays around 87",
    "average the gradients",
)
def summed_gradients(fault: bool) -> Program:
    """AlexNet in small on pictures of 10 classes, SGD with momentum 0.9, batches of 100."""
    x, t = pictures(600, channels=3)
    model = nn.Sequential(nn.Conv2d(3, 32, 5, 2, 2), nn.ReLU(inplace=True), nn.Conv2d(32, 32, 3, 2, 1))
    model.extend([nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(512, 64), nn.ReLU(inplace=True), nn.Linear(64, 10)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    criterion = nn.CrossEntropyLoss(reduction="sum" if fault else "mean")
    step = plain(model, optimizer, criterion, x, t, 100)
    return Program(model, optimizer, step, 120, lambda: classifies(model, x, t))


class Polynomial(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Parameter(torch.zeros(1)) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return self.a * x**2 + self.b * x + self.c


@faulty(
    Fault.REDUCTION,
    "https://github.com/thedeepchecker/thedeepchecker/blob/main/SO_buggy_examples/IPS_17.py",
    "the sum of squares of a quadratic model of unscaled inputs, gradient descent at 0.01: it diverges",
    "the mean (as in question 41954308 of TheDeepChecker's list)",
)
def sum_of_squares(fault: bool) -> Program:
    """A parabola with three parameters, zero at the start, through 0, 1, 2, 3 and their squares; full batch."""
    x = torch.tensor([0.0, 1, 2, 3])[:, None] + 0.01 * torch.rand(4, 1)
    y = x**2
    model = Polynomial()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step() -> Tensor:
        optimizer.zero_grad()
        square = (model(x) - y).square()
        loss = square.sum() if fault else square.mean()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/shiningrain/AUTOTRAINER/tree/HEAD/AutoTrainer/demo_case/Oscillating_Loss_Case",
    "the demonstration of an oscillating loss: SGD with momentum",
    "a lower rate (AUTOTRAINER's repair of an oscillating loss)",
)
def oscillating_blobs(fault: bool) -> Program:
    """Three blobs in two columns, a hidden layer of 50 ReLUs, He initialisation, softmax, SGD with momentum; its rate
    is in a binary file of the source, and ours is 3."""
    x, t = blobs(600, classes=3, columns=2)
    model = nn.Sequential(nn.Linear(2, 50), nn.ReLU(), nn.Linear(50, 3))
    nn.init.kaiming_uniform_(model[0].weight, nonlinearity="relu")
    optimizer = torch.optim.SGD(model.parameters(), lr=3.0 if fault else 0.01, momentum=0.9)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class ResidualAdapter(nn.Module):
    """A gate of two linear layers whose result is added to the features."""

    def __init__(self, both: bool) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 32, bias=False), nn.Linear(32, 8, bias=False)
        nn.init.zeros_(self.second.weight)
        if both:
            nn.init.zeros_(self.first.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x)))


@faulty(
    Fault.SYMMETRY,
    "https://github.com/yz93/LAVT-RIS/issues/25",
    "two layers of a gate after each other start with zeros: the gradients of both stay zero",
    "do not start the first with zeros",
)
def two_zero_layers(fault: bool) -> Program:
    """A frozen trunk with a trainable gate of two layers, mean squared error, AdamW."""
    x = torch.randn(500, 8)
    y = x + torch.relu(x @ torch.randn(8, 16)) @ torch.randn(16, 8) / 2
    model = ResidualAdapter(both=fault)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    rows = batches(500, 25)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x) - x, y - x)

    return Program(model, optimizer, step, 400, quality)
