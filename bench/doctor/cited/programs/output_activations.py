"""Faults in the activation of the last layer: a range that the targets are not in."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table
from doctor.harness.quality import classifies, predicts
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://stackoverflow.com/questions/48251943",
    "a ReLU behind the last layer, whose targets are negative as well as positive (DeepFD's benchmark, number 5)",
    "tanh in its place",
)
def relu_for_signed_targets(fault: bool) -> Program:
    """A regression to numbers between -1 and 1 by a small dense net, mean squared error, SGD at 0.1."""
    x, y = table(600, columns=6)
    y = torch.tanh(y)
    model = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
    model.append(nn.ReLU() if fault else nn.Tanh())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    rows = batches(600, 20)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://stackoverflow.com/questions/48221692",
    "a sigmoid behind the last layer of a regression (DeepFD's benchmark, number 20)",
    "a linear output",
)
def sigmoid_for_prices(fault: bool) -> Program:
    """A regression to targets far above 1 by a small dense net, mean squared error, Adam."""
    x, y = table(600, columns=10)
    y = 8 + 3 * y
    model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
    if fault:
        model.append(nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    rows = batches(600, 30)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://stackoverflow.com/questions/47352366",
    "ReLU in the place of softmax on the ten outputs (DeepFD's benchmark, number 25)",
    "softmax",
)
def relu_for_softmax(fault: bool) -> Program:
    """Digits by a dense net, cross-entropy of the outputs as if they were probabilities, SGD with momentum."""
    x, t = pictures(1000)
    x = x.flatten(1)
    model = nn.Sequential(nn.Linear(256, 100), nn.ReLU(), nn.Linear(100, 10), nn.ReLU() if fault else nn.Softmax(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    rows = batches(1000, 50)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        y = (y / y.sum(1, keepdim=True).clamp(min=1e-7)).clamp(1e-7, 1 - 1e-7)
        loss = F.nll_loss(y.log(), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Standardised(nn.Module):
    """A convolutional autoencoder written with functions."""

    def __init__(self, relu: bool) -> None:
        super().__init__()
        self.relu = relu
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3, 2, 1), nn.Conv2d(16, 8, 3, 2, 1)
        self.up1, self.up2 = nn.ConvTranspose2d(8, 16, 4, 2, 1), nn.ConvTranspose2d(16, 1, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = self.up2(F.relu(self.up1(x)))
        return F.relu_(x) if self.relu else x


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/mikesj-public/convolutional_autoencoder/pull/9",
    "pictures are standardised, and the last layer cannot give negative values: half of the data is cut off",
    "pixels that are not negative, or an output that can be",
)
def autoencoder_without_negatives(fault: bool) -> Program:
    """A convolutional autoencoder of digits, mean squared error, Adam."""
    x = pictures(512)[0]
    x = (x - x.mean()) / x.std()
    model = Standardised(relu=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(512, 32)

    def step() -> Tensor:
        batch = x[next(rows)]
        loss = F.mse_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: predicts(model, x, x))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/pytorch/tutorials/pull/1644",
    "a ReLU behind the last layer, before cross-entropy",
    "remove it",
)
def quickstart_relu(fault: bool) -> Program:
    """The quickstart tutorial: 784-512-512-10 with ReLUs, cross-entropy, SGD at 0.001; a higher rate here."""
    x, t = pictures(1000)
    stack = [nn.Flatten(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)]
    model = nn.Sequential(*stack, *([nn.ReLU()] if fault else []))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rows = batches(1000, 64)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/chelsea0x3b/dfdx/issues/486",
    "a ReLU on the output layer cuts off negative values, and the gradients become zero",
    "remove the activation of the output",
)
def relu_on_the_output(fault: bool) -> Program:
    """A regression of random inputs by an MLP, one sample at a time, SGD."""
    x, y = table(300, columns=5)
    y = y - 1.5
    model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1), *([nn.ReLU()] if fault else []))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    rows = batches(300, 1)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 2000, lambda: predicts(model, x, y))
