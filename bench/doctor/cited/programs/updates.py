"""Faults between `backward` and the next batch: gradients that pile up, steps that are not taken."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, waves
from doctor.harness.quality import classifies, evaluating, explained, predicts
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/IBM/aihwkit/issues/446",
    "the gradients are never set to zero, and the loss falls and then rises again",
    "call opt.zero_grad() in each iteration",
)
def single_layer(fault: bool) -> Program:
    """One linear layer, 4 to 2, mean squared error, SGD at 0.1, the same few samples in each iteration."""
    x = torch.rand(32, 4)
    y = x @ torch.randn(4, 2) + 0.3
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step() -> Tensor:
        if not fault:
            optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


class DigitsModel(nn.Module):
    """A model that brings its own training step."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(256, 512)
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(512, 10)

    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(self.out(self.dropout(F.relu(self.dense(x)))), dim=-1)

    def train_step(self, x: Tensor, t: Tensor, optimizer: torch.optim.Optimizer, zero: bool) -> Tensor:
        if zero:
            self.zero_grad()
        loss = F.nll_loss(torch.log(self(x).clamp(1e-7, 1)), t)
        loss.backward()
        optimizer.step()
        return loss


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/fchollet/deep-learning-with-python-notebooks/issues/293",
    "the train_step of a custom model never calls zero_grad, and the results are terrible",
    "call self.zero_grad()",
)
def custom_train_step(fault: bool) -> Program:
    """Digits, dense 512 ReLU, dropout 0.5, softmax of 10, cross-entropy of probabilities, RMSprop."""
    x, t = pictures(1024)
    x = x.flatten(1)
    model = DigitsModel()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    rows = batches(1024, 64)

    def step() -> Tensor:
        batch = next(rows)
        return model.train_step(x[batch], t[batch], optimizer, zero=not fault)

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class KeywordSpotter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 48, num_layers=2, batch_first=True)
        self.classifier = nn.Linear(48, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.gru(x)[0].mean(1))


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/wenet-e2e/wekws/pull/73",
    "optimizer.step() is called, optimizer.zero_grad() is not",
    "call optimizer.zero_grad() above loss.backward()",
)
def keyword_spotting(fault: bool) -> Program:
    """Keyword spotting by a GRU over frames of features, cross-entropy, Adam at 0.001, gradients clipped."""
    x, t = waves(800)
    model = KeywordSpotter()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(800, 40)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        if not fault:
            optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class CentrePoints(nn.Module):
    """A heat map of where the object is, and its size."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
        )
        self.heat, self.size = nn.Conv2d(16, 1, 1), nn.Conv2d(16, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.backbone(x)
        return self.heat(features), self.size(features)


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/xingyizhou/CenterNet/issues/928",
    "after loss.backward() and optimizer.step() nothing clears the gradients; the loss becomes huge from epoch 2",
    "call optimizer.zero_grad() after optimizer.step()",
)
def centre_points(fault: bool) -> Program:
    """A detector with a heat map of centres and a map of sizes, two losses added, Adam."""
    n, side = 256, 16
    centre, size = torch.randint(3, 13, (n, 2)), torch.rand(n) + 0.5
    grid = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij"), -1)
    distance = (grid[None] - centre[:, None, None]).square().sum(-1)
    heat = torch.exp(-distance / 4)[:, None]
    x = (distance < 4 * size[:, None, None] ** 2).float()[:, None] + 0.1 * torch.randn(n, 1, side, side)
    model = CentrePoints()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    rows = batches(n, 16)

    def step() -> Tensor:
        batch = next(rows)
        found, sized = model(x[batch])
        heat_loss = F.mse_loss(found.sigmoid(), heat[batch])
        size_loss = ((sized[:, 0] - size[batch][:, None, None]).abs() * heat[batch][:, 0]).sum() / heat[batch].sum()
        loss = heat_loss + 0.1 * size_loss
        loss.backward()
        optimizer.step()
        if not fault:
            optimizer.zero_grad()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x)[0].sigmoid(), heat)

    return Program(model, optimizer, step, 200, quality)


class Denoiser(nn.Module):
    """Says which noise was added to a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(2, 32, 3, stride=2, padding=1)
        self.middle = nn.Conv2d(32, 32, 3, padding=1)
        self.up = nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1)
        self.out = nn.Conv2d(16 + 2, 1, 3, padding=1)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        x = torch.cat([x, level.expand_as(x)], 1)
        h = F.silu(self.middle(F.silu(self.down(x))))
        return self.out(torch.cat([F.silu(self.up(h)), x], 1))


@faulty(
    Fault.MISSING_STEP,
    "https://github.com/tedlasai/learn2refocus/issues/5",
    "after backward come lr_scheduler.step() and optimizer.zero_grad(), but no optimizer.step()",
    "call optimizer.step()",
)
def diffusion_without_step(fault: bool) -> Program:
    """A diffusion model that predicts the noise, mean squared error, AdamW, a schedule stepped per batch."""
    x = pictures(256)[0] * 2 - 1
    model = Denoiser()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: min(1, (i + 1) / 10))
    rows = batches(256, 32)

    def step() -> Tensor:
        clean = x[next(rows)]
        level, noise = torch.rand(len(clean), 1, 1, 1), torch.randn_like(clean)
        loss = F.mse_loss(model((1 - level) * clean + level * noise, level), noise)
        loss.backward()
        if not fault:
            optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        return loss

    def quality() -> float:
        with evaluating(model):
            noise, level = torch.randn_like(x), torch.full((len(x), 1, 1, 1), 0.6)
            return explained(model(0.4 * x + 0.6 * noise, level), noise)

    return Program(model, optimizer, step, 250, quality)
