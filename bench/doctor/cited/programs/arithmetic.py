"""Operations that are not defined, or overflow, for some of the values that occur."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table, text
from doctor.harness.quality import evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class BinaryFocal(nn.Module):
    """Of probabilities, as Keras has them."""

    def __init__(self, epsilon: float, gamma: float = 2.0, alpha: float = 0.25) -> None:
        super().__init__()
        self.epsilon, self.gamma, self.alpha = epsilon, gamma, alpha

    def forward(self, p: Tensor, y: Tensor) -> Tensor:
        pt_1 = torch.where(y == 1, p, torch.ones_like(p))
        pt_0 = torch.where(y == 0, p, torch.zeros_like(p))
        positive = self.alpha * (1 - pt_1) ** self.gamma * (self.epsilon + pt_1).log()
        negative = (1 - self.alpha) * pt_0**self.gamma * (1 - pt_0 + self.epsilon).log()
        return -positive.sum() - negative.sum()


@faulty(
    Fault.NUMERICS,
    "https://github.com/mkocabas/focal-loss-keras/issues/17",
    "the focal loss takes the logarithm of probabilities that may be 0 or 1: NaN",
    "K.epsilon() added in the logarithm",
)
def focal_fraud(fault: bool) -> Program:
    """Rare frauds in a table, some of whose amounts are large: a dense net with a sigmoid, a focal loss (gamma 2, alpha
    0.25) that is summed, Adam."""
    x, score = table(1000, columns=8)
    y = (score > 1.2).float()
    x[:, 6] = torch.where(torch.rand(1000) < 0.01, 300 * torch.randn(1000), x[:, 6])
    model = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    loss_fn, rows = BinaryFocal(0.0 if fault else 1e-7), batches(1000, 40)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = loss_fn(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), y.long())

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/zackchase/mxnet-the-straight-dope/issues/3",
    "a softmax of one's own, exp over the sum of exp, and the sum of targets times its logarithm: it blows up",
    "log_softmax, which uses the largest value",
)
def convolutions_from_scratch(fault: bool) -> Program:
    """Digits by two convolutions with pooling and a dense layer, all written with parameters, batches of 64, plain SGD
    at 0.01 (with a larger initial deviation, 0.4, here)."""
    x, t = pictures(640)
    onehot = F.one_hot(t, 10).float()
    shapes = [(20, 1, 3, 3), (20,), (30, 20, 5, 5), (30,), (120, 64), (64,), (64, 10), (10,)]
    params = nn.ParameterList([0.4 * torch.randn(shape) for shape in shapes])
    optimizer = torch.optim.SGD(params, lr=0.01)
    rows = batches(640, 64)

    def net(x: Tensor) -> Tensor:
        w1, b1, w2, b2, w3, b3, w4, b4 = params
        h = F.max_pool2d(F.relu(F.conv2d(x, w1, b1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, w2, b2)), 2, ceil_mode=True).flatten(1)
        return F.relu(h @ w3 + b3) @ w4 + b4

    def step() -> Tensor:
        batch = next(rows)
        y = net(x[batch])
        if fault:
            exp = y.exp()
            loss = -(onehot[batch] * (exp / exp.sum(1, keepdim=True)).log()).sum(1).mean()
        else:
            loss = -(onehot[batch] * F.log_softmax(y, 1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(params):
            return right(net(x).argmax(1), t)

    return Program(params, optimizer, step, 600, quality)


class SoftDetection(nn.Module):
    """Scores of keypoints: each channel over the largest channel, times a local softmax."""

    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.features, self.epsilon = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU()), epsilon

    def forward(self, x: Tensor) -> Tensor:
        batch = self.features(x)
        depth_wise_max = batch.amax(1)
        depth_wise_score = batch / (depth_wise_max[:, None] + self.epsilon)
        local = batch.exp() / (9 * F.avg_pool2d(batch.exp(), 3, 1, 1))
        return (local * depth_wise_score).amax(1)


@faulty(
    Fault.NUMERICS,
    "https://github.com/mihaidusmanu/d2-net/issues/78",
    "the features are divided by the largest of a pixel, which is sometimes zero",
    "1e-8 added to the denominator",
)
def keypoints(fault: bool) -> Program:
    """Where corners are in pictures: convolutional features, soft detection, convolutions of the scores and the
    picture to the target, squared error, Adam."""
    x = pictures(200, noise=0.02)[0]
    target = F.max_pool2d(x[:, 0], 3, 1, 1) - x[:, 0]
    deep = nn.Sequential(nn.Conv2d(2, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 1, 5, padding=2))
    model = nn.ModuleDict({"detection": SoftDetection(0.0 if fault else 1e-8), "deep": deep})
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    rows = batches(200, 10)

    def predict(x: Tensor) -> Tensor:
        return model["deep"](torch.cat([model["detection"](x)[:, None], x], 1))[:, 0]

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(predict(x[batch]), target[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(predict(x), target)

    return Program(model, optimizer, step, 400, quality)


class Anchors(nn.Module):
    """A tower each for the class and the box of every cell."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU())
        self.classification, self.box = nn.Conv2d(24, 1, 3, padding=1), nn.Conv2d(24, 2, 3, padding=1)
        nn.init.constant_(self.classification.bias, -2.0)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.backbone(x)
        return self.classification(h)[:, 0], self.box(h)


