"""Steps that are too long."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Block(nn.Module):
    """Attention with a normalisation behind it, and a feed-forward net without a shortcut, as in the source."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        q, k, v = (f(x).view(n, length, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        weights = (q @ k.transpose(2, 3) / math.sqrt(width // self.heads)).softmax(-1)
        x = self.norm(x + self.o((weights @ v).transpose(1, 2).reshape(n, length, width)))
        return self.fc2(F.gelu(self.fc1(x)))


class MaskedLanguageModel(nn.Module):
    """Hidden words and whether the second sentence follows the first."""

    def __init__(self, vocabulary: int, length: int, width: int = 96, layers: int = 6) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList([Block(width, 6) for _ in range(layers)])
        self.pooled, self.follows = nn.Linear(width, width), nn.Linear(width, 2)
        self.linear = nn.Linear(width, width)
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, ids: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        x = self.norm(self.tokens(ids) + self.places(torch.arange(ids.shape[1])))
        for layer in self.layers:
            x = layer(x)
        masked = F.gelu(self.linear(x[torch.arange(len(x))[:, None], hidden]))
        return masked @ self.tokens.weight.T + self.bias, self.follows(torch.tanh(self.pooled(x[:, 0])))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/graykode/nlp-tutorial/issues/77",
    "Adam at 0.001: the loss almost never gets below 2",
    "0.0001, with which it is 0.1 after about 100 iterations",
)
def small_bert(fault: bool) -> Program:
    """BERT in 6 layers on one batch of 6 pairs of sentences, hidden words plus next sentence, cross-entropies added,
    Adam. The width is 96 instead of 768, and the rates are five times as high as in the source."""
    ids = torch.randint(4, 29, (6, 30))
    hidden = torch.stack([1 + torch.randperm(29)[:5] for _ in range(6)])
    target, follows = ids.gather(1, hidden), torch.tensor([1, 0, 1, 0, 1, 0])
    x = ids.scatter(1, hidden, 3)
    model = MaskedLanguageModel(29, 30)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3 if fault else 5e-4)

    def step() -> Tensor:
        optimizer.zero_grad()
        masked, next_sentence = model(x, hidden)
        loss = F.cross_entropy(masked.transpose(1, 2), target) + F.cross_entropy(next_sentence, follows)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x, hidden)[0].argmax(2), target)

    return Program(model, optimizer, step, 150, quality)


class Network:
    """Lists of weights and biases, as in the book; the rectifier is written as z * (z > 0)."""

    def __init__(self, sizes: list[int], factor: float) -> None:
        self.biases = nn.ParameterList(factor * torch.randn(y) for y in sizes[1:])
        self.weights = nn.ParameterList(factor * torch.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:], strict=True))

    def feedforward(self, a: Tensor) -> Tensor:
        for b, w in zip(self.biases, self.weights, strict=True):
            z = a @ w.T + b
            a = z * (z > 0)
        return a


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/MichalDanielDobrzanski/DeepLearningPython/issues/13",
    "relu in the place of the sigmoid, at the rate of 3.0 and with weights of deviation 1: the accuracy stays at 9.5 %",
    "a rate of 0.01, weights and biases times 0.1",
)
def relu_in_the_place_of_the_sigmoid(fault: bool) -> Program:
    """Digits by 30 hidden units, quadratic cost, mini-batches of 10, gradient descent by hand. The repaired rate is
    0.03 here, for fewer epochs."""
    x, t = pictures(1000)
    x, target, rows = x.flatten(1), F.one_hot(t, 10).float(), batches(1000, 10)
    net = Network([256, 30, 10], 1.0 if fault else 0.1)
    model = nn.ModuleList([net.weights, net.biases])
    optimizer = torch.optim.SGD(model.parameters(), lr=3.0 if fault else 0.03)

    def step() -> Tensor:
        batch = next(rows)
        loss = 0.5 * (net.feedforward(x[batch]) - target[batch]).square().sum() / len(batch)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(net.feedforward(x).argmax(1), t)

    return Program(model, optimizer, step, 1000, quality)


@faulty(
    Fault.HIGH_RATE,
    "https://stackoverflow.com/questions/48934338",
    "SGD at 0.1 with squared errors on targets up to 120 (a program of DeepLocalize's benchmark)",
    "SGD at 0.001",
)
def square_of_one_number(fault: bool) -> Program:
    """y = 5 x^2 plus cubed noise, 50 points from 0 to 5, layers of 50 and 30 ReLUs (the second from a uniform
    distribution up to 0.05), batches of 32, mean squared error."""
    x = torch.arange(0.0, 5.0, 0.1)[:, None]
    y = 5 * x**2 + torch.randn(50, 1) ** 3
    model = nn.Sequential(nn.Linear(1, 50), nn.ReLU(), nn.Linear(50, 30), nn.ReLU(), nn.Linear(30, 1))
    nn.init.uniform_(model[2].weight, -0.05, 0.05)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 if fault else 0.001)
    step = plain(model, optimizer, F.mse_loss, x, y, 32)
    return Program(model, optimizer, step, 1500, lambda: predicts(model, x, y))


