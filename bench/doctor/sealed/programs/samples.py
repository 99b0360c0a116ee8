"""Data that were not prepared, or not in the way that the program believes: scales, order, and pairs."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures
from doctor.harness.loops import lightning, plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/BrainJS/brain.js/issues/278",
    "the inputs are not normalised: the error is NaN",
    "divide each by the highest value",
)
def brain_of_large_numbers(fault: bool) -> Program:
    """A net as the library makes it: two dense layers with sigmoids (20 hidden), squared error, plain gradient descent
    with momentum 0.1 at 0.3, one example after the other (32 at once here). Inputs in the thousands, which the source
    shows in a picture only; leaky rectifiers in the place of sigmoids here, with which errors can be NaN."""
    x = 3000 * torch.rand(2000, 5)
    t = ((x[:, :2].sum(1) - x[:, 2:4].sum(1)).abs() > 1500).float()[:, None]
    if not fault:
        x = x / x.max()
    net = nn.Sequential(nn.Linear(5, 20), nn.LeakyReLU(), nn.Linear(20, 20), nn.LeakyReLU(), nn.Linear(20, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.1)
    step = plain(net, optimizer, nn.MSELoss(), x, t, 32)

    def quality() -> float:
        with evaluating(net):
            return right((net(x) > 0.5).long(), t.long())

    return Program(net, optimizer, step, 1000, quality)


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/alibaba/EasyRec/issues/23",
    "the raw features are neither put into bins nor normalised: the loss is large (> 9), and does not converge",
    "normalise them",
)
def raw_features_of_clicks(fault: bool) -> Program:
    """Clicks by a wide and deep model: embeddings of two ids beside four raw features (price, seconds, and so on, some
    of them in the ten thousands), a wide linear part, dense layers with ReLU, cross-entropy with logits, Adam at
    1e-3."""
    n = 3000
    ids = torch.randint(30, (n, 2))
    raw = torch.rand(n, 4)
    t = (
        (torch.randn(30)[ids[:, 0]] + 4 * (raw[:, 0] - 0.5) + 4 * (raw[:, 1] - 0.5) * torch.randn(30)[ids[:, 1]]) > 0
    ).float()
    scale, offset = torch.tensor([30000.0, 8000.0, 90000.0, 20.0]), torch.tensor([500.0, 0.0, 10000.0, 1.0])
    raw = raw * scale + offset
    if not fault:
        raw = (raw - raw.mean(0)) / raw.std(0)

    class WideAndDeep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Embedding(30, 8), nn.Embedding(30, 8)
            self.wide = nn.Linear(4, 1)
            self.deep = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))

        def forward(self, ids: Tensor, raw: Tensor) -> Tensor:
            deep = self.deep(torch.cat([self.first(ids[:, 0]), self.second(ids[:, 1]), raw], 1))
            return (self.wide(raw) + deep)[:, 0]

    model = WideAndDeep()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def training_step(batch: tuple[Tensor, ...]) -> Tensor:
        ids, raw, t = batch
        return F.binary_cross_entropy_with_logits(model(ids, raw), t)

    step = lightning(training_step, optimizer, (ids, raw, t), 128)

    def quality() -> float:
        with evaluating(model):
            return right((model(ids, raw) > 0).long(), t.long())

    return Program(model, optimizer, step, 800, quality)


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/NNReasoning/What-Can-Neural-Networks-Reason-About/issues/1",
    "locations to 20, values to 100 and colours as they are: the graph net does not even converge",
    "divide the locations by 20 and the values by 100, colours to [0, 1]",
)
def largest_difference(fault: bool) -> Program:
    """The largest difference of values among treasures: a set of objects (location, value, colour) through a graph net
    (messages of pairs, then of all, then a readout), cross-entropy over the differences in the source, squared error of
    the difference over its largest here; SGD with momentum 0.9."""
    n, objects = 1200, 6
    location, value = torch.randint(21, (n, objects, 2)).float(), torch.randint(101, (n, objects, 1)).float()
    colour = torch.randint(7, (n, objects, 1)).float()
    target = (value.amax(1) - value.amin(1)) / 100
    x = torch.cat([location / 20, value / 100, colour / 6] if not fault else [location, value, colour], 2)
    y = (target - target.mean()) / target.std()

    class GNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pair = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
            self.read = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

        def forward(self, x: Tensor) -> Tensor:
            a = x[:, :, None].expand(-1, -1, objects, -1)
            messages = self.pair(torch.cat([a, a.transpose(1, 2)], -1))
            return self.read(messages.amax((1, 2)))

    model = GNN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 32)
    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/levithomason/anny/issues/95",
    "samples are taken as they are given; with sorted data, the results are much worse",
    "shuffle them before training",
)
def sorted_samples(fault: bool) -> Program:
    """A small net of a library: dense layers of 24 with tanh, squared error with one-hot targets, gradient descent at
    0.6, eight samples at a time. The samples are sorted by their class here, of which there are eight."""
    x, t = blobs(1600, classes=8, columns=6, spread=1.2)
    order = t.argsort()
    x, t = x[order], t[order]
    y = F.one_hot(t, 8).float()
    net = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 8))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.6)
    step = plain(net, optimizer, nn.MSELoss(), x, y, 8, shuffle=not fault)
    return Program(net, optimizer, step, 1000, lambda: classifies(net, x, t))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/epfml/disco/issues/288",
    "the data are not shuffled: strange oscillations early in training",
    "a shuffle of one's own before training",
)
def faces_in_order(fault: bool) -> Program:
    """Faces of children and adults (two classes of pictures) one class after the other: convolutions with ReLU and
    pooling, a dense layer, Adam at 5e-4 (2e-3 here), batches of 10."""
    x, t = pictures(900, classes=2, channels=3, size=12, noise=0.5)
    order = t.argsort()
    x, t = x[order], t[order]
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(144, 32), nn.ReLU(), nn.Linear(32, 2),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 10, shuffle=not fault)
    return Program(model, optimizer, step, 450, lambda: classifies(model, x, t))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/yuanwei1989/landmark-detection/issues/2",
    "the regression's loss is more than 100 while that of the classification is below 1: distances in pixels",
    "asked there: normalise the regression's part",
)
def landmarks_and_patches(fault: bool) -> Program:
    """Patches of scans: in which of six directions a landmark is (cross-entropy), and how far (squared error, up to
    60), two convolutions with two heads, the sum of both losses, SGD with momentum 0.9 (rate ours)."""
    n = 900
    x, direction = pictures(n, classes=6, size=12, noise=0.2)
    distance = 60 * torch.rand(n, 1)
    x = x * (0.4 + distance[..., None, None] / 60)
    target = distance if fault else (distance - 30) / 17

    class PatchNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shared = nn.Sequential(
                nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 24, 3), nn.ReLU(), nn.Flatten(),
                nn.Linear(216, 64), nn.ReLU(),
            )  # fmt: skip
            self.cls, self.reg = nn.Linear(64, 6), nn.Linear(64, 1)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            h = self.shared(x)
            return self.cls(h), self.reg(h)

    model = PatchNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        scores, distances = model(x[batch])
        loss = F.cross_entropy(scores, direction[batch]) + F.mse_loss(distances, target[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x)[0].argmax(1), direction)

    return Program(model, optimizer, step, 600, quality)


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/gitbooo/CrossViVit/issues/5",
    "the inputs are normalised, the targets are not: losses of around 50",
    "normalised metrics were promised; standardised targets here",
)
def irradiance(fault: bool) -> Program:
    """Irradiance (0 to 1000) of the next hours from a series and its context by a transformer with cross-attention,
    mean squared error, AdamW (rate ours, 1e-3)."""
    n, length = 800, 12
    context, noise = torch.randn(n, length, 2), torch.randn(n, length, 1)
    series = (context[:, :, :1] * context[:, :, 1:]).cumsum(1) / 2 + 0.3 * noise
    future = series[:, -4:, 0].flip(1) + 0.5 * context[:, -4:, 0] ** 2
    future = 450 + 180 * (future - future.mean()) / future.std()
    y = future if fault else (future - 450) / 180

    class CrossViViT(nn.Module):
        def __init__(self, d: int = 32) -> None:
            super().__init__()
            self.embed, self.embed_context = nn.Linear(1, d), nn.Linear(2, d)
            self.place = nn.Parameter(0.2 * torch.randn(length, d))
            self.cross = nn.MultiheadAttention(d, 4, batch_first=True)
            self.mix = nn.TransformerEncoderLayer(d, 4, 2 * d, dropout=0.0, batch_first=True)
            self.head = nn.Linear(length * d, 4)

        def forward(self, x: Tensor) -> Tensor:
            a = self.embed(x[..., :1]) + self.place
            b = self.embed_context(x[..., 1:]) + self.place
            a = a + self.cross(a, b, b, need_weights=False)[0]
            return self.head(self.mix(a).flatten(1))

    x = torch.cat([series / series.std(), context], 2)
    model = CrossViViT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 64)
    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/MAC-AutoML/rethinking_performance_estimation_in_NAS/issues/17",
    "shuffle=False in the loader for training, a slip in the upload, gives worse performance",
    "shuffle=True",
)
def augmented_cells(fault: bool) -> Program:
    """A found architecture is trained in full: a stem, two cells of separable convolutions that are summed, SGD with
    momentum 0.9, Nesterov, weight decay 3e-4, a cosine schedule, drop-outs left out. The files are in the order of
    classes here (five); batches of 20."""
    x, t = pictures(600, classes=5, channels=3, size=12, noise=0.4)
    order = t.argsort(stable=True)
    x, t = x[order], t[order]

    class Cell(nn.Module):
        def __init__(self, c: int) -> None:
            super().__init__()
            self.a, self.b = (
                nn.Sequential(
                    nn.ReLU(), nn.Conv2d(c, c, k, padding=k // 2, groups=c), nn.Conv2d(c, c, 1), nn.GroupNorm(4, c)
                )
                for k in (3, 5)
            )

        def forward(self, x: Tensor) -> Tensor:
            return x + self.a(x) + self.b(x)

    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        Cell(16),
        nn.MaxPool2d(2),
        Cell(16),
        nn.AvgPool2d(3),
        nn.Flatten(),
        nn.Linear(64, 5),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.025, momentum=0.9, nesterov=True, weight_decay=3e-4)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 240)
    inner = plain(model, optimizer, F.cross_entropy, x, t, 20, shuffle=not fault)

    def step() -> Tensor:
        loss = inner()
        cosine.step()
        return loss

    return Program(model, optimizer, step, 240, lambda: classifies(model, x, t))
