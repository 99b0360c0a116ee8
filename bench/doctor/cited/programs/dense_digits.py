"""Dense nets on digits and bags of words."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty, tutorial


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
