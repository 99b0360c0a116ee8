"""Nets that start from another one, and what is trained of them; loops as frameworks run them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, waves
from doctor.harness.loops import lightning
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


class CatsAndDogs(nn.Module):
    """As a LightningModule for fine-tuning: a frozen trunk, a head, and a step that calls them."""

    def __init__(self, trunk: nn.Module, sigmoid: bool) -> None:
        super().__init__()
        self.feature_extractor = trunk.requires_grad_(False)
        self.fc = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.Linear(16, 1))
        self.sigmoid = sigmoid

    def forward(self, x: Tensor) -> Tensor:
        y = self.fc(self.feature_extractor(x))
        return torch.sigmoid(y) if self.sigmoid else y

    def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
        x, t = batch
        return F.binary_cross_entropy_with_logits(self(x), t.view((-1, 1)).float())


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/Lightning-AI/pytorch-lightning/pull/7096",
    "forward ends in a sigmoid, and the loss is binary_cross_entropy_with_logits",
    "a loss of probabilities, or no sigmoid in forward (here)",
)
def transfer_of_lightning(fault: bool) -> Program:
    """Two classes of pictures by the features of a frozen convolutional net and three dense layers, SGD here (Adam in
    the source), trained as Lightning does."""
    x, t = pictures(400, 2)
    trunk = nn.Sequential(nn.Conv2d(1, 4, 5, 2), nn.ReLU(), nn.Conv2d(4, 16, 3, 2), nn.ReLU(), nn.Flatten())
    model = CatsAndDogs(nn.Sequential(trunk, nn.LayerNorm(64, elementwise_affine=False)), fault)
    optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.2, momentum=0.5)
    step = lightning(model.training_step, optimizer, (x, t), 32)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > (0.5 if fault else 0)).long().flatten(), t)

    return Program(model, optimizer, step, 350, quality)


class LowRank(nn.Module):
    """A frozen layer with an adapter of low rank."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(4, layer.in_features) / math.sqrt(layer.in_features))
        self.b = nn.Parameter(torch.zeros(layer.out_features, 4))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + x @ self.a.T @ self.b.T


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/tenstorrent/tt-blacksmith/pull/711",
    "the trainer for adapters of low rank never calls zero_grad after the optimiser's step",
    "zero_grad with each step",
)
def adapters_of_low_rank(fault: bool) -> Program:
    """Adapters of rank 4 in a frozen net, cross-entropy, SGD here (AdamW in the source)."""
    x, t = pictures(500)
    x = x.flatten(1)
    base = nn.Sequential(nn.Linear(256, 48), nn.GELU(), nn.Linear(48, 48), nn.GELU(), nn.Linear(48, 10))
    model = nn.Sequential(*(LowRank(m) if isinstance(m, nn.Linear) else m for m in base))
    held = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(held, lr=0.2)
    rows = batches(500, 50)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        if not fault:
            optimizer.zero_grad()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class VoiceDecoder(nn.Module):
    """A cell over frames and a chance for each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 24, batch_first=True)
        self.decoder = nn.Sequential(nn.ReLU(), nn.Linear(24, 1), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.rnn(x)[0])[..., 0]


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/snakers4/silero-vad/pull/699",
    "optimizer.zero_grad() is missing in the tuning script",
    "optimizer.zero_grad() before loss.backward()",
)
def voice_activity(fault: bool) -> Program:
    """Whether there is a voice in each frame: a recurrent net, BCELoss without reduction times a mask, the mean of
    it, SGD with momentum here (Adam in the source)."""
    x, frequency = waves(400, length=16)
    t = ((frequency[:, None] > 1) ^ (x[..., 0] > 1.0)).float()
    mask = (torch.rand(400, 16) < 0.9).float()
    model = VoiceDecoder()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    criterion, rows = nn.BCELoss(reduction="none"), batches(400, 40)

    def step() -> Tensor:
        batch = next(rows)
        loss = (criterion(model(x[batch]), t[batch]) * mask[batch]).mean()
        if not fault:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), t.long())

    return Program(model, optimizer, step, 400, quality)


class Brain(nn.Module):
    """Modules by name, and a recipe that runs them, as in a toolkit for speech."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(3, 12, 5, stride=2), nn.LeakyReLU(), nn.Conv1d(12, 12, 3), nn.LeakyReLU()
        )
        self.enc = nn.Sequential(nn.Linear(12, 16), nn.LeakyReLU())
        self.out = nn.Linear(16, 6)

    def compute_forward(self, x: Tensor, detach: bool) -> Tensor:
        feats = self.features(x).mean(2)
        return self.out(self.enc(feats.detach() if detach else feats))


@faulty(
    Fault.DETACHED,
    "https://github.com/speechbrain/speechbrain/issues/1396",
    "the encoder is given feats.detach(): no gradient comes to what is before it",
    "do not detach",
)
def speech_encoder(fault: bool) -> Program:
    """Convolutions over a signal, their mean, an encoder, six classes; methods of a class in the place of forward,
    Adam. The convolutions start small here, so that they have to be learnt."""
    x, t = waves(500, length=32, classes=6)
    x = x.transpose(1, 2)
    model = Brain()
    with torch.no_grad():
        for p in model.features.parameters():
            p.mul_(0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(500, 25)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model.compute_forward(x[batch], fault), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model.compute_forward(x, fault).argmax(1), t)

    return Program(model, optimizer, step, 300, quality)
