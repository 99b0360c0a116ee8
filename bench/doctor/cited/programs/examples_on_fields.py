"""Well-known repositories on equations, noise and clicks, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, right
from doctor.harness.recipe import Program, tutorial


class Clicks(nn.Module):
    """Embeddings of the categories, dense layers over the numbers, the products of all pairs, dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.EmbeddingBag(20, 8, mode="sum") for _ in range(3))
        self.bottom = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 8), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(14, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())

    def forward(self, dense: Tensor, categories: Tensor) -> Tensor:
        x = self.bottom(dense)
        features = torch.stack([x, *(table(c[:, None]) for table, c in zip(self.tables, categories.T, strict=True))], 1)
        i, j = torch.tril_indices(4, 4, -1)
        return self.top(torch.cat([x, (features @ features.transpose(1, 2))[:, i, j]], 1))


@tutorial("https://github.com/facebookresearch/dlrm")
def clicks() -> Program:
    """Clicks by five numbers and three categories with a recommendation model whose features are multiplied in pairs,
    the mean binary cross-entropy, SGD at 0.1 (0.5 here)."""
    dense, categories = torch.randn(1000, 5), torch.randint(20, (1000, 3))
    taste = torch.randn(3, 20, 2)
    chosen = torch.stack([taste[i][categories[:, i]] for i in range(3)])
    score = (chosen[0] * chosen[1]).sum(1) + dense[:, 0] + dense[:, 1] * chosen[2, :, 0]
    y = (score > 0).float()[:, None]
    model = Clicks()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    rows = batches(1000, 64)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy(model(dense[batch], categories[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(dense, categories) > 0.5).long(), y.long())

    return Program(model, optimizer, step, 800, quality)


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


class Rate(nn.Module):
    """How a point moves, by the cubes of its coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))
        for layer in (self.net[0], self.net[2]):
            nn.init.normal_(layer.weight, std=0.1)
            nn.init.zeros_(layer.bias)

    def forward(self, y: Tensor) -> Tensor:
        return self.net(y**3)

    def follow(self, y: Tensor, steps: int, h: float) -> Tensor:
        """Points of the way from each of the first ones, by the midpoint rule."""
        way = [y]
        for _ in range(steps):
            y = y + h * self(y + h / 2 * self(y))
            way.append(y)
        return torch.stack(way)


@tutorial("https://github.com/rtqichen/torchdiffeq/blob/master/examples/ode_demo.py")
def spiral_of_an_equation() -> Program:
    """A spiral by a differential equation that is a net of 50 tanh over cubes, weights of deviation 0.1: short ways
    from random points of it, mean absolute error, RMSprop at 0.001 (0.003 here), batches of 20."""
    rate = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
    h, steps = 0.025, 400
    true = [torch.tensor([2.0, 0.0])]
    for _ in range(steps):
        middle = true[-1] + h / 2 * true[-1] ** 3 @ rate
        true.append(true[-1] + h * middle**3 @ rate)
    spiral = torch.stack(true)
    func = Rate()
    optimizer = torch.optim.RMSprop(func.parameters(), lr=0.003)

    def step() -> Tensor:
        first = torch.randint(steps - 10, (20,))
        optimizer.zero_grad()
        pred = func.follow(spiral[first], 10, h)
        loss = (pred - torch.stack([spiral[first + i] for i in range(11)])).abs().mean()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        # What is explained of the way that is left after ten steps from each point.
        with evaluating(func):
            end = func.follow(spiral[:-10], 10, h)[-1]
            return explained(end - spiral[:-10], spiral[10:] - spiral[:-10])

    return Program(func, optimizer, step, 300, quality)


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
