"""Arithmetic that fails: logarithms and roots of zero, quotients of nothing, and data that are not numbers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.NUMERICS,
    "https://github.com/aymericdamien/TensorFlow-Examples/issues/383",
    "the cost is the logarithm of a softmax, which may be 0: NaN after some iterations on data of one's own",
    "tf.log(pred + 1e-10)",
)
def logistic_regression_of_own_data(fault: bool) -> Program:
    """Softmax regression of pictures of ten classes, weights from zero, gradient descent at 0.01, batches of 100 (500
    here). The own data are not known; here a few pictures are overexposed sixty-fold."""
    x, t = pictures(3000, size=40, noise=0.1)
    x, y = x.flatten(1), F.one_hot(t, 10).float()
    x[torch.randperm(len(x))[:20]] *= 60
    model = nn.Linear(1600, 10)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    rows = batches(len(x), 500)

    def step() -> Tensor:
        batch = next(rows)
        pred = model(x[batch]).softmax(1)
        cost = (-(y[batch] * torch.log(pred if fault else pred + 1e-10)).sum(1)).mean()
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        return cost

    return Program(model, optimizer, step, 1000, lambda: classifies(model, x, t))


@faulty(
    Fault.NUMERICS,
    "https://github.com/SakuraRiven/EAST/issues/2",
    "the sum of the score map is zero where a batch has no text, and the loss is divided by it",
    "the loss is 0 in that case",
)
def batches_without_text(fault: bool) -> Program:
    """Where text is in pictures, and how far it reaches: shared convolutions, a score map with a dice loss, a map of
    distances whose error is divided by the area of the text; small batches, Adam at 1e-3. Half of the pictures have
    no text, batches are of four."""

    class East(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(1, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 5, padding=2), nn.ReLU()
            )
            self.score = nn.Conv2d(24, 1, 1)
            self.geometry = nn.Conv2d(24, 1, 1)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            features = self.features(x)
            return self.score(features).sigmoid(), self.geometry(features).sigmoid() * 8

    n, size = 300, 16
    x, score, geometry = (
        0.2 * torch.rand(n, 1, size, size),
        torch.zeros(n, 1, size, size),
        torch.zeros(n, 1, size, size),
    )
    for i in range(n):
        if torch.rand(()) < 1 / 2:
            continue
        top, left, height, width = (int(torch.randint(low, high, ())) for low, high in ((1, 9), (1, 6), (2, 6), (4, 9)))
        x[i, 0, top : top + height, left : left + width] += 0.5
        score[i, 0, top : top + height, left : left + width] = 1
        geometry[i, 0, top : top + height, left : left + width] = torch.arange(height, 0, -1.0)[:, None]
    model = East()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(n, 4)

    def step() -> Tensor:
        batch = next(rows)
        gt_score, gt_geometry = score[batch], geometry[batch]
        pred_score, pred_geometry = model(x[batch])
        if not fault and gt_score.sum() < 1:
            loss = (pred_score + pred_geometry).sum() * 0
        else:
            dice = 1 - 2 * (gt_score * pred_score).sum() / (gt_score.sum() + pred_score.sum() + 1e-5)
            distance = (gt_score * (pred_geometry - gt_geometry).abs()).sum() / gt_score.sum()
            loss = distance + dice
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[0] > 0.5).long(), score.long())

    return Program(model, optimizer, step, 600, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/miemie2013/Paddle-DIOU-YOLOv3/issues/1",
    "log() without a small constant: NaN within an epoch, with smaller rates, too",
    "a small constant added in log()",
)
def objects_in_cells(fault: bool) -> Program:
    """Which cells of a grid hold the centre of an object, and its size: convolutions with leaky units, cross-entropies
    written with masks for cells with and without objects, squared error of the sizes, Adam (0.004 here)."""
    n, size = 400, 16
    x, conf, side = 0.1 * torch.randn(n, 1, size, size), torch.zeros(n, 4, 4), torch.zeros(n, 4, 4)
    for i in range(n):
        for _ in range(2):
            cy, cx = (int(torch.randint(2, size - 2, ())) for _ in range(2))
            x[i, 0, cy - 1 : cy + 2, cx - 1 : cx + 2] += 2
            conf[i, cy // 4, cx // 4] = 1
            side[i, cy // 4, cx // 4] = 0.5
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(64, 2, 1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), lr=0.004)
    rows = batches(n, 16)
    tiny = 0.0 if fault else 1e-9

    def step() -> Tensor:
        batch = next(rows)
        out = net(x[batch])
        p, mask = out[:, 0].sigmoid(), conf[batch]
        positive = mask * (0 - torch.log(p + tiny))
        negative = (1 - mask) * (0 - torch.log(1 - p + tiny))
        sizes = mask * (out[:, 1] - side[batch]).square()
        loss = positive.sum() / 16 + negative.sum() / 16 + sizes.sum() / 16
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return right((net(x)[:, 0] > 0).long(), conf.long())

    return Program(net, optimizer, step, 500, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/keras-team/keras/issues/9097",
    "the root of a sum of squares as the distance in a siamese network: NaN where both inputs are the same",
    "a small constant under the root",
)
def distance_of_the_same(fault: bool) -> Program:
    """Pairs of pictures through the same dense net, euclidean distance, contrastive loss with margin 1, RMSprop; the
    source has the distance only, the rest is as in the library's example. Some pairs hold the same picture twice."""
    x, t = pictures(600, classes=5, size=24)
    x = x.flatten(1)
    base = nn.Sequential(
        nn.Linear(576, 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128)
    )
    rms = torch.optim.RMSprop(base.parameters(), lr=1e-3)
    left = torch.randint(len(x), (2000,))
    by_class = [(t == c).nonzero()[:, 0] for c in range(5)]
    partner = torch.stack([by_class[c][torch.randint(len(by_class[c]), ())] for c in t[left].tolist()])
    right_ = torch.where(torch.rand(2000) < 0.5, partner, torch.randint(len(x), (2000,)))
    right_[::50] = left[::50]
    same = (t[left] == t[right_]).float()
    rows = batches(2000, 100)

    def euclidean_distance(a: Tensor, b: Tensor) -> Tensor:
        return ((a - b).square().sum(1) + (0 if fault else 0.01)).sqrt()

    def step() -> Tensor:
        batch = next(rows)
        d, y = euclidean_distance(base(x[left[batch]]), base(x[right_[batch]])), same[batch]
        loss = (y * d.square() + (1 - y) * (1 - d).clamp(min=0).square()).mean()
        rms.zero_grad()
        loss.backward()
        rms.step()
        return loss

    def quality() -> float:
        with evaluating(base):
            return right((euclidean_distance(base(x[left]), base(x[right_])) < 0.5).long(), same.long())

    return Program(base, rms, step, 600, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/google-deepmind/optax/pull/946",
    "cosine similarity without an epsilon in ntxent: NaN where an embedding is the zero vector",
    "an epsilon in the cosine similarity",
)
def contrast_of_empty_embeddings(fault: bool) -> Program:
    """The normalised temperature-scaled cross-entropy of embeddings with labels, temperature 0.07 (0.2 here), Adam. The
    embeddings are the output of a ReLU without bias, so that an empty input has an empty one; a few inputs are."""
    x, t = blobs(1000, classes=6, columns=12, spread=1.5)
    x[torch.randperm(1000)[:15]] = 0
    net = nn.Sequential(nn.Linear(12, 128, bias=False), nn.ReLU(), nn.Linear(128, 64, bias=False), nn.ReLU())
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    rows = batches(1000, 256)

    def ntxent(embeddings: Tensor, labels: Tensor) -> Tensor:
        norm = (
            embeddings.square().sum(1, keepdim=True).sqrt()
            if fault
            else (embeddings.square().sum(1, keepdim=True) + 1e-8).sqrt()
        )
        unit = embeddings / norm
        logits = unit @ unit.T / 0.2
        others = ~torch.eye(len(labels), dtype=torch.bool)
        positive = (labels[:, None] == labels) & others
        log_prob = logits - (logits.exp() * others).sum(1, keepdim=True).log()
        return -((log_prob * positive).sum(1) / positive.sum(1).clamp(min=1)).mean()

    def step() -> Tensor:
        batch = next(rows)
        opt.zero_grad()
        loss = ntxent(net(x[batch]), t[batch])
        loss.backward()
        opt.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            unit = F.normalize(net(x))
            near = (unit @ unit.T).fill_diagonal_(-2).argmax(1)
            return right(t[near], t)

    return Program(net, opt, step, 600, quality)


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/evandowning/deepreflect/issues/11",
    "a feature whose largest value is 0 is normalised by it: loss and MSE are NaN from the start",
    "leave out such features when normalising",
)
def features_of_malware(fault: bool) -> Program:
    """An autoencoder of counts (18 features of basic blocks) that are divided by their largest values, a code of 6,
    MSELoss, Adam. One of the features never occurs."""
    n = 3000
    counts = (torch.randn(n, 5).exp() @ torch.rand(5, 18)).round()
    counts[:, 7] = 0
    largest = counts.max(0).values
    x = counts / largest if fault else counts[:, largest > 0] / largest[largest > 0]
    width = x.shape[1]
    autoencoder = nn.Sequential(
        nn.Linear(width, 320), nn.LeakyReLU(), nn.Linear(320, 6), nn.LeakyReLU(), nn.Linear(6, 320), nn.LeakyReLU(),
        nn.Linear(320, width),
    )  # fmt: skip
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=2e-3)
    step = plain(autoencoder, optimizer, nn.MSELoss(), x, x, 200)
    return Program(autoencoder, optimizer, step, 1000, lambda: predicts(autoencoder, x, x))


