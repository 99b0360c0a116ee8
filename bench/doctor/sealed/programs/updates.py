"""Faults between `backward` and the next batch: gradients that pile up, steps that are not taken."""

from itertools import count

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.sealed.data import batches, blobs, pictures, table, waves
from doctor.sealed.quality import classifies, evaluating, explained, predicts
from doctor.sealed.recipe import Fault, Program, faulty


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


class SpeechNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 40, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(80, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.lstm(x)[0].mean(1))


@faulty(
    Fault.ACCUMULATION,
    "https://github.com/hirofumi0810/neural_sp/issues/168",
    "gradients are accumulated over several batches, and the loss is not divided by their number",
    "divide the loss by accum_grad_n_steps",
)
def speech_accumulation(fault: bool) -> Program:
    """A bidirectional LSTM over speech features, 16 batches accumulated; the optimiser, SGD, is ours."""
    x, t = waves(800)
    model = SpeechNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.4, momentum=0.9)
    rows, k, counter = batches(800, 20), 16, count(1)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        (loss if fault else loss / k).backward()
        if next(counter) % k == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    return Program(model, optimizer, step, 16 * 50, lambda: classifies(model, x, t))


@faulty(
    Fault.ACCUMULATION,
    "https://github.com/agokrani/distillKitPlus/issues/5",
    "the loss that is propagated is summed over the accumulated batches; it grows from 6 to 26 with 8 to 32 steps",
    "divide the loss by the number of accumulated batches",
)
def distillation_accumulation(fault: bool) -> Program:
    """A student is distilled from a teacher's soft targets, 32 batches accumulated; SGD is ours."""
    x, t = blobs(960, classes=6, columns=10, spread=2.0)
    teacher = F.one_hot(t, 6).float() * 3
    model = nn.Sequential(nn.Linear(10, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 6))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    rows, k, counter = batches(960, 16), 32, count(1)

    def step() -> Tensor:
        batch = next(rows)
        soft = F.softmax(teacher[batch] / 2, -1)
        kl = F.kl_div(F.log_softmax(model(x[batch]) / 2, -1), soft, reduction="batchmean") * 4
        loss = 0.5 * kl + 0.5 * F.cross_entropy(model(x[batch]), t[batch])
        (loss if fault else loss / k).backward()
        if next(counter) % k == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    return Program(model, optimizer, step, 32 * 40, lambda: classifies(model, x, t))


class LogSoftmaxMlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer_1, self.layer_2 = nn.Linear(256, 128), nn.Linear(128, 256)
        self.layer_3 = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.layer_1(x.flatten(1)))
        x = torch.relu(self.layer_2(x))
        return torch.log_softmax(self.layer_3(x), dim=1)


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/Lightning-AI/pytorch-lightning/issues/4083",
    "LBFGS evaluates the closure up to 20 times a step, but zero_grad is called once, outside of the closure",
    "call zero_grad inside the closure",
)
def lbfgs_closure(fault: bool) -> Program:
    """Digits, an MLP of 128 and 256 units with log-softmax, negative log-likelihood, LBFGS, one large batch."""
    x, t = pictures(512)
    model = LogSoftmaxMlp()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=20)

    def closure() -> Tensor:
        if not fault:
            optimizer.zero_grad()
        loss = F.nll_loss(model(x), t)
        loss.backward()
        return loss

    def step() -> Tensor:
        optimizer.zero_grad()
        return optimizer.step(closure)

    return Program(model, optimizer, step, 30, lambda: classifies(model, x, t))


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/skorch-dev/skorch/issues/636",
    "zero_grad moved out of the closure of LBFGS, and nets that worked reach a loss of NaN",
    "set the gradient to zero in every call of the closure",
)
def generalised_linear_model(fault: bool) -> Program:
    """A generalised linear model with an exponential link, counts, negative log-likelihood, LBFGS."""
    x, _ = table(400)
    rate = torch.exp(0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * x[:, 2] + 1)
    y = torch.poisson(rate)[:, None]
    model = nn.Linear(9, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=1.0)

    def closure() -> Tensor:
        if not fault:
            optimizer.zero_grad()
        loss = F.poisson_nll_loss(model(x), y, log_input=True)
        loss.backward()
        return loss

    def step() -> Tensor:
        optimizer.zero_grad()
        return optimizer.step(closure)

    def quality() -> float:
        with evaluating(model):
            return explained(model(x).exp(), rate[:, None])

    return Program(model, optimizer, step, 15, quality)
