"""Losses that expect logarithms, independent labels or another axis."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, text, words
from doctor.harness.quality import classifies, evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


class Layout(nn.Module):
    """The label and the box of the next object, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(20, 24), nn.LSTM(24, 48, batch_first=True)
        self.label, self.box = nn.Linear(48, 20), nn.Linear(48, 4)

    def forward(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        h, _ = self.rnn(self.embedding(labels))
        return self.label(h).softmax(-1), self.box(h)


@faulty(
    Fault.MISSING_SOFTMAX,
    "https://github.com/jamesli1618/Obj-GAN/issues/30",
    "NLLLoss of the softmax without the logarithm: the loss of the labels is always negative",
    "-log P instead of -P",
)
def layout_of_objects(fault: bool) -> Program:
    """The label of the next object and its box by an LSTM, NLLLoss plus half the squared error of the boxes, plain
    SGD."""
    labels = text(400, length=8, vocabulary=20)
    where = torch.randn(20, 4)
    boxes = where[labels] + 0.1 * torch.randn(400, 8, 4)
    model = Layout()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    rows = batches(400, 20)

    def step() -> Tensor:
        batch = next(rows)
        p, box = model(labels[batch, :-1])
        label_loss = F.nll_loss((p if fault else p.log()).flatten(0, 1), labels[batch, 1:].flatten())
        loss = label_loss + 0.5 * F.mse_loss(box, boxes[batch, :-1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        # Each label has two likely successors: what can be told of the next one is which two.
        with evaluating(model):
            p, box = model(labels[:, :-1])
            both = p.topk(2).indices
            hit = (both == labels[:, 1:, None]).any(-1).double().mean().item()
            return 0.5 * (hit - 0.1) / 0.9 + 0.5 * explained(box, boxes[:, :-1])

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.MISSING_SOFTMAX,
    "https://github.com/pytorch/pytorch/pull/12703",
    "the second example of NLLLoss lacks the LogSoftmax behind the convolution: the loss is sometimes negative",
    "nn.LogSoftmax(dim=1)",
)
def pixelwise_likelihood(fault: bool) -> Program:
    """A class for each pixel: 16 channels of 10 x 10, a convolution of 3 to 4 classes, NLLLoss, batches of 5, SGD."""
    t = torch.randint(4, (100, 3, 3)).repeat_interleave(3, 1).repeat_interleave(3, 2)[:, :8, :8]
    t = torch.where(torch.rand(t.shape) < 0.5, torch.zeros_like(t), t)
    codes = torch.randn(4, 16) + 2 * torch.randn(16)
    data = torch.randn(100, 16, 10, 10)
    data[:, :, 1:-1, 1:-1] += codes[t].movedim(-1, 1)
    conv = nn.Conv2d(16, 4, (3, 3))
    model = conv if fault else nn.Sequential(conv, nn.LogSoftmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    loss, rows = nn.NLLLoss(), batches(100, 5)

    def step() -> Tensor:
        batch = next(rows)
        output = loss(model(data[batch]), t[batch])
        optimizer.zero_grad()
        output.backward()
        optimizer.step()
        return output

    return Program(model, optimizer, step, 400, lambda: classifies(model, data, t))


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/keras-team/keras/issues/741",
    "softmax (and its cross-entropy) for examples that have several labels at once",
    "sigmoid units in the output layer and binary cross-entropy",
)
def seven_labels(fault: bool) -> Program:
    """Which of seven labels a text has, up to all of them: words as a bag, a dense layer of 64 ReLUs, RMSprop."""
    present = torch.rand(800, 7) < 0.45
    tokens, _ = words(800, length=10, vocabulary=50)
    counts = F.one_hot(tokens, 50).sum(1).float()
    counts[:, :7] += 2 * present
    model = nn.Sequential(nn.Linear(50, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 7))
    model.append(nn.Softmax(dim=1) if fault else nn.Sigmoid())
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.002)
    rows = batches(800, 32)
    y = present.float()

    def step() -> Tensor:
        batch = next(rows)
        p = model(counts[batch]).clamp(1e-7, 1 - 1e-7)
        loss = -(y[batch] * p.log()).sum(1).mean() if fault else F.binary_cross_entropy(p, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(counts) > 0.5).long(), present.long())

    return Program(model, optimizer, step, 400, quality)
