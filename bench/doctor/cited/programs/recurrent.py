"""Recurrent nets over long sequences."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Order(nn.Module):
    """A recurrent net whose last state says the class."""

    def __init__(self, lstm: bool) -> None:
        super().__init__()
        self.rnn = (nn.LSTM if lstm else nn.RNN)(8, 24, batch_first=True)
        self.out = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(F.one_hot(x, 8).float())[0][:, -1])


@faulty(
    Fault.VANISHING,
    "https://github.com/mikolaj395/lstm_experiment",
    "two symbols far apart among many decide the class: the simple recurrent net does not learn it",
    "an LSTM (with open forget gates here)",
)
def order_of_two_symbols(fault: bool) -> Program:
    """Task 6a of the LSTM paper: E, symbols a to d with X or Y at two places, B; the class is the order of X and Y. The
    length is 52 here instead of 100 to 110, and the places are the 6th to the 10th and the 20th to the 24th."""
    n, length = 400, 52
    x = torch.randint(4, (n, length))
    first, second = torch.randint(2, (n,)), torch.randint(2, (n,))
    x[range(n), torch.randint(6, 11, (n,))] = 4 + first
    x[range(n), torch.randint(20, 25, (n,))] = 4 + second
    x[:, 0], x[:, -1] = 6, 7
    t = 2 * first + second
    model = Order(lstm=not fault)
    if not fault:
        with torch.no_grad():
            model.rnn.bias_ih_l0[24:48] = 3.0
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, F.cross_entropy, x, t, 40)
    return Program(model, optimizer, step, 350, lambda: classifies(model, x, t))


class Adder(nn.Module):
    """A recurrent net for the sum of the two numbers that are marked."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.rnn = nn.RNN(2, 40, nonlinearity=kind, batch_first=True)
        self.out = nn.Linear(40, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0][:, -1])


@faulty(
    Fault.VANISHING,
    "https://arxiv.org/abs/1504.00941",
    "a recurrent net of tanh on the adding problem: it stays at the error of always predicting the mean",
    "ReLUs, the identity as recurrent matrix, biases of zero, clipped gradients",
)
def adding_problem(fault: bool) -> Program:
    """Two numbers of a sequence of 60 (150 and more in the source) are marked, their sum is to be given, mean squared
    error, batches of 16, gradient descent in the source, Adam here."""
    n, length = 600, 60
    x = torch.stack([torch.rand(n, length), torch.zeros(n, length)], 2)
    for i in range(n):
        x[i, torch.randperm(length // 2)[0], 1] = 1
        x[i, length // 2 + torch.randperm(length // 2)[0], 1] = 1
    y = (x[..., 0] * x[..., 1]).sum(1, keepdim=True)
    model = Adder("tanh" if fault else "relu")
    with torch.no_grad():
        model.rnn.bias_ih_l0.zero_(), model.rnn.bias_hh_l0.zero_()
        nn.init.normal_(model.rnn.weight_ih_l0, std=0.03 if not fault else 0.16)
        model.rnn.weight_hh_l0.copy_(0.1 * torch.randn(40, 40) if fault else torch.eye(40))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(n, 16)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 900, lambda: predicts(model, x, y))


class NameRnn(nn.Module):
    """The recurrent net of the tutorial: hidden states are linear in what went before."""

    def __init__(self, letters: int, hidden: int, categories: int) -> None:
        super().__init__()
        self.hidden_size = hidden
        self.i2h = nn.Linear(letters + hidden, hidden)
        self.i2o = nn.Linear(letters + hidden, categories)

    def forward(self, letter: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        combined = torch.cat((letter, hidden), 1)
        return F.log_softmax(self.i2o(combined), dim=1), self.i2h(combined)


@faulty(
    Fault.EXPLODING,
    "https://github.com/pytorch/tutorials/issues/847",
    "the training of the tutorial on the site has run into NaN from iteration 35000 on",
    "a run without NaN (ours: a lower rate and clipped gradients)",
)
def names_on_the_site(fault: bool) -> Program:
    """Names to languages, letter by letter, one name a step, negative log-likelihood, the parameters updated by hand in
    the source, at 0.005; SGD at 0.05 here, since the run is short, and names of 10 to 24 letters."""
    likely = torch.randint(20, (5, 4))
    lengths = torch.randint(10, 25, (200,)).tolist()
    t = torch.randint(5, (200,))
    names = [
        torch.where(torch.rand(k) < 0.7, likely[c][torch.randint(4, (k,))], torch.randint(20, (k,)))
        for c, k in zip(t.tolist(), lengths, strict=True)
    ]
    model = NameRnn(20, 64, 5)
    nn.init.orthogonal_(model.i2h.weight.data[:, 20:])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05 if fault else 0.02)
    rows = batches(200, 1)

    def score(i: int) -> Tensor:
        hidden = torch.zeros(1, model.hidden_size)
        for letter in F.one_hot(names[i], 20).float()[:, None]:
            output, hidden = model(letter, hidden)
        return output

    def step() -> Tensor:
        i = int(next(rows))
        model.zero_grad()
        loss = F.nll_loss(score(i), t[i : i + 1])
        loss.backward()
        if not fault:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(torch.cat([score(i) for i in range(200)]).argmax(1), t)

    return Program(model, optimizer, step, 1200, quality)


class Speaker(nn.Module):
    """A plain recurrent net that gives the next token at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        self.wx, self.wh = nn.Linear(16, 64), nn.Linear(64, 64, bias=False)
        self.head = nn.Linear(64, 20)

    def forward(self, tokens: Tensor) -> Tensor:
        h, out = torch.zeros(len(tokens), 64), []
        for x in self.embed(tokens).unbind(1):
            h = F.relu(self.wx(x) + self.wh(h))
            out.append(self.head(h))
        return torch.stack(out, 1)


@faulty(
    Fault.EXPLODING,
    "https://github.com/chentuochao/Sound_Bubble/issues/4",
    "grad_clip does not reach the model: gradients explode, and the loss is NaN after a while",
    "clip the gradients (at 1)",
)
def clip_that_does_not_arrive(fault: bool) -> Program:
    """A recurrent net on long sequences (tokens here, sound in the source), Adam with the squared error there,
    cross-entropy and SGD with momentum here, recurrent weights of a norm above one."""
    tokens = text(200, length=48)
    model = Speaker()
    nn.init.orthogonal_(model.wh.weight, gain=1.4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    grad_clip = 1.0
    rows = batches(200, 10)

    def step() -> Tensor:
        batch = tokens[next(rows)]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        if not fault:
            nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return 2 * right(model(tokens[:, :-1]).argmax(2), tokens[:, 1:])

    return Program(model, optimizer, step, 300, quality)
