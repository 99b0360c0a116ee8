"""Examples of Keras on pictures, which work."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Program, tutorial

EXAMPLES = "https://github.com/keras-team/keras-io/blob/master/examples"


@tutorial(f"{EXAMPLES}/vision/mnist_convnet.py")
def simple_convnet() -> Program:
    """Digits by convolutions of 32 and 64 (16 and 32 here) with pooling, dropout of 0.5, a dense layer, Adam, batches
    of 128 (64 here)."""
    x, t = pictures(1024)
    model = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU())
    model.extend([nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(128, 10)])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 64)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@tutorial(f"{EXAMPLES}/vision/autoencoder.py")
def denoising_digits() -> Program:
    """Noisy digits to clean ones: convolutions of 32 (16 here) with pooling, transposed ones back, a sigmoid, binary
    cross-entropy, Adam."""
    clean = pictures(500, noise=0.03)[0]
    noisy = (clean + 0.4 * torch.randn(clean.shape)).clamp(0, 1)
    encoder = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    decoder = [
        nn.MaxPool2d(2),
        nn.ConvTranspose2d(16, 16, 2, 2),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 16, 2, 2),
        nn.ReLU(),
    ]
    model = nn.Sequential(*encoder, *decoder, nn.Conv2d(16, 1, 3, padding=1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    step = plain(model, optimizer, nn.BCELoss(), noisy, clean, 32)
    return Program(model, optimizer, step, 300, lambda: predicts(model, noisy, clean))


@tutorial(f"{EXAMPLES}/vision/knowledge_distillation.py")
def distiller() -> Program:
    """A small convolutional net that learns from a trained larger one: 0.1 times the cross-entropy plus 0.9 times the
    divergence from the teacher's softened outputs (temperature 10), Adam. LeakyReLUs."""
    x, t = pictures(800)

    def network(width: int) -> nn.Sequential:
        conv = [
            nn.Conv2d(1, width, 3, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            nn.LeakyReLU(0.2),
        ]
        return nn.Sequential(*conv, nn.Flatten(), nn.Linear(32 * width, 10))

    teacher, student = network(16), network(4)
    of_teacher = plain(teacher, torch.optim.Adam(teacher.parameters(), lr=0.003), nn.CrossEntropyLoss(), x, t, 64)
    for _ in range(120):
        of_teacher()
    teacher.requires_grad_(False).eval()
    optimizer = torch.optim.Adam(student.parameters(), lr=0.003)
    rows = batches(800, 64)

    def step() -> Tensor:
        batch = next(rows)
        y = student(x[batch])
        soft = (teacher(x[batch]) / 10).softmax(1)
        distillation = F.kl_div((y / 10).log_softmax(1), soft, reduction="batchmean") * 10**2
        loss = 0.1 * F.cross_entropy(y, t[batch]) + 0.9 * distillation
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(student, optimizer, step, 300, lambda: classifies(student, x, t))


class Mixer(nn.Module):
    """Two dense layers over the patches, two over the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(32), nn.LayerNorm(32)
        self.patches = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16), nn.Dropout(0.2))
        self.channels = nn.Sequential(nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 32), nn.Dropout(0.2))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.patches(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


class MixerNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.position = nn.Linear(48, 32), nn.Parameter(0.02 * torch.randn(16, 32))
        self.blocks, self.head = nn.Sequential(Mixer(), Mixer()), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        patches = F.unfold(x, 4, stride=4).transpose(1, 2)
        return self.head(F.dropout(self.blocks(self.embed(patches) + self.position).mean(1), 0.2, self.training))


@tutorial(f"{EXAMPLES}/vision/mlp_image_classification.py")
def mixer_of_patches() -> Program:
    """Coloured pictures by an MLP-Mixer of two blocks (four in the source), AdamW at 0.005 with a weight decay of 1e-4,
    batches of 128 (64 here)."""
    x, t = pictures(800, channels=3)
    model = MixerNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.005, weight_decay=1e-4)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 64)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Pets(nn.Module):
    """A U-Net as of Xception: separable convolutions down with residuals, transposed ones up with residuals."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU())
        separable = [nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Conv2d(16, 24, 1)]
        self.down = nn.Sequential(*separable, nn.BatchNorm2d(24), nn.MaxPool2d(3, 2, 1))
        self.down_residual = nn.Conv2d(16, 24, 1, 2)
        up = [nn.ReLU(), nn.ConvTranspose2d(24, 16, 3, padding=1), nn.BatchNorm2d(16)]
        self.up = nn.Sequential(*up, nn.Upsample(scale_factor=2))
        self.up_residual = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(24, 16, 1))
        self.last = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(16, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.entry(x)
        x = self.down(x) + self.down_residual(x)
        return self.last(self.up(x) + self.up_residual(x))


@tutorial(f"{EXAMPLES}/vision/oxford_pets_image_segmentation.py")
def pets() -> Program:
    """Pet, background or outline for each pixel: a U-Net as of Xception, cross-entropy, Adam at 1e-4 (3e-3 here)."""
    shape = pictures(160, channels=1, noise=0.0)[0][:, 0]
    t = (shape > 0.3).long() + (shape > 0.65).long()
    x = torch.stack([shape, 1 - shape, shape**2], 1) + 0.1 * torch.randn(160, 3, 16, 16)
    model = Pets()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 16)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Quantiser(nn.Module):
    """An autoencoder with a code book, whose gradient passes straight through."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 8, 3, 2, 1))
        self.codes = nn.Parameter(torch.rand(8, 32) - 0.5)
        up = [nn.ConvTranspose2d(8, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 16, 4, 2, 1), nn.ReLU()]
        self.decoder = nn.Sequential(*up, nn.Conv2d(16, 1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        z = self.encoder(x).movedim(1, -1)
        flat = z.reshape(-1, 8)
        distances = flat.square().sum(1, keepdim=True) - 2 * flat @ self.codes + self.codes.square().sum(0)
        q = self.codes.T[distances.argmin(1)].view_as(z)
        self.vq_loss = 0.25 * (q.detach() - z).square().mean() + (q - z.detach()).square().mean()
        return self.decoder((z + (q - z).detach()).movedim(-1, 1))


@tutorial(f"{EXAMPLES}/generative/vq_vae.py")
def code_book() -> Program:
    """A vector-quantised autoencoder of digits: squared error over the variance of the data, a code book's loss and
    0.25 times a commitment loss, Adam."""
    x = pictures(500, noise=0.05)[0] - 0.5
    model = Quantiser()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows, variance = batches(500, 50), x.var()

    def step() -> Tensor:
        batch = x[next(rows)]
        reconstruction = model(batch)
        loss = F.mse_loss(reconstruction, batch) / variance + model.vq_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: predicts(model, x, x))


class Contrast(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        conv = [nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 2, 1), nn.ReLU()]
        self.encoder = nn.Sequential(*conv, nn.Flatten())
        self.projection = nn.Sequential(nn.Linear(256, 64), nn.ReLU())

    def project(self, x: Tensor) -> Tensor:
        return F.normalize(self.projection(self.encoder(x)), dim=1)


@tutorial(f"{EXAMPLES}/vision/supervised-contrastive-learning.py")
def supervised_contrast() -> Program:
    """Embeddings of pictures of the same class together, of others apart: cross-entropy of the cosines over a
    temperature (0.05; 0.1 here) with the pairs of the same class (the N-pairs loss), Adam at 0.001."""
    x, t = pictures(600)
    model = Contrast()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    rows = batches(600, 60)

    def step() -> Tensor:
        batch = next(rows)
        z = model.project(x[batch])
        same = (t[batch][:, None] == t[batch]).float()
        loss = F.cross_entropy(z @ z.T / 0.1, same / same.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = model.project(x)
            return right(t[(z @ z.T).fill_diagonal_(-1).argmax(1)], t)

    return Program(model, optimizer, step, 250, quality)
