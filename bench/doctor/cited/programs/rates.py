"""Faults in the rate of the optimiser."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table, text
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.HIGH_RATE,
    "https://stackoverflow.com/questions/48385830",
    "SGD at 3.0, weights and biases drawn with a deviation of 1, no activations, squared error (DeepFD, number 1)",
    "sigmoid and softmax as activations, categorical cross-entropy, a rate that fits",
)
def digits_at_rate_three(fault: bool) -> Program:
    """Digits by dense layers of 30 and 10, SGD at 3.0."""
    x, t = pictures(1000)
    x, target, rows = x.flatten(1), F.one_hot(t, 10).float(), batches(1000, 10)
    if fault:
        model = nn.Sequential(nn.Linear(256, 30), nn.Linear(30, 10))
    else:
        model = nn.Sequential(nn.Linear(256, 30), nn.Sigmoid(), nn.Linear(30, 10))
    for p in model.parameters() if fault else ():
        nn.init.normal_(p, std=1.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=3.0 if fault else 0.3)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        loss = F.mse_loss(y, target[batch]) if fault else F.cross_entropy(y, t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


@faulty(
    Fault.HIGH_RATE,
    "https://stackoverflow.com/questions/37624102",
    "SGD at 0.1 with Nesterov momentum 0.9: the answers cannot be explained (DeepFD, number 34; TheDeepChecker's list)",
    "a rate of 0.01",
)
def two_classes_of_pictures(fault: bool) -> Program:
    """Pictures of two classes by a small convolutional net with dropout, SGD with Nesterov momentum."""
    x, t = pictures(500, classes=2, channels=3, size=20, noise=0.3)
    x = 4 * x
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)
    ).extend([nn.Flatten(), nn.Linear(2048, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 2)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 if fault else 0.01, momentum=0.9, nesterov=True)
    rows = batches(500, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 120, lambda: classifies(model, x, t))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/ArabelaTso/DeepFD/blob/main/Benchmark/Benchmark-with-patches.xlsx",
    "Adam at 0.1 (program FacialKeypointsDetection, number 49)",
    "SGD, more epochs",
)
def facial_keypoints(fault: bool) -> Program:
    """Regression of the coordinates of keypoints in a picture by a convolutional net, mean squared error."""
    n, side = 400, 20
    points = torch.rand(n, 3, 2) * 1.4 - 0.7
    grid = torch.stack(torch.meshgrid(torch.linspace(-1, 1, side), torch.linspace(-1, 1, side), indexing="ij"), -1)
    x = torch.exp(-((grid[None, None] - points[:, :, None, None]).square().sum(-1)) * 20)
    x, y = x.float(), points.flatten(1)
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 16), (16, 32)):
        layers += [nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(288, 64), nn.ReLU(), nn.Linear(64, 6))
    if fault:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


class GridDetector(nn.Module):
    """One box per cell of a grid: confidence, centre, size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, 2, 1), nn.BatchNorm2d(16)
        self.conv2, self.bn2 = nn.Conv2d(16, 32, 3, 2, 1), nn.BatchNorm2d(32)
        self.out = nn.Conv2d(32, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.bn1(self.conv1(x)), 0.1, inplace=True)
        x = F.leaky_relu(self.bn2(self.conv2(x)), 0.1, inplace=True)
        return self.out(x)


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/thtrieu/darkflow/issues/1059",
    "Adam at 0.1 and 0.3: the loss becomes NaN in early steps",
    "a lower rate",
)
def boxes_on_a_grid(fault: bool) -> Program:
    """YOLO-like: squared errors of confidence, centres and sizes (as exponentials) summed with weights, Adam."""
    n = 300
    cell, offset, size = torch.randint(4, (n, 2)), torch.rand(n, 2), 1 + torch.rand(n)
    grid = torch.stack(torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij"), -1)
    centre = (cell + offset) * 4
    x = ((grid[None] - centre[:, None, None]).abs().amax(-1) < 2 * size[:, None, None]).float()[:, None]
    present = torch.zeros(n, 4, 4)
    present[range(n), cell[:, 0], cell[:, 1]] = 1
    model = GridDetector()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.3 if fault else 2e-3)
    rows = batches(n, 30)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        here = present[batch]
        confidence = ((y[:, 0] - here).square() * torch.where(here > 0, 5.0, 0.5)).sum()
        centres = ((y[:, 1:3] - offset[batch][:, :, None, None]).square().sum(1) * here).sum()
        sizes = ((y[:, 3].exp() - size[batch][:, None, None]).square() * here).sum()
        loss = (confidence + 5 * centres + sizes) / len(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x)[:, 0], present)

    return Program(model, optimizer, step, 250, quality)