@faulty(
    Fault.HIGH_RATE,
    "https://stats.stackexchange.com/questions/420006",
    "a rate of 0.5 results in bad accuracy",
    "0.4, 0.1 or 0.01 result in a good one (0.1 here)",
)
def four_clusters_fast(fault: bool) -> Program:
    """Points of the plane in four clusters, three hidden layers of 10 ReLUs, weights from a normal distribution,
    softmax cross-entropy, gradient descent on ten points at once."""
    x, t = blobs(200, classes=4, spread=0.5)
    model = nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 10), nn.ReLU())
    model.append(nn.Linear(10, 4))
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=0.5)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5 if fault else 0.1)
    step = plain(model, optimizer, F.cross_entropy, x, t, 10)
    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


class LanguageModel(nn.Module):
    """Embedding, LSTM, dense layer."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 24)
        self.lstm = nn.LSTM(24, 48, 3, batch_first=True)
        self.dense = nn.Linear(48, vocabulary)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.lstm(self.embedding(x))[0])


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/rajveermalviya/language-modeling/issues/3",
    "a rate of 1.0 in the configuration, with Adam: the loss does not go down after many epochs",
    "Adam at its default of 0.001 (0.005 here, for fewer steps)",
)
def configured_rate_of_one(fault: bool) -> Program:
    """The next token by an LSTM of three layers, cross-entropy, Adam."""
    tokens = text(400)
    x, following = tokens[:, :-1], tokens[:, 1:]
    model = LanguageModel(20)
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0 if fault else 5e-3)
    rows = batches(400, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]).reshape(-1, 20), following[batch].flatten())
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            # With two likely successors, half of the tokens can be foreseen.
            return 2 * right(model(x).argmax(2), following)

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/facebookresearch/maskrcnn-benchmark/issues/295",
    "the rate of 16 pictures (0.02) is kept for one device with 2: losses become NaN during training",
    "adapt it to the batch (0.0025)",
)
def detector_on_one_device(fault: bool) -> Program:
    """A box and a class from a picture: cross-entropy plus the smooth L1 loss of the offsets in pixels, summed over
    them, SGD with momentum 0.9, weight decay 1e-4, batches of 2. The net is small and has no fixed normalisation
    here."""
    n = 240
    t, corner, size = torch.randint(3, (n,)), torch.randint(10, (n, 2)), torch.randint(3, 7, (n,))
    axis = torch.arange(16)
    inside = [(axis >= corner[:, i, None]) & (axis < (corner[:, i] + size)[:, None]) for i in (0, 1)]
    x = (inside[0][:, :, None] & inside[1][:, None, :]).float()[:, None] * F.one_hot(t, 3)[:, :, None, None]
    x = 2 * (x + 0.1 * torch.randn(x.shape))
    box = torch.cat([corner, size[:, None]], 1).float()
    body = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU())
    body.extend([nn.Flatten(), nn.Linear(1152, 128), nn.ReLU()])
    model = nn.ModuleDict({"body": body, "class": nn.Linear(128, 3), "box": nn.Linear(128, 3)})
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02 if fault else 0.0025, momentum=0.9, weight_decay=1e-4)
    rows = batches(n, 2)

    def step() -> Tensor:
        batch = next(rows)
        features = model["body"](x[batch])
        losses = {
            "classifier": F.cross_entropy(model["class"](features), t[batch]),
            "box": F.smooth_l1_loss(model["box"](features), box[batch], reduction="sum") / len(batch),
        }
        loss = sum(losses.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            features = model["body"](x)
            return 0.5 * right(model["class"](features).argmax(1), t) + 0.5 * explained(model["box"](features), box)

    return Program(model, optimizer, step, 700, quality)


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/AlexeyAB/darknet/issues/4135",
    "convolutions with batch_normalize=0 at a rate of 0.001: the loss tends to be NaN",
    "0.0001",
)
def convolutions_without_normalisation(fault: bool) -> Program:
    """Darknet's detector: leaky convolutions without normalisation, the sum of the squares of objectness and place over
    all cells, SGD with momentum 0.9 and decay 5e-4 (rates of 0.004 and 0.0004 here)."""
    n = 200
    cell = torch.randint(4, (n, 2))
    place = torch.rand(n, 2)
    axis = torch.arange(16) / 4
    centre = cell + place
    x = torch.exp(-2 * ((axis[:, None] - centre[:, 0, None, None]) ** 2 + (axis - centre[:, 1, None, None]) ** 2))
    target = torch.zeros(n, 3, 4, 4)
    index = torch.arange(n), slice(None), cell[:, 0], cell[:, 1]
    target[index] = torch.cat([torch.ones(n, 1), place], 1)
    model = nn.Sequential()
    for i, o in ((1, 16), (16, 32)):
        model.extend([nn.Conv2d(i, o, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2)])
    model.extend([nn.Conv2d(32, 64, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(64, 3, 1)])
    optimizer = torch.optim.SGD(model.parameters(), lr=4e-3 if fault else 4e-4, momentum=0.9, weight_decay=5e-4)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        y, wanted = model(x[batch, None]), target[batch]
        here = wanted[:, :1]
        loss = (y[:, :1] - here).square().sum() + 5 * (here * (y[:, 1:] - wanted[:, 1:]).square()).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x[:, None])[:, :1], target[:, :1])

    return Program(model, optimizer, step, 300, quality)
