"""Embeddings that collapse, and distances between equal ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.quality import evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


def nearest(z: Tensor, t: Tensor) -> float:
    """How well the class of the nearest other embedding tells that of each; without distances it is a guess."""
    # Embeddings that are all the same have no nearest one: noise, which is small beside margins, makes it chance.
    z = z + 0.03 * torch.randn(z.shape, generator=torch.Generator().manual_seed(0))
    distances = torch.cdist(z, z).fill_diagonal_(float("inf"))
    return right(t[distances.argmin(1)], t)


def groups(t: Tensor, classes: int, each: int) -> Tensor:
    """A batch with as many examples of each of some classes."""
    chosen = torch.randperm(int(t.max()) + 1)[:classes]
    scores = torch.rand(len(t))
    return torch.cat([torch.where(t == c, scores, -1.0).topk(each).indices for c in chosen])


class Tower(nn.Module):
    """Blocks of convolutions as VGG has them, and a dense layer to the embedding."""

    def __init__(self, width: int, normalised: bool, channels: int = 1) -> None:
        super().__init__()
        self.normalised = normalised
        self.blocks = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.fc = nn.Linear(width * 16, 24)

    def forward(self, x: Tensor) -> Tensor:
        z = self.fc(self.blocks(x).flatten(1))
        return F.normalize(z, dim=1) if self.normalised else z


@faulty(
    Fault.COLLAPSE,
    "https://github.com/xiaolonw/caffe-video_triplet/issues/8",
    "the loss equals the margin all the time: all embeddings have collapsed to one point",
    "a lower learning rate",
)
def patches_of_videos(fault: bool) -> Program:
    """Which patches are of the same track: three towers with the same weights, cosine distances, the hardest negative
    of the batch, a margin of 0.5, SGD with momentum 0.9 (the rates, 0.5 and 0.01, are ours)."""
    x, t = pictures(600, classes=10, channels=3, noise=0.1)
    tower = Tower(16, normalised=True, channels=3)
    optimizer = torch.optim.SGD(tower.parameters(), lr=1.0 if fault else 0.02, momentum=0.9)

    def step() -> Tensor:
        batch = groups(t, 5, 3)
        z = tower(x[batch])
        similar = z @ z.T
        same = t[batch][:, None] == t[batch][None]
        positive = similar.masked_fill(~same, 2).amin(1)
        negative = similar.masked_fill(same, -2).amax(1)
        loss = (negative - positive + 0.5).clamp(min=0).mean()
        tower.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(tower):
            return nearest(tower(x), t)

    return Program(tower, optimizer, step, 300, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/adambielski/siamese-triplet/issues/18",
    "the square root of the squared distance, whose derivative at 0 is infinite; some samples are exactly the same",
    "a small constant under the root",
)
def same_samples(fault: bool) -> Program:
    """Pairs of digits by a siamese net, contrastive loss with a margin of 1, Adam at 0.001 with a rate that is divided
    by ten after a while. Two in a hundred pairs are of a picture with itself."""
    x, t = pictures(500)
    first, second = torch.randint(500, (2000,)), torch.randint(500, (2000,))
    near = torch.stack([torch.where(t == c, torch.rand(500), -1.0).topk(20).indices for c in range(10)])
    second = torch.where(torch.rand(2000) < 0.5, near[t[first], torch.randint(20, (2000,))], second)
    second = torch.where(torch.rand(2000) < 0.02, first, second)
    target = (t[first] == t[second]).float()
    model = nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.PReLU(), nn.MaxPool2d(2, 2), nn.Conv2d(16, 24, 3), nn.PReLU(), nn.MaxPool2d(2, 2),
        nn.Flatten(), nn.Linear(96, 64), nn.PReLU(), nn.Linear(64, 2),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 350, gamma=0.1)
    rows = batches(2000, 64)
    eps = 0.0 if fault else 1e-9

    def step() -> Tensor:
        batch = next(rows)
        output1, output2 = model(x[first[batch]]), model(x[second[batch]])
        distances = (output2 - output1).pow(2).sum(1)
        apart = F.relu(1 - (distances + eps).sqrt()).pow(2)
        losses = 0.5 * (target[batch] * distances + (1 - target[batch]) * apart)
        loss = losses.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = model(x)
            return right(((z[first] - z[second]).square().sum(1) < 0.25).long(), target.long())

    return Program(model, optimizer, step, 400, quality)


class Sequences(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.gru = nn.Embedding(6, 12), nn.GRU(12, 24, batch_first=True)

    def embed(self, tokens: Tensor) -> Tensor:
        return self.gru(self.embedding(tokens))[1][0]


@faulty(
    Fault.NUMERICS,
    "https://github.com/tensorflow/tensorflow/issues/30199",
    "positives that are equal to their anchor: the gradient of the distance, a root of zero, is NaN",
    "a little noise (under the root here)",
)
def random_sequences(fault: bool) -> Program:
    """Embeddings of sequences of a small vocabulary by a recurrent net, triplets of an anchor, one that ends in the
    same token and one that does not, a margin of 1, Adam."""
    tokens = torch.randint(6, (400, 3))
    tokens[:, 0] = tokens[:, 1]
    last = tokens[:, -1]
    model = Sequences()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    small = 0.0 if fault else 1e-8

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return ((a - b).square().sum(1) + small).sqrt()

    def step() -> Tensor:
        anchor = torch.randint(400, (32,))
        scores = torch.rand(32, 400)
        same = last[anchor][:, None] == last
        positive, negative = scores.masked_fill(~same, -1).argmax(1), scores.masked_fill(same, -1).argmax(1)
        a, p, n = (model.embed(tokens[i]) for i in (anchor, positive, negative))
        loss = F.relu(distance(a, p) - distance(a, n) + 1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return nearest(model.embed(tokens), last)

    return Program(model, optimizer, step, 300, quality)
