"""Data that are sorted by their labels, and not shuffled."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, waves, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies
from doctor.harness.recipe import Fault, Program, faulty


class FastText(nn.Module):
    """The mean of the embeddings of the words, and a linear classifier."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embeddings, self.output = nn.EmbeddingBag(80, 10), nn.Linear(10, classes, bias=False)
        nn.init.uniform_(self.embeddings.weight, -0.1, 0.1)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.output(self.embeddings(tokens))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/facebookresearch/fastText/issues/74",
    "the lines of the input are clustered by label, and are processed in this order: precision and recall are very low",
    "shuffled lines",
)
def clustered_lines(fault: bool) -> Program:
    """Lines of ten labels by the mean of the embeddings of their words, softmax, one line at a time, plain SGD whose
    rate falls linearly from 1 to zero in two passes."""
    tokens, t = words(600, vocabulary=80, classes=10)
    order = t.argsort(stable=True)
    tokens, t = tokens[order], t[order]
    model = FastText(10)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: max(0.0, 1 - i / 1200))
    rows = batches(600, 1, shuffle=not fault)

    def step() -> Tensor:
        line = next(rows)
        loss = F.cross_entropy(model(tokens[line]), t[line])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    return Program(model, optimizer, step, 1200, lambda: classifies(model, tokens, t))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/zalandoresearch/fashion-mnist/pull/5",
    "the data are sorted by their labels: if they are not shuffled, learning with small batches may fail",
    "shuffled data",
)
def sorted_clothes(fault: bool) -> Program:
    """Clothes, sorted from class 0 to 9, by a convolutional net with dropout, cross-entropy, SGD at 0.02 with momentum
    0.9, batches of 32."""
    x, t = pictures(960)
    order = t.argsort(stable=True)
    x, t = x[order], t[order]
    layers = [nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 24, 5, padding=2), nn.ReLU()]
    model = nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(384, 64), nn.ReLU(), nn.Dropout(0.3))
    model.append(nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 32, shuffle=not fault)
    return Program(model, optimizer, step, 360, lambda: classifies(model, x, t))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/NLeSC/mcfly/issues/322",
    "the data are not shuffled before training, which can totally impair it",
    "shuffle by default",
)
def sensors_in_order(fault: bool) -> Program:
    """Activities by three sensors, recorded one after the other: a convolution over time, an LSTM, a dense layer,
    Adam."""
    x, t = waves(1200, classes=5)
    order = t.argsort(stable=True)
    x, t = x[order], t[order]

    class DeepConvLSTM(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.conv = nn.BatchNorm1d(3), nn.Conv1d(3, 16, 3)
            self.lstm, self.out = nn.LSTM(16, 32, batch_first=True), nn.Linear(32, 5)

        def forward(self, x: Tensor) -> Tensor:
            h = F.relu(self.conv(self.norm(x.transpose(1, 2))))
            return self.out(self.lstm(h.transpose(1, 2))[0].mean(1))

    model = DeepConvLSTM()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    rows = batches(1200, 20, shuffle=not fault)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))
