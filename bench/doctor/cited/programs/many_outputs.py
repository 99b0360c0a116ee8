"""Losses of their own over many outputs, factors, and boxes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


class AsymmetricLoss(nn.Module):
    """For several labels at once; easy negatives count less."""

    def __init__(self, total: bool) -> None:
        super().__init__()
        self.total = total

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        p = torch.sigmoid(x)
        negative = (1 - p + 0.05).clamp(max=1)
        loss = y * torch.log(p.clamp(min=1e-8)) + (1 - y) * torch.log(negative.clamp(min=1e-8))
        weight = torch.where(y > 0, (1 - p), (1 - negative) ** 2)
        loss = -loss * weight
        return loss.sum() if self.total else loss.mean()


@faulty(
    Fault.REDUCTION,
    "https://github.com/Alibaba-MIIL/ASL/issues/56",
    "the sum over samples and labels with SGD: the loss becomes NaN, or is far from stable",
    "loss.mean()",
)
def asymmetric_loss(fault: bool) -> Program:
    """Which of 40 things a picture has, an asymmetric loss class, SGD at 1 with momentum 0.9 (the rate is ours)."""
    has = (torch.rand(600, 40) < 0.2).float()
    x = has @ torch.randn(40, 64) / 3 + 0.1 * torch.randn(600, 64)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 40))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
    step = plain(model, optimizer, AsymmetricLoss(total=fault), x, has, 40)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0).long(), has.long())

    return Program(model, optimizer, step, 400, quality)


class FactorizationMachine(nn.Module):
    """A weight for each feature, and factors for each pair."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1))
        self.w = nn.Parameter(scale * torch.rand(120))
        self.v = nn.Parameter(scale * torch.rand(120, 8))

    def forward(self, fields: Tensor) -> Tensor:
        v = self.v[fields]
        pairs = 0.5 * (v.sum(1).square() - v.square().sum(1)).sum(1)
        return self.bias + self.w[fields].sum(1) + pairs


@faulty(
    Fault.LARGE_WEIGHTS,
    "https://github.com/VinceShieh/spark-ffm/issues/12",
    "the initial factors are so large that exp(z) overflows: the loss is NaN",
    "a smaller coefficient for the initial factors",
)
def factorization_machine(fault: bool) -> Program:
    """Clicks from twelve fields by a factorisation machine, parameters without layers, log(1 + exp(-y z)) written out,
    AdaGrad at 0.1."""
    fields = torch.randint(10, (900, 12)) + 10 * torch.arange(12)
    taste = torch.randn(120)
    y = torch.where(taste[fields].sum(1) + 0.3 * torch.randn(900) > 0, 1.0, -1.0)
    model = FactorizationMachine(1.6 if fault else 0.05)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
    step = plain(model, optimizer, lambda z, t: torch.log(1 + torch.exp(-t * z)).mean(), fields, y, 60)

    def quality() -> float:
        with evaluating(model):
            return right((model(fields) > 0).long(), (y > 0).long())

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.SCHEDULE,
    "https://github.com/amoudgl/pygoturn/issues/16",
    "the rate is divided by ten for each sample of the batch that is reached, not once",
    "divide it once",
)
def tracked_boxes(fault: bool) -> Program:
    """A box around an object in two pictures, whose features are concatenated, dense layers with dropout, L1 loss,
    SGD with momentum; the rate is divided by ten after 20 steps and again after 200 (the repaired program halves it
    here)."""
    n = 300
    at = torch.randint(2, 12, (n, 2))
    grid = torch.arange(16)
    inside = ((grid[:, None] - at[:, :1, None]).abs() < 3) & ((grid - at[:, 1:, None]).abs() < 3)
    now = inside.float()[:, None] + 0.1 * torch.randn(n, 1, 16, 16)
    before = now.roll(1, 3)
    y = torch.cat([at - 2, at + 2], 1) / 16 - 0.4
    trunk = nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Flatten()
    )
    head = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 4))
    model = nn.ModuleDict({"features": trunk, "classifier": head})
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
    rows, done = batches(n, 30), iter(range(100_000))

    def predicted(batch: Tensor) -> Tensor:
        return model["classifier"](torch.cat([model["features"](before[batch]), model["features"](now[batch])], 1))

    def step() -> Tensor:
        i, batch = next(done), next(rows)
        if i in (20, 200):
            for _ in range(len(batch) if fault else 1):
                for group in optimizer.param_groups:
                    group["lr"] *= 0.1 if fault else 0.5
        model.train()
        loss = F.l1_loss(predicted(batch), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(predicted(torch.arange(n)), y)

    return Program(model, optimizer, step, 300, quality)
