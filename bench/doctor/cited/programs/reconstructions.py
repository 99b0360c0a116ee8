"""Autoencoders, and other nets that give pictures or signals."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(256, 32), nn.Linear(32, 256)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.decoder(F.relu(self.encoder(x))))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/keras-team/keras/issues/3642",
    "the tutorial's autoencoder is fed integers from 0 to 255: the reconstructions are far worse",
    "cast to float and normalise",
)
def autoencoder_of_the_blog(fault: bool) -> Program:
    """Digits to 32 units and back, ReLU and sigmoid, binary cross-entropy of clipped probabilities, Adadelta (at 1)."""
    x, _ = pictures(500, 4, noise=0.05)
    x = x.flatten(1)
    pixels = (255 * x).round() if fault else x
    model = Autoencoder()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)

    def criterion(y: Tensor, t: Tensor) -> Tensor:
        y = y.clamp(1e-7, 1 - 1e-7)
        return -(t * torch.log(y) + (1 - t) * torch.log(1 - y)).mean()

    step = plain(model, optimizer, criterion, pixels, pixels, 50)

    def quality() -> float:
        with evaluating(model):
            y = model(pixels)
            return explained(255 * y if fault else y, pixels)

    return Program(model, optimizer, step, 900, quality)


class Vae(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.mean, self.log_var = nn.Linear(256, 96), nn.Linear(96, 8), nn.Linear(96, 8)
        self.up, self.out = nn.Linear(8, 96), nn.Linear(96, 256)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.out(F.softplus(self.up(z))))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.softplus(self.hidden(x))
        mean, log_var = self.mean(h), self.log_var(h)
        return self.decode(mean + torch.randn_like(mean) * torch.exp(log_var / 2)), mean, log_var


@faulty(
    Fault.NUMERICS,
    "https://github.com/iusaspb/deep_learning_Nikolenko_and_Co/issues/1",
    "log(1e-10 + 1 - y): in single precision 1e-10 is lost, and for a y of 1 the loss becomes NaN",
    "a larger number (1e-7)",
)
def small_epsilon(fault: bool) -> Program:
    """A variational autoencoder of digits of two values, softplus, the cross-entropy written out and summed over the
    pixels plus the KL divergence, Adam (0.01 here). All pictures have a frame of ones."""
    x, _ = pictures(500, noise=0.05)
    x = (x > 0.5).float()
    x[..., :2] = 1
    x = x.flatten(1)
    model = Vae()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    epsilon, rows = 1e-10 if fault else 1e-7, batches(500, 50)

    def step() -> Tensor:
        batch = x[next(rows)]
        y, mean, log_var = model(batch)
        reconstruction = -(batch * torch.log(epsilon + y) + (1 - batch) * torch.log(epsilon + 1 - y)).sum(1)
        latent = -0.5 * (1 + log_var - mean.square() - log_var.exp()).sum(1)
        loss = (reconstruction + latent).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model.decode(model.mean(F.softplus(model.hidden(x)))), x)

    return Program(model, optimizer, step, 400, quality)


class Enhancer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, 16, 9, padding=4), nn.PReLU(), nn.Conv1d(16, 16, 9, padding=4), nn.PReLU(),
            nn.Conv1d(16, 1, 9, padding=4),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.net(x))


@faulty(
    Fault.NUMERICS,
    "https://github.com/mpariente/pytorch_stoi/pull/14",
    "epsilon is added behind the square root: where a frame is silent the gradient is not finite",
    "epsilon inside of the square root",
)
def intelligibility(fault: bool) -> Program:
    """Speech without its noise: a mask by convolutions, the squared error minus the correlation of frames, Adam at
    0.001."""
    time = torch.arange(128.0)
    clean = torch.sin(time * (0.2 + 0.6 * torch.rand(300, 1)))[:, None]
    clean = clean * (torch.rand(300, 1, 8) < 0.7).repeat_interleave(16, 2)
    # What is recorded is silent where the speaker is, but for some noise; one in ten is silent altogether for a while.
    noisy = clean + 0.3 * torch.randn(clean.shape)
    noisy[:30, :, :32] = 0
    model = Enhancer()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(300, 30)

    def norm(x: Tensor) -> Tensor:
        squares = x.square().sum(-1, keepdim=True)
        return squares.sqrt() + 1e-8 if fault else (squares + 1e-8).sqrt()

    def step() -> Tensor:
        batch = next(rows)
        guess, target = model(noisy[batch]).view(-1, 16), clean[batch].view(-1, 16)
        correlation = (guess / norm(guess) * target / norm(target)).sum(-1).mean()
        loss = F.mse_loss(guess, target) - 0.1 * correlation
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(noisy), clean)

    return Program(model, optimizer, step, 250, quality)


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/yastrebksv/TennisCourtDetector/issues/7",
    "there is no optimizer.zero_grad() in the trainer",
    "call it in each step",
)
def tennis_court(fault: bool) -> Program:
    """A heat map of a point by convolutions with batch normalisation, mean squared error, Adam with betas 0.9 and
    0.999; the rate is 0.003 here."""
    n = 300
    at = torch.randint(3, 13, (n, 2))
    grid = torch.arange(16)
    blob = torch.exp(-((grid[:, None] - at[:, :1, None]) ** 2 + (grid - at[:, 1:, None]) ** 2) / 4.0)[:, None]
    x = blob.gt(0.5).float() + 0.5 * torch.randn(n, 1, 16, 16)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(),
        nn.BatchNorm2d(8), nn.Conv2d(8, 1, 3, padding=1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, betas=(0.9, 0.999), weight_decay=0)
    criterion, rows = nn.MSELoss(), batches(n, 30)

    def step() -> Tensor:
        batch = next(rows)
        model.train()
        loss = criterion(model(x[batch]), blob[batch])
        if not fault:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x), blob)

    return Program(model, optimizer, step, 200, quality)
