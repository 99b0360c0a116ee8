"""Targets as they come: energies, masks up to 255, outputs on different scales; and values that are no numbers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Atomwise(nn.Module):
    """An energy of each atom by its surroundings, whose sum is the molecule's; standardised if statistics are given."""

    def __init__(self, mean: float = 0.0, stddev: float = 1.0) -> None:
        super().__init__()
        self.embedding, self.filters = nn.Embedding(5, 32), nn.Linear(8, 32)
        self.dense, self.out = nn.Linear(32, 32), nn.Linear(32, 1)
        self.mean, self.stddev = mean, stddev

    def forward(self, numbers: Tensor, positions: Tensor) -> Tensor:
        distances = ((positions[:, :, None] - positions[:, None]).square().sum(-1) + 1e-6).sqrt()
        radial = torch.exp(-((distances[..., None] - torch.linspace(0, 4, 8)) ** 2))
        x = self.embedding(numbers)
        x = x + (self.filters(radial) * x[:, None]).mean(2)
        x = F.softplus(self.dense(x))
        return (self.out(x) * self.stddev + self.mean).sum(1)


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/atomistic-machine-learning/schnetpack/issues/336",
    "energies as they are: losses of hundreds of millions, which fall slowly",
    "mean and standard deviation of the data as arguments of the output module",
)
def energies_of_molecules(fault: bool) -> Program:
    """Energies of molecules of six atoms by continuous filters, a sum over atoms, mean squared error, Adam."""
    numbers, positions = torch.randint(5, (400, 6)), 1.5 * torch.randn(400, 6, 3)
    kinds = torch.tensor([-14.0, -1030.0, -1490.0, -2040.0, -2710.0])
    distances = torch.cdist(positions, positions) + 10 * torch.eye(6)
    y = (kinds[numbers].sum(1) - 300 * torch.exp(-distances).sum((1, 2)))[:, None]
    model = Atomwise() if fault else Atomwise((y / 6).mean().item(), y.std().item())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(400, 25)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(numbers[batch], positions[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(numbers, positions), y)

    return Program(model, optimizer, step, 120, quality)


class Hourglass(nn.Module):
    """A recurrent autoencoder: a window to a code and to its last row."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.narrow = nn.LSTM(10, 24, batch_first=True), nn.LSTM(24, 8, batch_first=True)
        self.wide, self.out = nn.LSTM(8, 24, batch_first=True), nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.narrow(self.encoder(x)[0])[0]
        return self.out(self.wide(h)[0][:, -1])


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/equinor/gordo/issues/430",
    "the inputs are scaled in the pipeline, the targets (100 times as large) are not: another loss by far",
    "a transformer of the targets, MinMaxScaler",
)
def hourglass_of_sensors(fault: bool) -> Program:
    """Ten sensors with values up to 100: an LSTM autoencoder of windows whose inputs are scaled to 0..1, squared error,
    Adam at 0.001 (0.005 here)."""
    latent = torch.rand(703, 3)
    raw = 100 * (latent @ torch.rand(3, 10) / 3)
    low, high = raw.amin(0), raw.amax(0)
    scaled = (raw - low) / (high - low)
    x, y = scaled.unfold(0, 4, 1).transpose(1, 2), (raw if fault else scaled)[3:]
    model = Hourglass()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 32)
    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/ai2cm/fv3net/pull/506",
    "inputs and outputs, tendencies of very different size, are not normalised: nets do not train properly",
    "standard scaling of inputs and outputs",
)
def tendencies(fault: bool) -> Program:
    """The tendencies of heat and moisture in eight layers of air, packed into one vector: a dense net, mean squared
    error, Adam. The heat is a thousand times as large as the moisture."""
    x = torch.randn(800, 10)
    heat = torch.tanh(x @ torch.randn(10, 8) / 2)
    moisture = torch.sin(x @ torch.randn(10, 8) / 3)
    y = torch.cat([50 * heat, 0.05 * moisture], 1)
    scale = y.std(0)
    model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    goal = y if fault else (y - y.mean(0)) / scale
    step = plain(model, optimizer, nn.MSELoss(), x, goal, 32)

    def quality() -> float:
        # The mean over the outputs: each counts as much.
        with evaluating(model):
            p = model(x)
            return sum(max(explained(p[:, i], goal[:, i]), -1.0) for i in range(16)) / 16

    return Program(model, optimizer, step, 600, quality)


class SmallUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 12, 3, padding=1), nn.Conv2d(12, 24, 3, padding=1)
        self.up, self.merge, self.out = (
            nn.ConvTranspose2d(24, 12, 2, 2),
            nn.Conv2d(24, 12, 3, padding=1),
            nn.Conv2d(12, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        c = F.relu(self.merge(torch.cat([self.up(b), a], 1)))
        return torch.sigmoid(self.out(c))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/hlamba28/UNET-TGS/issues/8",
    "the masks are not divided by 255: negative values of the binary cross-entropy",
    "masks divided by 255",
)
def salt(fault: bool) -> Program:
    """Where there is salt in seismic pictures, a U-Net, binary cross-entropy written out, Adam."""
    corner = torch.randint(1, 9, (160, 2))
    i = torch.arange(16)
    row = (i >= corner[:, :1]) & (i < corner[:, :1] + 6)
    column = (i >= corner[:, 1:]) & (i < corner[:, 1:] + 6)
    mask = (row[:, :, None] & column[:, None]).float()[:, None]
    x = (0.3 + 0.4 * mask + 0.2 * torch.randn(mask.shape)).clamp(0, 1)
    y = 255 * mask if fault else mask
    model = SmallUNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(160, 8)

    def step() -> Tensor:
        batch = next(rows)
        p = model(x[batch]).clamp(1e-7, 1 - 1e-7)
        loss = -(y[batch] * p.log() + (1 - y[batch]) * (1 - p).log()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), mask.long())

    return Program(model, optimizer, step, 250, quality)


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/qubvel/segmentation_models/issues/95",
    "a loss that falls to -200 and an IoU above 1: the masks have other values than 0 and 1",
    "masks of 0 and 1",
)
def cells(fault: bool) -> Program:
    """Segmentation of blobs by convolutions with batch normalisation, binary cross-entropy plus the Jaccard loss,
    Adam."""
    shapes, _ = pictures(120, noise=0.0)
    mask = (shapes > 0.5).float()
    x = shapes + 0.3 * torch.randn(shapes.shape)
    y = 255 * mask if fault else mask
    conv = [nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    model = nn.Sequential(*conv, nn.Conv2d(16, 1, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(120, 6)

    def bce_jaccard_loss(logits: Tensor, gt: Tensor) -> Tensor:
        pr = logits.sigmoid()
        intersection = (gt * pr).sum((1, 2, 3))
        union = (gt + pr).sum((1, 2, 3)) - intersection
        return F.binary_cross_entropy_with_logits(logits, gt) + (1 - (intersection + 1) / (union + 1)).mean()

    def step() -> Tensor:
        batch = next(rows)
        loss = bce_jaccard_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0).long(), mask.long())

    return Program(model, optimizer, step, 250, quality)
