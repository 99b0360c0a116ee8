"""Faults in the graph: a detached tensor, an operation whose gradient is zero everywhere."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, table
from doctor.harness.quality import classifies, evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty


class Gan(nn.Module):
    """A container of a generator and a discriminator, which has no `forward` of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(4, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2))
        self.generator.append(nn.Linear(48, 2))
        self.discriminator = nn.Sequential(nn.Linear(2, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2))
        self.discriminator.append(nn.Linear(48, 1))


@faulty(
    Fault.DETACHED,
    "https://github.com/tamarott/SinGAN/pull/117",
    "to run on PyTorch 1.6 the generator's step was given netD(fake.detach()): the generator gets no gradient any more",
    "make new fakes for the step of the generator, and do not detach them",
)
def detached_fakes(fault: bool) -> Program:
    """A GAN of a generator and a discriminator with hinge losses, each with an Adam of its own."""
    real = torch.randn(512, 2) @ torch.tensor([[0.5, 0.2], [0.0, 0.3]]) + torch.tensor([2.0, -1.5])
    model = Gan()
    optimizer = torch.optim.Adam(model.generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    optimizer_d = torch.optim.Adam(model.discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    rows = batches(512, 64)

    def step() -> Tensor:
        fake = model.generator(torch.randn(64, 4))
        loss_d = F.relu(1 - model.discriminator(real[next(rows)])).mean()
        loss_d = loss_d + F.relu(1 + model.discriminator(fake.detach())).mean()
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()
        loss_g = -model.discriminator(fake.detach() if fault else fake).mean()
        optimizer.zero_grad()
        loss_g.backward()
        optimizer.step()
        return loss_g

    def quality() -> float:
        with evaluating(model):
            fake = model.generator(torch.randn(2000, 4))
            return 1 - ((fake.mean(0) - real.mean(0)).norm() / real.mean(0).norm()).item()

    return Program(model, optimizer, step, 800, quality)


@faulty(
    Fault.NOT_DIFFERENTIABLE,
    "https://github.com/google-deepmind/dm-haiku/issues/442",
    "the loss is computed of the argmax of the outputs, and all gradients are zero",
    "compute the loss of the outputs themselves",
)
def argmax_in_the_loss(fault: bool) -> Program:
    """An MLP of 12 inputs, two hidden layers of 64 and 2 classes. JAX gives zeros behind an argmax, where PyTorch
    refuses; the outputs are added times zero, so that autograd gives zeros too."""
    x, t = blobs(800, classes=2, columns=12, spread=2.0)
    model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    target, rows = F.one_hot(t, 2).float(), batches(800, 40)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        y = model(x[batch])
        y = F.one_hot(y.argmax(1), 2) + 0 * y if fault else y.softmax(1)
        loss = F.mse_loss(y, target[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Quantised(nn.Module):
    """The hidden values are rounded down to multiples of a quarter."""

    def __init__(self, straight_through: bool) -> None:
        super().__init__()
        self.straight_through = straight_through
        self.fc1, self.fc2, self.fc3 = nn.Linear(9, 64), nn.Linear(64, 64), nn.Linear(64, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.fc2(F.relu(self.fc1(x))))
        floor = torch.floor(4 * h) / 4
        return self.fc3(h + (floor - h).detach() if self.straight_through else floor)


@faulty(
    Fault.NOT_DIFFERENTIABLE,
    "https://stackoverflow.com/questions/41780344/gradient-of-tf-floor-is-none",
    "floor is used inside of the model, and no gradient comes through it",
    "override the gradient of floor, as in question 59656219 (both are in TheDeepChecker's list of pitfalls)",
)
def floor_in_the_model(fault: bool) -> Program:
    """A regression by an MLP whose hidden values are rounded down, mean squared error, Adam."""
    x, y = table(800)
    model = Quantised(straight_through=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(800, 40)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x), y)

    return Program(model, optimizer, step, 400, quality)