class SmallGpt(nn.Module):
    """A causal transformer in which the passes of the blocks are written out."""

    def __init__(self, vocabulary: int = 20, width: int = 32, layers: int = 2) -> None:
        super().__init__()
        self.token, self.position = nn.Embedding(vocabulary, width), nn.Parameter(0.02 * torch.randn(64, width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.token(tokens) + self.position[:length]
        for block in self.blocks:
            x = block(x, src_mask=mask)
        return self.head(self.norm(x))


def next_token_quality(model: nn.Module, tokens: Tensor) -> float:
    with evaluating(model):
        guess = model(tokens[:, :-1]).argmax(-1)
        # Half of the next tokens can be guessed at best: each token has two likely successors.
        return min(1.0, 2 * right(guess, tokens[:, 1:]))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/OpenNMT/OpenNMT-tf/issues/744",
    "the rate of a GPT-2 is set to 2, where the default is 2.5e-4: the model diverges with a loss of NaN",
    "the default",
)
def gpt_at_rate_two(fault: bool) -> Program:
    """A small causal transformer, cross-entropy of the next token, Adam."""
    tokens = text(400)
    model = SmallGpt()
    optimizer = torch.optim.Adam(model.parameters(), lr=2.0 if fault else 3e-3)
    rows = batches(400, 20)

    def step() -> Tensor:
        batch = tokens[next(rows)]
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 250, lambda: next_token_quality(model, tokens))


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 24)
        self.lstm = nn.LSTM(24, 32, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(64, 5)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.tag(self.lstm(self.embedding(tokens))[0])


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/guillaumegenthial/sequence_tagging/issues/47",
    "no problem at a rate of 0.001, but at 0.01 or 0.1 the loss falls, rises and becomes NaN",
    "0.001",
)
def tagging(fault: bool) -> Program:
    """Tags of tokens by a bidirectional LSTM over embeddings, cross-entropy, Adam."""
    tokens = text(400, length=12)
    kind = torch.randint(5, (20,))
    tags = torch.where(tokens.roll(1, 1) % 2 == 0, kind[tokens], (kind[tokens] + 1) % 5)
    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1 if fault else 5e-3)
    rows = batches(400, 20)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(tokens[batch]).transpose(1, 2), tags[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(tokens).argmax(-1), tags)

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.LOW_RATE,
    "https://stackoverflow.com/questions/51181393",
    "RMSprop at its default, 0.001, for a linear regression with large targets (DeepFD, number 45)",
    "RMSprop at 0.1",
)
def degrees(fault: bool) -> Program:
    """A linear regression with one unit, mean squared error, RMSprop."""
    x = 4 * torch.rand(200, 1) - 2
    y = 1.8 * 10 * x + 32
    model = nn.Linear(1, 1)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3 if fault else 0.1)
    rows = batches(200, 20)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 800, lambda: predicts(model, x, y))


@faulty(
    Fault.LOW_RATE,
    "https://github.com/thedeepchecker/thedeepchecker/tree/main/buggy_synthetic_programs/low_lr",
    "Adam at 1e-5",
    "Adam at 0.001",
)
def low_rate_regression(fault: bool) -> Program:
    """A regression on a table of 9 columns: two hidden layers of 64 ReLUs, He initialisation, Adam."""
    x, y = table(400)
    model = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    for layer in (model[0], model[2]):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5 if fault else 1e-3)
    rows = batches(400, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))