@faulty(
    Fault.NUMERICS,
    "https://github.com/keras-team/keras-cv/issues/1683",
    "the losses are divided by the number of positive anchors, which is 0 if there is no box",
    "an epsilon added to the normaliser",
)
def pictures_without_boxes(fault: bool) -> Program:
    """Boxes in pictures by a net as RetinaNet: focal loss of the classes, smooth L1 loss of the boxes, both divided by
    the number of positive anchors, SGD with momentum 0.9, clipped gradients. Half of the pictures have no box."""
    n = 240
    x, cells = 0.2 * torch.randn(n, 1, 16, 16), torch.zeros(n, 4, 4)
    corner = torch.randint(13, (n, 2))
    present = torch.rand(n) < 0.5
    for i in present.nonzero()[:, 0].tolist():
        row, column = corner[i].tolist()
        x[i, 0, row : row + 4, column : column + 4] += 1
        cells[i, (row + 2) // 4 if row < 14 else 3, (column + 2) // 4 if column < 14 else 3] = 1
    offset = (corner.float() % 4 - 1.5)[:, :, None, None].expand(n, 2, 4, 4)
    model = Anchors()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    rows = batches(n, 4)

    def step() -> Tensor:
        batch = next(rows)
        logits, box = model(x[batch])
        y = cells[batch]
        normalizer = y.sum() + (0.0 if fault else 1e-1)
        p = logits.sigmoid()
        focal = (
            (y - p).abs() ** 2 * F.binary_cross_entropy_with_logits(logits, y, reduction="none")
        ).sum() / normalizer
        l1 = (F.smooth_l1_loss(box, offset[batch], reduction="none") * y[:, None]).sum() / normalizer
        loss = focal + l1
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[0] > 0).long(), cells.long())

    return Program(model, optimizer, step, 1000, quality)


class Energies(nn.Module):
    """A translator whose attention exponentiates its energies."""

    def __init__(self, stable: bool) -> None:
        super().__init__()
        self.stable = stable
        self.source, self.target = nn.Embedding(20, 32), nn.Embedding(20, 32)
        self.encoder, self.decoder = nn.GRU(32, 48, batch_first=True), nn.GRU(32, 48, batch_first=True)
        self.query, self.out = nn.Linear(48, 48, bias=False), nn.Linear(96, 20)

    def forward(self, source: Tensor, previous: Tensor) -> Tensor:
        memory, last = self.encoder(self.source(source))
        states, _ = self.decoder(self.target(previous), last)
        energies = 48**0.5 * self.query(states) @ memory.transpose(1, 2)
        if self.stable:
            energies = energies - energies.amax(-1, keepdim=True)
        weights = energies.exp()
        weights = weights / weights.sum(-1, keepdim=True)
        return self.out(torch.cat([states, weights @ memory], -1))


@faulty(
    Fault.NUMERICS,
    "https://github.com/mila-iqia/blocks/pull/727",
    "the energies of the attention are exponentiated as they are: exp overflows, and NaN spreads all the way",
    "minus the largest of them, as in a regular softmax",
)
def energies_of_attention(fault: bool) -> Program:
    """Translation (here each word has another one in the other language) by recurrent nets with attention, cross-
    entropy, Adam. The energies are larger than usual."""
    source = text(500, length=10)
    target = torch.randperm(20)[source].flip(1)
    previous = torch.cat([torch.zeros(500, 1, dtype=torch.long), target[:, :-1]], 1)
    model = Energies(stable=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    rows = batches(500, 25)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(source[batch], previous[batch]).flatten(0, 1), target[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(source, previous).argmax(-1).flatten(), target.flatten())

    return Program(model, optimizer, step, 400, quality)


class Synthetic(nn.Module):
    """A variational autoencoder of a table."""

    def __init__(self, bounded: bool) -> None:
        super().__init__()
        self.bounded = bounded
        self.encoder = nn.Sequential(nn.Linear(12, 64), nn.LeakyReLU(), nn.Linear(64, 16))
        self.decoder = nn.Sequential(nn.Linear(8, 64), nn.LeakyReLU(), nn.Linear(64, 12))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.encoder(x).chunk(2, 1)
        return mu, logvar.clamp(-30, 5) if self.bounded else logvar

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encode(x)[0])


@faulty(
    Fault.NUMERICS,
    "https://github.com/vanderschaarlab/synthcity/issues/331",
    "the logarithms of the variances explode when they are exponentiated: NaN for some data sets",
    "clamp them",
)
def synthetic_tables(fault: bool) -> Program:
    """A variational autoencoder of twelve columns, three of which have heavy tails, LeakyReLUs, squared error plus the
    KL divergence, Adam at 0.001."""
    x = torch.randn(800, 4) @ torch.randn(4, 12) / 2
    rare = torch.rand(800) < 0.01
    x[rare] *= 150
    common = ~rare
    model = Synthetic(bounded=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    rows = batches(800, 40)

    def step() -> Tensor:
        batch = x[next(rows)]
        mu, logvar = model.encode(batch)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        kld = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1).mean()
        loss = F.mse_loss(model.decoder(z), batch) + 0.01 * kld
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: predicts(model, x[common], x[common]))
