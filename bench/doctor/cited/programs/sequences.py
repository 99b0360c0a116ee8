"""Recurrent nets, and nets on texts."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, text, waves, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class BrokenLlama(nn.Module):
    """The first model of the tutorial, which returns its loss."""

    def __init__(self, softmax: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 64)
        self.linear = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 20))
        self.softmax = softmax

    def logits(self, idx: Tensor) -> Tensor:
        a = self.linear(self.embedding(idx))
        return F.softmax(a, dim=-1) if self.softmax else a

    def forward(self, idx: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(self.logits(idx).reshape(-1, 20), targets.reshape(-1))


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/bkitano/llama-from-scratch/issues/5",
    "a softmax over the logits before F.cross_entropy",
    "no softmax",
)
def llama_from_scratch(fault: bool) -> Program:
    """The next character by an embedding and two linear layers with a ReLU, the loss inside of the model, Adam."""
    tokens = text(500, 16)
    model = BrokenLlama(fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(500, 32)

    def step() -> Tensor:
        batch = tokens[next(rows)]
        optimizer.zero_grad()
        loss = model(batch[:, :-1], batch[:, 1:])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            # Each token has two likely successors, so that no more than about half of the guesses can be right.
            return 2 * right(model.logits(tokens[:, :-1]).argmax(-1), tokens[:, 1:])

    return Program(model, optimizer, step, 400, quality)


class CollisionCrossSection(nn.Module):
    def __init__(self, relu: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        self.lstm = nn.LSTM(16, 32, batch_first=True, bidirectional=True)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 1)
        nn.init.constant_(self.fc2.bias, -0.4)
        self.relu = relu

    def forward(self, peptide: Tensor) -> Tensor:
        y = self.fc2(F.relu(self.fc1(self.lstm(self.embedding(peptide))[0].mean(1))))
        return F.relu(y) if self.relu else y


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/ProteomicsML/ProteomicsML/pull/203",
    "a ReLU behind the last layer of a regression: with unlucky initial values the net gives 0 for all peptides",
    "no ReLU behind the last layer",
)
def retention_of_peptides(fault: bool) -> Program:
    """A property between 0 and 1 of sequences of amino acids by an LSTM, mean squared error, Adam. The bias of the last
    layer starts at -0.4 here, so that the initial values are the unlucky ones."""
    tokens = torch.randint(20, (600, 12))
    worth = torch.rand(20)
    y = worth[tokens].mean(1, keepdim=True)
    y = (y - y.min()) / (y.max() - y.min())
    model = CollisionCrossSection(fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, nn.MSELoss(), tokens, y, 40)
    return Program(model, optimizer, step, 200, lambda: predicts(model, tokens, y))


class WordConvolutions(nn.Module):
    """Parallel convolutions, one of them for each size of the window."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        convolutions = [nn.Conv1d(24, 1, size) for size in (3, 4, 5)]
        self.conv1d = nn.ModuleList(convolutions) if registered else convolutions
        self.vectors = nn.Embedding(60, 24)
        self.vectors.weight.requires_grad_(False)
        self.out = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.vectors(x).transpose(1, 2)
        return self.out(torch.cat([F.relu(conv(x)).amax(2) for conv in self.conv1d], 1))


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/pytorch/pytorch/issues/1053",
    "the convolutions are in a Python list: they are not registered",
    "nn.ModuleList",
)
def convolutions_in_a_list(fault: bool) -> Program:
    """Text: fixed word vectors, convolutions of windows of 3, 4 and 5 with one channel each, maxima over time, Adam."""
    x, t = words(800, length=16)
    model = WordConvolutions(registered=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 40)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class AcousticLstm(nn.Module):
    """An LSTM cell with projection, run step by step."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.w_x, self.w_h = nn.Linear(3, 4 * 32), nn.Linear(16, 4 * 32, bias=False)
        self.project = nn.Linear(32, 16, bias=False)
        nn.init.normal_(self.project.weight, std=scale)
        nn.init.normal_(self.w_h.weight, std=scale)
        self.out = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        h, c = x.new_zeros(len(x), 16), x.new_zeros(len(x), 32)
        for frame in x.unbind(1):
            i, f, g, o = (self.w_x(frame) + self.w_h(h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = self.project(torch.sigmoid(o) * torch.tanh(c))
        return self.out(h)


@faulty(
    Fault.EXPLODING,
    "https://github.com/Marcovaldong/lstmp.pytorch/issues/2",
    "an LSTM with projection on long sequences: the gradients explode, and the loss becomes NaN",
    "clip the gradients to a norm of 1 (0.3 here)",
)
def projected_lstm(fault: bool) -> Program:
    """Cells with projection over 24 frames, cross-entropy, SGD with momentum (its rate, 0.1, and the large recurrent
    weights are ours)."""
    x, t = waves(300, length=24)
    model = AcousticLstm(0.6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    rows = batches(300, 30)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        if not fault:
            nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


class Hierarchical(nn.Module):
    """Words through a GRU, their attention, and a softmax."""

    def __init__(self, log: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(60, 24)
        self.gru = nn.GRU(24, 24, batch_first=True, bidirectional=True)
        self.context = nn.Linear(48, 1)
        self.fc = nn.Linear(48, 3)
        self.log = log

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.gru(self.embed(x))
        pooled = (torch.softmax(self.context(torch.tanh(h)), 1) * h).sum(1)
        return F.log_softmax(self.fc(pooled), 1) if self.log else F.softmax(self.fc(pooled), 1)


@faulty(
    Fault.MISSING_SOFTMAX,
    "https://github.com/midas-research/man-sf-emnlp/issues/2",
    "F.nll_loss is given F.softmax instead of F.log_softmax",
    "F.log_softmax",
)
def movements_of_stocks(fault: bool) -> Program:
    """Texts through a GRU with attention (the graph of the source is left out), three classes, class weights, nll_loss.
    Adam with a weight decay of 5e-4; its rate is ten times as high here."""
    x, t = words(700, classes=3)
    model = Hierarchical(log=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=5e-4)
    weights = torch.tensor([1.0, 1.3, 0.9])
    step = plain(model, optimizer, lambda y, labels: F.nll_loss(y, labels, weight=weights), x, t, 35)
    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


class ReluRnn(nn.Module):
    def __init__(self, last: bool) -> None:
        super().__init__()
        self.rnn = nn.RNN(2, 48, nonlinearity="relu", batch_first=True)
        self.dense = nn.Linear(48, 1)
        nn.init.constant_(self.dense.bias, -0.3)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        y = self.dense(self.rnn(x)[0])
        return torch.relu(y) if self.last else y


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/keras-team/keras/issues/3687",
    "a dense layer with ReLU gives the sequence of a regression: predictions are all zero",
    "no activation behind the last layer (ours: the thread ends without one)",
)
def many_to_many(fault: bool) -> Program:
    """A recurrent net with ReLUs gives a number at each step, mean squared error, SGD with Nesterov momentum. The
    bias of the last layer starts at -0.3 here, momentum is 0.9 instead of 0.99."""
    x = torch.randn(300, 20, 2)
    y = torch.tanh(x[..., :1].cumsum(1) / 4)
    model = ReluRnn(fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-6)
    rows = batches(300, 30)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = (model(x[batch]) - y[batch]).square().sum(1).mean() / math.sqrt(20)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 250, lambda: predicts(model, x, y))
