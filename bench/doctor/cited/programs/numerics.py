"""Faults of arithmetic: roots and logarithms of zero, divisions by zero, rows without a finite entry."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Perceptual(nn.Module):
    """Distances between pictures by normalised features of fixed convolutions."""

    def __init__(self, inside: bool) -> None:
        super().__init__()
        self.inside = inside
        self.features = nn.Sequential(nn.Conv2d(1, 8, 1), nn.ReLU())
        for p in self.features.parameters():
            p.requires_grad_(False)

    def normalised(self, x: Tensor) -> Tensor:
        f = self.features(x)
        if self.inside:
            return f / torch.sqrt((f**2).sum(1, keepdim=True) + 1e-8)
        return f / (torch.sqrt((f**2).sum(1, keepdim=True)) + 1e-10)

    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        return F.mse_loss(y, x) + 0.1 * (self.normalised(y) - self.normalised(x)).square().sum(1).mean()


@faulty(
    Fault.NUMERICS,
    "https://github.com/richzhang/PerceptualSimilarity/issues/69",
    "epsilon is added outside of the square root of the features' norm: where all are zero the gradient is NaN",
    "add it under the root",
)
def root_of_zero_features(fault: bool) -> Program:
    """Denoising with a perceptual loss of normalised features added to the squared error, Adam."""
    x = (2 * pictures(200, noise=0.0)[0] - 1).clamp(min=0)
    noisy = x + 0.3 * torch.randn_like(x)
    criterion = Perceptual(inside=not fault)
    nn.init.constant_(criterion.features[0].bias, -0.05)
    model = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1), nn.ReLU())
    nn.init.constant_(model[2].bias, 0.02)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, criterion, noisy, x, 20)
    return Program(model, optimizer, step, 150, lambda: predicts(model, noisy, x))


class ArcFace(nn.Module):
    """Cosines to the centres of the classes, with a margin on the angle to the true one."""

    def __init__(self, clamped: bool) -> None:
        super().__init__()
        self.clamped = clamped
        self.backbone = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3))
        self.centres = nn.Parameter(torch.randn(4, 3))

    def cosine(self, x: Tensor) -> Tensor:
        return F.linear(F.normalize(self.backbone(x)), F.normalize(self.centres))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        cosine = self.cosine(x)
        square = 1.0 - cosine.square()
        sine = torch.sqrt(square.clamp(1e-6, 1) if self.clamped else square)
        with_margin = cosine * 0.955 - sine * 0.296
        return 8 * torch.where(F.one_hot(t, 4).bool(), with_margin, cosine)


@faulty(
    Fault.NUMERICS,
    "https://github.com/ronghuaiyang/arcface-pytorch/issues/91",
    "the sine is the square root of 1 - cosine squared, whose slope is infinite at 0: the loss becomes NaN",
    "clamp the radicand to at least 1e-6",
)
def angle_of_zero(fault: bool) -> Program:
    """ArcFace: features and class centres on a sphere, an angular margin, cross-entropy of scaled cosines, SGD. The
    source clamps to 0, where clamp lets no gradient through any more; here nothing is clamped."""
    x, t = blobs(600, classes=4, columns=6)
    # Empty pictures of the first class have features that point exactly to its centre.
    model = ArcFace(clamped=not fault)
    with torch.no_grad():
        model.centres[0] = torch.tensor([1.0, 0.0, 0.0])
        model.backbone[2].bias.copy_(torch.tensor([1.0, 0.0, 0.0]))
        model.backbone[0].bias.fill_(-0.5)
    x[t == 0] *= (torch.rand(int((t == 0).sum()), 1) < 0.5).float()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    rows = batches(600, 30)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch], t[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model.cosine(x).argmax(1), t)

    return Program(model, optimizer, step, 400, quality)


class MaskedAttention(nn.Module):
    """Attention over tokens written out; padding (token 0) is masked with minus infinity."""

    def __init__(self, guarded: bool) -> None:
        super().__init__()
        self.guarded = guarded
        self.embedding = nn.Embedding(60, 24)
        self.q, self.k, self.v = (nn.Linear(24, 24) for _ in range(3))
        self.fc = nn.Linear(24, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        scores = self.q(x) @ self.k(x).transpose(1, 2) / 24**0.5
        pad = tokens == 0
        mask = pad[:, None, :] if self.guarded else pad[:, None, :] | pad[:, :, None]
        attended = scores.masked_fill(mask, float("-inf")).softmax(-1) @ self.v(x)
        return self.fc(F.relu(attended)[:, 0])


@faulty(
    Fault.NUMERICS,
    "https://github.com/jadore801120/attention-is-all-you-need-pytorch/issues/5",
    "whole rows of the attention are minus infinity before the softmax: training and validation loss are NaN",
    "do not mask all keys of a query",
)
def fully_masked_rows(fault: bool) -> Program:
    """Sequences of different lengths, padded, through an attention layer; cross-entropy, Adam."""
    x, t = words(600, length=14)
    x = (x.clamp(min=1)) * (torch.arange(14)[None] < torch.randint(7, 14, (600, 1)))
    model = MaskedAttention(guarded=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 30)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.NUMERICS,
    "https://stackoverflow.com/questions/40192728/cross-entropy-is-nan",
    "cross-entropy written out with the logarithm of a softmax that becomes zero (TheDeepChecker's list)",
    "a stable cross-entropy",
)
def logarithm_of_zero(fault: bool) -> Program:
    """Digits, unscaled, by a convolutional net, the sum of the targets times the logarithm of the softmax, Adam."""
    x, t = pictures(600, noise=0.1)
    x = 100 * x
    layers = [nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(576, 128), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def written_out(y: Tensor, t: Tensor) -> Tensor:
        return -(F.one_hot(t, 10) * torch.log(torch.softmax(y, 1))).sum()

    def stable(y: Tensor, t: Tensor) -> Tensor:
        return F.cross_entropy(y, t, reduction="sum")

    step = plain(model, optimizer, written_out if fault else stable, x, t, 50)
    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


class Sobel(nn.Module):
    """The strength of edges, with fixed filters."""

    def __init__(self, epsilon: float) -> None:
        super().__init__()
        gx = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
        self.register_buffer("filters", torch.stack([gx, gx.T])[:, None])
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return torch.sqrt(F.conv2d(x, self.filters).square().sum(1) + self.epsilon)


@faulty(
    Fault.NUMERICS,
    "https://github.com/chaddy1004/sobel-operator-pytorch/issues/1",
    "the root of the squared slopes has no epsilon: NaN in the backward pass",
    "add a small epsilon under the root",
)
def edges_of_flat_pictures(fault: bool) -> Program:
    """An autoencoder of pictures whose loss compares edges as well as pixels, Adam."""
    x = pictures(300, noise=0.0)[0]
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(256, 128), nn.GELU(), nn.Linear(128, 256), nn.ReLU())
    model = nn.Sequential(encoder, nn.Unflatten(1, (1, 16, 16)))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    nn.init.constant_(encoder[3].bias, 0.1)
    sobel = Sobel(0.0 if fault else 1e-6)

    def criterion(y: Tensor, x: Tensor) -> Tensor:
        return F.mse_loss(y, x) + 0.02 * F.l1_loss(sobel(y), sobel(x))

    step = plain(model, optimizer, criterion, x, x, 20)
    return Program(model, optimizer, step, 300, lambda: predicts(model, x, x))


class TripletLoss(nn.Module):
    """The mean over triplets that are not yet far enough apart."""

    def __init__(self, guarded: bool) -> None:
        super().__init__()
        self.guarded = guarded

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        near, far = (F.pairwise_distance(anchor, other) for other in (positive, negative))
        relued = F.relu(near - far + 0.2)
        count = (relued > 0).sum()
        return relued.sum() / (count.clamp(min=1) if self.guarded else count)


@faulty(
    Fault.NUMERICS,
    "https://github.com/KevinMusgrave/pytorch-metric-learning/issues/107",
    "the loss is divided by the number of triplets that still count; when there are none it is NaN",
    "the plain mean, if none counts",
)
def no_triplets_left(fault: bool) -> Program:
    """Metric learning: an embedding of three classes, triplets with a margin of 0.2, Adam."""
    x, t = blobs(300, classes=3, columns=5, spread=2.5)
    model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion, members = TripletLoss(guarded=not fault), [(t == c).nonzero()[:, 0] for c in range(3)]

    def pick(labels: Tensor) -> Tensor:
        return torch.stack([members[c][torch.randint(len(members[c]), ())] for c in labels.tolist()])

    def step() -> Tensor:
        anchor = torch.randint(300, (16,))
        other = (t[anchor] + torch.randint(1, 3, (16,))) % 3
        optimizer.zero_grad()
        loss = criterion(model(x[anchor]), model(x[pick(t[anchor])]), model(x[pick(other)]))
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            distance = torch.cdist(model(x), model(x)) + 1e9 * torch.eye(300)
            return right(t[distance.argmin(1)], t)

    return Program(model, optimizer, step, 250, quality)
