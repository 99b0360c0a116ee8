"""Data that were not prepared, or not in the way that the program believes: scales, order, and pairs."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import blobs, pictures, table
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
    """A net of a library for JavaScript, of which the source shows the error and, in a picture, inputs; the shape,
    squared error, gradient descent with momentum 0.1 at 0.3, batches of 256 and inputs in the thousands are ours. Leaky
    rectifiers are in the place of the library's sigmoids, with which an error could not be NaN."""
    x = 3000 * torch.rand(4000, 5)
    t = ((x[:, :2].sum(1) - x[:, 2:4].sum(1)).abs() > 1500).float()[:, None]
    if not fault:
        x = x / x.max()
    net = nn.Sequential(nn.Linear(5, 128), nn.LeakyReLU(), nn.Linear(128, 128), nn.LeakyReLU(), nn.Linear(128, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.1)
    step = plain(net, optimizer, nn.MSELoss(), x, t, 256)

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
            self.deep = nn.Sequential(nn.Linear(20, 256), nn.ReLU(), nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 1))

        def forward(self, ids: Tensor, raw: Tensor) -> Tensor:
            deep = self.deep(torch.cat([self.first(ids[:, 0]), self.second(ids[:, 1]), raw], 1))
            return (self.wide(raw) + deep)[:, 0]

    model = WideAndDeep()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def training_step(batch: tuple[Tensor, ...]) -> Tensor:
        ids, raw, t = batch
        return F.binary_cross_entropy_with_logits(model(ids, raw), t)

    step = lightning(training_step, optimizer, (ids, raw, t), 256)

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
    step = plain(model, optimizer, nn.MSELoss(), x, y, 64)
    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/levithomason/anny/issues/95",
    "samples are taken as they are given; with sorted data, the results are much worse",
    "shuffle them before training",
)
def sorted_samples(fault: bool) -> Program:
    """A small net of a library: dense layers of 48 with tanh, squared error with one-hot targets, gradient descent at
    0.6, eight samples at a time. The samples are sorted by their class here, of which there are eight."""
    x, t = blobs(2400, classes=8, columns=6, spread=1.2)
    order = t.argsort()
    x, t = x[order], t[order]
    y = F.one_hot(t, 8).float()
    net = nn.Sequential(nn.Linear(6, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 8))
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
    x, t = pictures(900, classes=2, channels=3, size=20, noise=0.5)
    order = t.argsort()
    x, t = x[order], t[order]
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 2),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 10, shuffle=not fault)
    return Program(model, optimizer, step, 450, lambda: classifies(model, x, t))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://stats.stackexchange.com/questions/409000",
    "prices in dollars, 250,000 on average: after 2,000 epochs the outputs still creep up from zero to the mean",
    "normalise the targets (the asker set the bias to the mean)",
)
def prices_in_dollars(fault: bool) -> Program:
    """Prices of houses by a few dense layers with ReLU and a linear output, squared error, Adam (its default rate, 2e-3
    here), standardised columns; the book's data set is replaced by a synthetic table. Repaired, prices are
    standardised."""
    x, y = table(3000, columns=9)
    dollars = 250000 + 90000 * y
    target = dollars if fault else (dollars - 250000) / 90000
    model = nn.Sequential(nn.Linear(9, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, nn.MSELoss(), x, target, 200)
    return Program(model, optimizer, step, 800, lambda: predicts(model, x, target))
