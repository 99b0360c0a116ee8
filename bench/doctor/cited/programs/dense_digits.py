"""Dense nets on digits and bags of words."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty, tutorial


@faulty(
    Fault.SATURATED,
    "https://github.com/HuwCampbell/grenade/issues/51",
    "weights from the whole range of -1 to 1 give huge outputs, which causes trouble with tanh",
    "weights close to zero (multiplied by a small number)",
)
def uniform_weights(fault: bool) -> Program:
    """Digits, here with pixels from -1 to 1, by four layers of tanh with weights drawn from (-1, 1), cross-entropy,
    SGD with momentum."""
    x, t = pictures(600, noise=0.4)
    x = 4 * x.flatten(1) - 2
    model = nn.Sequential(nn.Linear(256, 100), nn.Tanh())
    for _ in range(3):
        model.extend([nn.Linear(100, 100), nn.Tanh()])
    model.append(nn.Linear(100, 10))
    for layer in model:
        if isinstance(layer, nn.Linear):
            bound = 1.0 if fault else 1 / math.sqrt(layer.in_features)
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.uniform_(layer.bias, -bound, bound)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return Program(
        model, optimizer, plain(model, optimizer, F.cross_entropy, x, t, 50), 250, lambda: classifies(model, x, t)
    )


@tutorial("https://github.com/wagonhelm/NaNmnist/issues/2")
def zero_weights_of_one_layer() -> Program:
    """Digits by one layer whose weights start at zero: with a single layer this is fine, as the author answers. Softmax
    cross-entropy, gradient descent at 0.5."""
    x, t = pictures(500)
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[1].bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    return Program(
        model, optimizer, plain(model, optimizer, F.cross_entropy, x, t, 50), 250, lambda: classifies(model, x, t)
    )


@faulty(
    Fault.NUMERICS,
    "https://github.com/aymericdamien/TensorFlow-Examples/issues/383",
    "the logarithm of a softmax that becomes zero after some iterations: the loss is NaN",
    "log(clip(pred, 1e-10, 1))",
)
def own_data(fault: bool) -> Program:
    """The logistic regression of the examples on data of one's own: one layer from zero, gradient descent at 0.01, the
    cross-entropy written out."""
    x, t = pictures(500)
    x = 20 * x.flatten(1)
    onehot = F.one_hot(t, 10).float()
    model = nn.Sequential(nn.Linear(256, 10), nn.Softmax(dim=1))
    nn.init.zeros_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def criterion(pred: Tensor, y: Tensor) -> Tensor:
        return torch.mean(-torch.sum(y * torch.log(pred if fault else pred.clamp(1e-10, 1.0)), 1))

    return Program(
        model, optimizer, plain(model, optimizer, criterion, x, onehot, 25), 300, lambda: classifies(model, x, t)
    )


class Topics(nn.Module):
    """What a text is about, from its bag of words, and which words it has."""

    def __init__(self) -> None:
        super().__init__()
        self.infer = nn.Sequential(nn.Linear(60, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.topics = nn.Linear(64, 8)
        self.words = nn.Linear(8, 60)

    def forward(self, bag: Tensor) -> Tensor:
        return self.words(self.topics(self.infer(bag)))


@faulty(
    Fault.DYING_RELU,
    "https://github.com/dangitstam/topic-rnn/pull/9",
    "the rate is so large that the ReLUs of the inference network die",
    "a smaller learning rate to prevent dying ReLU (the pull request's title)",
)
def topics_of_texts(fault: bool) -> Program:
    """Bags of words to topics and back by dense ReLUs (the recurrent part of the source is left out), cross-entropy
    with the words, Adam: its rates, 0.5 and 0.003, are ours."""
    tokens, _ = words(600, length=30, classes=6)
    bag = F.one_hot(tokens, 60).float().sum(1)
    share = bag / bag.sum(1, keepdim=True)
    model = Topics()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5 if fault else 3e-3)
    rows = batches(600, 40)

    def step() -> Tensor:
        batch = next(rows)
        loss = -(share[batch] * F.log_softmax(model(bag[batch]), 1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            # The words of the six kinds are a third of a text; what is random of it cannot be explained by 8 numbers.
            return 1.8 * explained(torch.softmax(model(bag), 1), share)

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.DROPOUT,
    "https://github.com/pudae/tensorflow-densenet/pull/22",
    "the dropout rate is handed over as the probability to keep (0.2): most values are dropped; it cost training hours",
    "keep_prob = 1 - dropout_rate",
)
def dense_connections(fault: bool) -> Program:
    """A dense net whose layers see all before them, dropout behind each of them, cross-entropy, SGD with Nesterov
    momentum; dense layers in the place of convolutions, and a dropout of 0.1 (0.9 with the fault)."""
    x, t = pictures(500)

    class Dense(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(256 + 24 * i, 24) for i in range(4))
            self.dropout = nn.Dropout(0.9 if fault else 0.1)
            self.out = nn.Linear(24, 10)

        def forward(self, x: Tensor) -> Tensor:
            seen = x.flatten(1)
            for layer in self.layers:
                new = self.dropout(F.relu(layer(seen)))
                seen = torch.cat([seen, new], 1)
            return self.out(new)

    model = Dense()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True)
    return Program(
        model, optimizer, plain(model, optimizer, F.cross_entropy, x, t, 50), 250, lambda: classifies(model, x, t)
    )


class FiveLayers(nn.Module):
    def __init__(self, last: bool) -> None:
        super().__init__()
        sizes = [256, 120, 80, 48, 24, 10]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False))
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(-1, 256)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        x = self.layers[-1](x)
        return F.relu(x) if self.last else x


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/hunkim/PyTorchZeroToAll/pull/4",
    "a ReLU behind the last layer, before cross-entropy",
    "remove it",
)
def zero_to_all(fault: bool) -> Program:
    """Digits by five dense layers, cross-entropy, SGD at 0.01 with momentum 0.5 (0.05 and 0.9 here). The bias of the
    last layer starts at -0.3 here."""
    x, t = pictures(500)
    model = FiveLayers(fault)
    with torch.no_grad():
        model.layers[-1].bias -= 0.3
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 50)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))
