"""Several losses whose weights do not fit."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.quality import evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


class Features(nn.Module):
    """A combiner of the inputs, and a decoder for each feature that is put out."""

    def __init__(self) -> None:
        super().__init__()
        self.combiner = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 4), nn.ReLU())
        self.decoders = nn.ModuleDict({"binary": nn.Linear(4, 1), "number": nn.Linear(4, 1)})

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        h = self.combiner(x)
        return {name: decoder(h)[:, 0] for name, decoder in self.decoders.items()}


@faulty(
    Fault.LOSS_WEIGHTS,
    "https://github.com/ludwig-ai/ludwig/issues/641",
    "a binary and a numerical feature are predicted together, and the loss of the numerical one dominates",
    "the weight parameter of the losses",
)
def several_features(fault: bool) -> Program:
    """A table with two outputs: squared error of a number and cross-entropy of a binary feature, a combiner for both,
    Adam, batches of 64. The number has a deviation of 30; its weight is 1/900 repaired."""
    x = torch.randn(800, 12)
    number = 30 * (torch.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.5 * x[:, 3])
    binary = (x[:, 6:] @ torch.tensor([1.0, -1.0, 0.8, 0.6, -0.7, 0.5]) > 0).float()
    weights = {"number": 1.0 if fault else 1 / 900, "binary": 1.0}
    model = Features()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    rows = batches(800, 64)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        losses = {
            "number": F.mse_loss(y["number"], number[batch]),
            "binary": F.binary_cross_entropy_with_logits(y["binary"], binary[batch]),
        }
        loss = sum((weights[name] * losses[name] for name in losses), torch.zeros(()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        # Of the output that the source says is not learnt.
        with evaluating(model):
            return right((model(x)["binary"] > 0).long(), binary.long())

    return Program(model, optimizer, step, 400, quality)


class Variational(nn.Module):
    """784-256-2 and back in the source."""

    def __init__(self) -> None:
        super().__init__()
        self.h, self.mean, self.log_sigma = nn.Linear(256, 128), nn.Linear(128, 4), nn.Linear(128, 4)
        self.decoder_h, self.decoder_mean = nn.Linear(4, 128), nn.Linear(128, 256)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.h(x).relu()
        return self.mean(h), self.log_sigma(h)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder_mean(self.decoder_h(z).relu()).sigmoid()


@faulty(
    Fault.LOSS_WEIGHTS,
    "https://github.com/keras-team/keras/pull/3383",
    "the reconstruction loss is a mean over the pixels, extremely small beside the KL divergence",
    "times the number of pixels",
)
def small_reconstruction_loss(fault: bool) -> Program:
    """A variational autoencoder of digits with one hidden layer and a code of 2 (4 here), binary cross-entropy plus the
    KL divergence, RMSprop, batches of 100."""
    x = pictures(1000, noise=0.05)[0].flatten(1)
    vae = Variational()
    optimizer = torch.optim.RMSprop(vae.parameters(), lr=0.001)
    rows = batches(1000, 100)

    def step() -> Tensor:
        batch = x[next(rows)]
        z_mean, z_log_var = vae.encode(batch)
        z = z_mean + torch.randn_like(z_mean) * (z_log_var / 2).exp()
        xent_loss = F.binary_cross_entropy(vae.decode(z), batch)
        if not fault:
            xent_loss = 256 * xent_loss
        kl_loss = -0.5 * (1 + z_log_var - z_mean**2 - z_log_var.exp()).sum(-1).mean()
        loss = xent_loss + kl_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(vae):
            return explained(vae.decode(vae.encode(x)[0]), x)

    return Program(vae, optimizer, step, 500, quality)


@faulty(
    Fault.LOSS_WEIGHTS,
    "https://github.com/lululxvi/deepxde/issues/279",
    "the equation in the square and the values on its edge have the same weight, and the solution is wrong",
    "loss_weights: a very small one for the equation",
)
def laplace_equation(fault: bool) -> Program:
    """The Laplace equation in a square, whose upper edge has other values (up to 20 here), by a net of three layers of
    32 tanh: the squares of the second derivatives plus the squared errors on the edge, Adam (0.005 here)."""
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
    model.append(nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    grid = torch.cartesian_prod(torch.linspace(0, 1, 15), torch.linspace(0, 1, 15))

    def solution(p: Tensor) -> Tensor:
        x, y = p[:, :1], p[:, 1:]
        return 20 * (math.pi * x).sin() * (math.pi * y).sinh() / math.sinh(math.pi)

    def step() -> Tensor:
        inside = torch.rand(40, 2).requires_grad_()
        edge = torch.rand(80, 2)
        side = torch.randint(4, (80,))
        edge[side == 0, 0], edge[side == 1, 0], edge[side == 2, 1], edge[side == 3, 1] = 0.0, 1.0, 0.0, 1.0
        first = torch.autograd.grad(model(inside).sum(), inside, create_graph=True)[0]
        second = sum(torch.autograd.grad(first[:, i].sum(), inside, create_graph=True)[0][:, i] for i in range(2))
        loss = (1.0 if fault else 1e-3) * second.square().mean() + F.mse_loss(model(edge), solution(edge))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(grid), solution(grid))

    return Program(model, optimizer, step, 300, quality)
