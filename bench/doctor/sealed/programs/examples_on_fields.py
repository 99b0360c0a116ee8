"""Well-known repositories on pictures, and on functions of a place, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial


class Views(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        conv = [nn.Conv2d(1, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()]
        self.backbone = nn.Sequential(*conv, nn.Flatten(), nn.Linear(512, 64))
        self.projection = nn.Sequential(nn.ReLU(), nn.Linear(64, 32))

    def forward(self, x: Tensor) -> Tensor:
        return self.projection(self.backbone(x))


@tutorial("https://github.com/sthalles/SimCLR")
def altered_views() -> Program:
    """Two altered views of each picture are told from all others: cosines over a temperature of 0.07 (0.2 here), Adam
    at 3e-4 (1e-3 here) with a weight decay of 1e-4 and a cosine. What is learnt is measured by the class of the nearest
    one."""
    x, t = pictures(480, noise=0.1)
    model = Views()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 250)
    rows = batches(480, 48)

    def view(x: Tensor) -> Tensor:
        dy, dx = torch.randint(-2, 3, (2,)).tolist()
        return x.roll((dy, dx), (2, 3)) * (0.8 + 0.4 * torch.rand(len(x), 1, 1, 1)) + 0.1 * torch.randn(x.shape)

    def step() -> Tensor:
        batch = x[next(rows)]
        n = len(batch)
        z = F.normalize(model(torch.cat([view(batch), view(batch)])), dim=1)
        similar = (z @ z.T / 0.2).fill_diagonal_(float("-inf"))
        loss = F.cross_entropy(similar, (torch.arange(2 * n) + n) % (2 * n))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = F.normalize(model.backbone(x), dim=1)
            return right(t[(z @ z.T).fill_diagonal_(-1).argmax(1)], t)

    return Program(model, optimizer, step, 250, quality)


@tutorial("https://github.com/lululxvi/deepxde/blob/master/examples/pinn_forward/Poisson_Dirichlet_1d.py")
def poisson_equation() -> Program:
    """-u'' = pi^2 sin(pi x) between -1 and 1 with zeros at both ends, by a net of three layers of 50 (32 here) tanh:
    the squares of the equation at 16 points and of the ends, Adam at 0.001 (0.003 here)."""
    sizes = [1, 32, 32, 32, 1]
    net = nn.Sequential()
    for before, after in zip(sizes[:-1], sizes[1:], strict=True):
        net.extend([nn.Linear(before, after), nn.Tanh()])
    net = net[:-1]
    for layer in net[::2]:
        nn.init.xavier_uniform_(layer.weight)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    inside, ends = torch.linspace(-1, 1, 18)[1:-1, None].requires_grad_(), torch.tensor([[-1.0], [1.0]])
    grid = torch.linspace(-1, 1, 101)[:, None]

    def step() -> Tensor:
        du = torch.autograd.grad(net(inside).sum(), inside, create_graph=True)[0]
        d2u = torch.autograd.grad(du.sum(), inside, create_graph=True)[0]
        residual = -d2u - math.pi**2 * (math.pi * inside.detach()).sin()
        loss = residual.square().mean() + net(ends).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return explained(net(grid), (math.pi * grid).sin())

    return Program(net, optimizer, step, 1000, quality)


class Sine(nn.Module):
    def __init__(self, inputs: int, outputs: int, first: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / 30
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        return (30 * self.linear(x)).sin()


@tutorial("https://github.com/vsitzmann/siren")
def sine_network() -> Program:
    """A picture as a function of the place: three layers of sines (of 64 here) with frequency 30 and a linear one, mean
    squared error of all pixels, Adam at 1e-4 (5e-4 here)."""
    picture = pictures(1, classes=1, size=24, noise=0.05)[0].flatten()[:, None] * 2 - 1
    place = torch.cartesian_prod(torch.linspace(-1, 1, 24), torch.linspace(-1, 1, 24))
    last = nn.Linear(64, 1)
    nn.init.uniform_(last.weight, -math.sqrt(6 / 64) / 30, math.sqrt(6 / 64) / 30)
    model = nn.Sequential(Sine(2, 64, first=True), Sine(64, 64), Sine(64, 64), last)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)

    def step() -> Tensor:
        loss = (model(place) - picture).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: predicts(model, place, picture))


class Denoiser(nn.Module):
    """Convolutions, to which the level of noise is added."""

    def __init__(self) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(16, 32), nn.SiLU(), nn.Linear(32, 24))
        self.first, self.second = nn.Conv2d(1, 24, 3, padding=1), nn.Conv2d(24, 24, 3, padding=1)
        self.norm, self.last = nn.GroupNorm(4, 24), nn.Conv2d(24, 1, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        angles = t[:, None].float() * 0.02 ** (torch.arange(8) / 8)
        h = F.silu(self.first(x)) + self.time(torch.cat([angles.sin(), angles.cos()], 1))[:, :, None, None]
        return self.last(h + F.silu(self.norm(self.second(h))))


@tutorial("https://github.com/lucidrains/denoising-diffusion-pytorch")
def diffusion() -> Program:
    """The noise in pictures at one of 100 levels, mean squared error, two batches accumulated, Adam at 8e-5 (1e-3
    here), gradients clipped at 1."""
    x = 2 * pictures(400, noise=0.02)[0] - 1
    kept = torch.cumprod(1 - torch.linspace(1e-3, 0.1, 100), 0)
    model = Denoiser()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.99))
    rows = batches(400, 16)
    fixed_t, fixed_noise = torch.randint(100, (400,)), torch.randn(x.shape)

    def noisy(x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        a = kept[t][:, None, None, None]
        return a.sqrt() * x + (1 - a).sqrt() * noise

    def step() -> Tensor:
        total = torch.zeros(())
        for _ in range(2):
            batch = x[next(rows)]
            t, noise = torch.randint(100, (len(batch),)), torch.randn(batch.shape)
            loss = F.mse_loss(model(noisy(batch, t, noise), t), noise) / 2
            total += loss.detach()
            loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return total

    def quality() -> float:
        with evaluating(model):
            return explained(model(noisy(x, fixed_t, fixed_noise), fixed_t), fixed_noise)

    return Program(model, optimizer, step, 200, quality)


@tutorial("https://machinelearningmastery.com/building-a-multiclass-classification-model-in-pytorch/")
def flowers() -> Program:
    """Three kinds of flowers by four measurements: a hidden layer of eight ReLUs, cross-entropy, Adam at 0.001 (0.005
    here), batches of 5."""
    x, t = blobs(150, columns=4, spread=1.5)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 5)
    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))
