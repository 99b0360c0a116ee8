"""Faults between the last layer of a classifier and its loss."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function

from doctor.harness.data import batches, blobs, pictures, waves, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


class Reversed(Function):
    """The same forward, the opposite gradient."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:  # noqa: ANN001
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # noqa: ANN001
        return -0.1 * gradient


class Domains(nn.Module):
    """An extractor with a classifier of digits and a discriminator of domains."""

    def __init__(self, softmax: bool) -> None:
        super().__init__()
        end = [nn.Softmax(dim=1)] if softmax else []
        self.extractor = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 16, 5), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.classifier = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10), *end)
        self.discriminator = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2), *end)

    def features(self, x: Tensor) -> Tensor:
        return self.extractor(x).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/NaJaeMin92/pytorch-DANN/issues/7",
    "the classifier and the discriminator end in a softmax, in front of nn.CrossEntropyLoss: hard to train",
    "remove the softmax",
)
def adversarial_domains(fault: bool) -> Program:
    """Domain-adversarial training: digits of one domain are classified, a discriminator behind a layer that reverses
    the gradient tells two domains apart, SGD at 0.01 with momentum 0.9."""
    x, t = pictures(800)
    other = 1 - x[torch.randperm(800)]
    model = Domains(fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    rows = batches(800, 32)
    domain = torch.arange(2).repeat_interleave(32)

    def step() -> Tensor:
        batch = next(rows)
        source, target = model.features(x[batch]), model.features(other[batch])
        told = model.discriminator(Reversed.apply(torch.cat([source, target])))
        loss = criterion(model.classifier(source), t[batch]) + criterion(told, domain)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Encoder(nn.Module):
    def __init__(self, classes: int, softmax: bool) -> None:
        super().__init__()
        self.embedding, self.position = nn.Embedding(81, 32), nn.Parameter(0.02 * torch.randn(13, 32))
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1)
        self.linear = nn.Linear(32, classes)
        self.softmax = softmax

    def forward(self, tokens: Tensor) -> Tensor:
        first = torch.full((len(tokens), 1), 80)
        h = self.encoder(self.embedding(torch.cat([first, tokens], 1)) + self.position)
        y = self.linear(h[:, 0])
        return y.softmax(-1) if self.softmax else y


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/illiterate/BertClassifier/issues/2",
    "a softmax at the end of the model and nn.CrossEntropyLoss: the loss falls very slowly, and with unbalanced data "
    "the largest class is predicted",
    "remove the softmax of the model",
)
def chinese_news(fault: bool) -> Program:
    """Ten kinds of short texts, unevenly many of each, by a transformer whose first output is classified, AdamW."""
    tokens, t = words(1600, vocabulary=80, classes=10)
    kept = (t < 3) | (torch.rand(1600) < 0.25)
    tokens, t = tokens[kept], t[kept]
    model = Encoder(10, fault)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), tokens, t, 32)
    return Program(model, optimizer, step, 500, lambda: classifies(model, tokens, t))


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://discuss.pytorch.org/t/cross-entropy-loss-is-not-decreasing/43814/16",
    "a softmax is passed into the cross-entropy; the loss stays at 2.30",
    "do not apply the softmax",
)
def two_point_three(fault: bool) -> Program:
    """Ten classes of coloured pictures by convolutions and two dense layers (ours), SGD at 0.01 with momentum 0.9."""
    x, t = pictures(800, channels=3)
    layers = [nn.Conv2d(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    rows = batches(800, 25)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        if fault:
            y = F.softmax(y, dim=1)
        loss = F.cross_entropy(y, t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class NextBit(nn.Module):
    def __init__(self, end: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.lstm, self.dense, self.end = nn.LSTM(1, 8, batch_first=True), nn.Linear(8, 1), end

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.dense(self.lstm(x)[0][:, -1]))


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/46620813",
    "softmax over the one unit of the last layer: the accuracy is constant during the whole training",
    "a sigmoid",
)
def next_bit(fault: bool) -> Program:
    """The next bit of a sequence by the three before it: an LSTM, one dense unit, binary cross-entropy, Adagrad,
    batches of 256 (64 here). The LSTM has eight units here instead of one."""
    bits = [0, 1, 1]
    for _ in range(400):
        bits.append(bits[-3] ^ int(torch.rand(()) < 0.1))
    windows = torch.tensor(bits, dtype=torch.float).unfold(0, 4, 1)
    x, t = windows[:, :3, None], windows[:, 3:]
    model = NextBit(nn.Softmax(dim=-1) if fault else nn.Sigmoid())
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
    step = plain(model, optimizer, nn.BCELoss(), x, t, 64)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), t.long())

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.WRONG_LOSS,
    "https://stats.stackexchange.com/questions/565956/confused-with-binary-cross-entropy-vs-categorical-cross-entropy",
    "categorical cross-entropy with one output: -y log p is smallest if p is 1 whatever the input",
    "binary cross-entropy",
)
def categories_of_one_output(fault: bool) -> Program:
    """Two classes of series in several channels by an LSTM (256 units in the source, 24 here) and one sigmoid, Adam."""
    x, t = waves(600, length=12, channels=4, classes=2)
    lstm, dense = nn.LSTM(4, 24, batch_first=True), nn.Linear(24, 1)
    model = nn.ModuleDict({"lstm": lstm, "dense": dense})
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(600, 32)

    def predict(x: Tensor) -> Tensor:
        return torch.sigmoid(dense(lstm(x)[0][:, -1]))

    def step() -> Tensor:
        batch = next(rows)
        p, y = predict(x[batch]).clamp(1e-7, 1 - 1e-7), t[batch, None].float()
        loss = -(y * p.log()).sum(1).mean() if fault else -(y * p.log() + (1 - y) * (1 - p).log()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((predict(x) > 0.5).long()[:, 0], t)

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://github.com/darioizzo/dcgp/issues/86",
    "cross-entropy of a network with one output: its class is always right, and the loss always 0",
    "as many outputs as there are classes",
)
def one_class(fault: bool) -> Program:
    """Two clouds of points by a small dense net with tanh, cross-entropy, gradient descent in small batches."""
    x, t = blobs(400, classes=2)
    model = nn.Sequential(nn.Linear(2, 10), nn.Tanh(), nn.Linear(10, 10), nn.Tanh(), nn.Linear(10, 1 if fault else 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rows = batches(400, 16)
    onehot = F.one_hot(t, 2).float()

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        # With one output there is one class, whose probability ought to be 1.
        p = torch.ones(len(batch), 1) if fault else onehot[batch]
        loss = -(p * y.log_softmax(1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))