@faulty(
    Fault.BATCH_OF_ONE,
    "https://github.com/karpathy/makemore/issues/22",
    "batch normalisation of one's own with a single example: its variance is NaN",
    "none is given there; more than one example here",
)
def names_one_by_one(fault: bool) -> Program:
    """The next character from three before it: an embedding of 10, a hidden layer with batch normalisation written out
    (mean and unbiased variance of the batch), tanh, a dense layer; gradient descent on a list of parameters."""
    tokens = text(400, length=8, vocabulary=20)
    context = tokens.unfold(1, 4, 1)[:, :, :3].reshape(-1, 3)
    t = tokens[:, 3:].reshape(-1)

    class BatchNorm1d(nn.Module):
        def __init__(self, dim: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
            super().__init__()
            self.eps, self.momentum = eps, momentum
            self.gamma, self.beta = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))
            self.register_buffer("running_mean", torch.zeros(dim))
            self.register_buffer("running_var", torch.ones(dim))

        def forward(self, x: Tensor) -> Tensor:
            mean, var = (x.mean(0), x.var(0)) if self.training else (self.running_mean, self.running_var)
            if self.training:
                with torch.no_grad():
                    self.running_mean.lerp_(mean, self.momentum)
                    self.running_var.lerp_(var, self.momentum)
            return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta

    model = nn.Sequential(
        nn.Embedding(20, 10),
        nn.Flatten(),
        nn.Linear(30, 100, bias=False),
        BatchNorm1d(100),
        nn.Tanh(),
        nn.Linear(100, 20),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step = plain(model, optimizer, F.cross_entropy, context, t, 1 if fault else 128)
    scale = 0.5  # Each token has two successors, so half can be right at most.
    return Program(model, optimizer, step, 900, lambda: min(1.0, classifies(model, context, t) / scale))


@faulty(
    Fault.NUMERICS,
    "https://github.com/sounakdey/SigNet/issues/1",
    "the distance in the contrastive loss is a root of what may be zero: NaN before the end of the first epoch",
    "the larger of the sum of squares and K.epsilon() under the root",
)
def genuine_or_forged(fault: bool) -> Program:
    """Pairs of signatures through the same small convolutional net, euclidean distance, contrastive loss with margin 1,
    RMSprop; sizes and rate are ours. ReLU at the end, so that two embeddings may both be zero; blank scans exist."""
    x, t = pictures(400, classes=8, noise=0.1)
    x[torch.randperm(400)[:12]] = 0
    tower = nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(16, 32), nn.ReLU(),
    )  # fmt: skip
    optimizer = torch.optim.RMSprop(tower.parameters(), lr=1e-3)
    a, b = torch.randint(400, (1600,)), torch.randint(400, (1600,))
    for i in range(0, 1600, 2):
        mates = (t == t[a[i]]).nonzero()[:, 0]
        b[i] = mates[torch.randint(len(mates), ())]
    y = (t[a] == t[b]).float()
    rows = batches(1600, 64)

    def distance(first: Tensor, second: Tensor) -> Tensor:
        squares = (first - second).square().sum(1)
        return squares.sqrt() if fault else squares.clamp(min=1e-7).sqrt()

    def step() -> Tensor:
        batch = next(rows)
        d = distance(tower(x[a[batch]]), tower(x[b[batch]]))
        loss = (y[batch] * d**2 + (1 - y[batch]) * F.relu(1 - d) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(tower):
            return right((distance(tower(x[a]), tower(x[b])) < 0.5).long(), y.long())

    return Program(tower, optimizer, step, 600, quality)
