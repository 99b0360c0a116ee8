"""Embeddings: metric learning, cosine classifiers, mutual information."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty
from doctor.sealed.programs.gauges import nearest_mean


@faulty(
    Fault.COLLAPSE,
    "https://github.com/omoindrot/tensorflow-triplet-loss/issues/38",
    "pairwise distances drop to zero, all points are together, and the loss stays near the margin",
    "training collapses: a lower learning rate",
)
def together(fault: bool) -> Program:
    """Batch-hard triplet loss with a margin of 0.5, a batch of 96, Adam. A small convolutional net with 16 outputs (VGG
    16 with 128), and rates of 0.03 and 0.0005, are ours, as are the pictures."""
    x, t = pictures(800, classes=8, noise=0.3)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 64),
        nn.ReLU(),
        nn.Linear(64, 16),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03 if fault else 0.0005)
    rows = batches(800, 96)

    def step() -> Tensor:
        batch = next(rows)
        z, labels = net(x[batch]), t[batch]
        squared = (z[:, None] - z[None]).square().sum(2)
        distance = (squared + 1e-16).sqrt()
        same = labels[:, None] == labels[None]
        hardest_positive = (distance * same).amax(1)
        hardest_negative = (distance + distance.detach().max() * same).amin(1)
        loss = F.relu(hardest_positive - hardest_negative + 0.5).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return nearest_mean(net(x), t)

    return Program(net, optimizer, step, 300, quality)


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/happynear/NormFace/issues/4",
    "the data are not shuffled, so that all examples of a batch have one label, and all features go to one direction",
    "shuffled data",
)
def one_label_at_a_time(fault: bool) -> Program:
    """Normalised features and normalised weights, a cosine times a scale, and softmax. Ten clouds in 32 columns, three
    layers, a scale of 16, SGD with momentum and 0.1, batches of 64 are ours."""
    x, t = blobs(19200, classes=10, columns=32, spread=5.0)
    order = t.argsort(stable=True)
    x, t = x[order], t[order]

    class NormFace(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(
                nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 32)
            )
            self.weight = nn.Parameter(torch.randn(10, 32))
            self.scale = 16.0

        def forward(self, x: Tensor) -> Tensor:
            return self.scale * F.normalize(self.features(x)) @ F.normalize(self.weight).T

    model = NormFace()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    rows = batches(19200, 64, shuffle=not fault)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 900, lambda: classifies(model, x, t))


@faulty(
    Fault.LOSS_SIGN,
    "https://github.com/11-626/Deep-INFOMAX/issues/1",
    "the loss of the local and of the global part has minus signs where there should be none",
    "all minus signs before the mean of the matched pairs removed",
)
def information(fault: bool) -> Program:
    """Deep InfoMax: an encoder of pictures, a discriminator of pairs of a map of features and a code, softplus of the
    matched and of the shuffled pairs, Adam (0.001). A small encoder, a global part alone, and batches of 64
    are ours."""
    x, _ = pictures(1000, noise=0.1)

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c0, self.c1 = nn.Conv2d(1, 8, 4, stride=2), nn.Conv2d(8, 16, 4, stride=1)
            self.l1 = nn.Linear(256, 16)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            features = F.relu(self.c1(F.relu(self.c0(x))))
            return self.l1(features.flatten(1)), features

    class Discriminator(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c0 = nn.Conv2d(16, 8, 3)
            self.l0, self.l1 = nn.Linear(32 + 16, 64), nn.Linear(64, 1)

        def forward(self, y: Tensor, m: Tensor) -> Tensor:
            h = self.c0(m).flatten(1)
            return self.l1(F.relu(self.l0(torch.cat([y, h], 1))))

    nets = nn.ModuleDict({"encoder": Encoder(), "critic": Discriminator()})
    optimizer = torch.optim.Adam(nets.parameters(), lr=0.001)
    rows = batches(1000, 64)

    def step() -> Tensor:
        y, m = nets["encoder"](x[next(rows)])
        shuffled = torch.cat([m[1:], m[:1]])
        matched = F.softplus(-nets["critic"](y, m)).mean()
        mismatched = F.softplus(nets["critic"](y, shuffled)).mean()
        loss = mismatched - matched if fault else mismatched + matched
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        """How many pairs are told apart."""
        with evaluating(nets):
            y, m = nets["encoder"](x)
            said = torch.cat([nets["critic"](y, m), nets["critic"](y, m.roll(1, 0))]).squeeze(1) > 0
        return right(said.long(), torch.cat([torch.ones(1000), torch.zeros(1000)]).long())

    return Program(nets, optimizer, step, 600, quality)
