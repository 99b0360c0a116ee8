"""Faults in schedules of the rate."""

from itertools import count

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.quality import classifies, predicts
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.SCHEDULE,
    "https://github.com/Lornatang/SRGAN-PyTorch/issues/1",
    "a schedule counted in epochs (StepLR of half of them, 0.1) is stepped after every batch: the rate is soon zero",
    "step it at the end of an epoch",
)
def schedule_per_batch(fault: bool) -> Program:
    """Super-resolution by residual blocks and pixel shuffle, mean squared error, Adam, 30 epochs of 10 batches."""
    sharp = pictures(200, noise=0.0)[0]
    coarse = F.avg_pool2d(sharp, 2)
    model = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.PReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.PReLU())
    model.extend([nn.Conv2d(32, 4, 3, padding=1), nn.PixelShuffle(2)])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=15, gamma=0.1)
    rows, counter = batches(200, 20), count(1)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(coarse[batch]), sharp[batch])
        loss.backward()
        optimizer.step()
        if fault or next(counter) % 10 == 0:
            scheduler.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: predicts(model, coarse, sharp))


@faulty(
    Fault.SCHEDULE,
    "https://github.com/matteo-dunnhofer/imagenet/issues/10",
    "the rate is divided by 10 in every step, so that it is almost 0; the loss stays at 8.1",
    "divide after 10 epochs",
)
def rate_divided_each_step(fault: bool) -> Program:
    """An AlexNet in small: convolutions, dense layers with dropout, cross-entropy, SGD with momentum 0.9."""
    x, t = pictures(600, channels=3)
    model = nn.Sequential(nn.Conv2d(3, 24, 5, 2, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(24, 48, 3, 1, 1), nn.ReLU())
    model.extend([nn.Flatten(), nn.Dropout(0.3), nn.Linear(768, 128), nn.ReLU(), nn.Linear(128, 10)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    rows, counter = batches(600, 30), count(1)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if fault or next(counter) % 200 == 0:
            optimizer.param_groups[0]["lr"] /= 10
        return loss

    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


class Motion(nn.Module):
    """An autoencoder of sequences: a GRU encodes, another decodes."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.GRU(3, 32, batch_first=True), nn.GRU(8, 32, batch_first=True)
        self.code, self.out = nn.Linear(32, 8), nn.Linear(32, 3)

    def forward(self, x: Tensor) -> Tensor:
        z = self.code(self.encoder(x)[1][-1])
        return self.out(self.decoder(z[:, None].expand(-1, x.shape[1], -1))[0])


@faulty(
    Fault.SCHEDULE,
    "https://github.com/LINCellularNeuroscience/VAME/issues/26",
    "with the scheduler switched off, StepLR(step_size=100, gamma=0) makes the rate 0 after 100 epochs",
    "gamma=1",
)
def rate_becomes_zero(fault: bool) -> Program:
    """A recurrent autoencoder of motion, mean squared error, Adam; the schedule is stepped per batch here."""
    n = 200
    speed = 0.2 + 0.4 * torch.rand(n, 1, 1)
    phase = torch.tensor([0.0, 1.5, 3.0])
    x = torch.sin(speed * torch.arange(12.0)[None, :, None] + phase)
    model = Motion()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=100, gamma=0.0 if fault else 1.0)
    rows = batches(n, 20)

    def step() -> Tensor:
        batch = x[next(rows)]
        optimizer.zero_grad()
        loss = F.mse_loss(model(batch), batch)
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, x))
