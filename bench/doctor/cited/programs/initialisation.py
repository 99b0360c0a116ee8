"""Weights that start in the wrong place."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.LARGE_WEIGHTS,
    "https://github.com/keras-team/keras/issues/1597",
    "dense layers with weights of deviation 0.1: loss and accuracy do not change",
    "the default initialisation",
)
def normal_weights_of_a_tenth(fault: bool) -> Program:
    """One of the answers in the thread restated: wide dense layers of ReLUs (600 units here, three of them), rows with
    two classes, a sigmoid, binary cross-entropy of clipped probabilities, SGD at 0.01."""
    x, t = blobs(400, classes=2, columns=200, spread=6.0)
    model = nn.Sequential()
    for i in range(4):
        model.append(nn.Linear(200 if i == 0 else 600, 600)).append(nn.ReLU())
    model.append(nn.Linear(600, 1)).append(nn.Sigmoid())
    for layer in model[::2]:
        nn.init.normal_(layer.weight, 0.0, 0.1) if fault else nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def criterion(y: Tensor, t: Tensor) -> Tensor:
        return F.binary_cross_entropy(y[:, 0].clamp(1e-7, 1 - 1e-7), t.float())

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > 0.5).long(), t)

    return Program(model, optimizer, plain(model, optimizer, criterion, x, t, 32), 300, quality)


class Tower(nn.Module):
    """A residual tower with a head for a value from -1 to 1."""

    def __init__(self, channels: int, blocks: int, fan: float) -> None:
        super().__init__()
        self.input = nn.Conv2d(2, channels, 3, padding=1)
        self.blocks = nn.ModuleList([nn.Conv2d(channels, channels, 3, padding=1) for _ in range(blocks)])
        self.fc1, self.fc2 = nn.Linear(64 * channels, 64), nn.Linear(64, 1)
        for p in [self.input, *self.blocks]:
            inputs, outputs = p.in_channels, p.out_channels
            count = 3 + 3 + inputs + outputs if fan == 0 else fan * (inputs + outputs)
            nn.init.normal_(p.weight, std=(2 / count) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.input(x))
        for conv in self.blocks:
            x = F.relu(x + conv(x))
        return torch.tanh(self.fc2(F.relu(self.fc1(x.flatten(1)))))


@faulty(
    Fault.LARGE_WEIGHTS,
    "https://github.com/LeelaChessZero/lczero-training/pull/43",
    "the deviation is sqrt(2 / (3 + 3 + inputs + outputs)), three times too large: the value head always gives 1",
    "sqrt(2 / (9 inputs + 9 outputs))",
)
def value_of_a_board(fault: bool) -> Program:
    """Boards of 8 x 8, a tower of residual blocks (4 of 16 channels, without batch normalisation here), tanh, squared
    error against results of -1 and 1, SGD with momentum 0.9."""
    x = (torch.rand(400, 2, 8, 8) < 0.3).float()
    weight = torch.randn(2, 8, 8)
    z = (x * weight).sum((1, 2, 3), keepdim=True)[:, :, 0, 0]
    z = torch.where(z > z.median(), 1.0, -1.0)
    model = Tower(16, 4, 0 if fault else 9)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    step = plain(model, optimizer, F.mse_loss, x, z, 32)
    return Program(model, optimizer, step, 300, lambda: predicts(model, x, z))


@faulty(
    Fault.SYMMETRY,
    "https://github.com/HomericIntelligence/Mnemosyne/pull/1987",
    "all weights are filled with one value: gradients of the layers in front cancel out, the loss stays at ln(classes)",
    "weights that differ (ours: the default initialisation)",
)
def uniform_fill(fault: bool) -> Program:
    """A test that a net converges: a convolution, two dense layers, softmax cross-entropy, SGD; the classes are
    ours."""
    x, t = pictures(300, classes=4, size=12)

    class LeNetLike(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 6, 5)
            self.fc1, self.fc2 = nn.Linear(96, 32), nn.Linear(32, 4)

        def forward(self, x: Tensor) -> Tensor:
            x = F.max_pool2d(self.conv(x).relu(), 2)
            return self.fc2(F.relu(self.fc1(x.flatten(1))))

    model = LeNetLike()
    with torch.no_grad():
        for p in model.parameters() if fault else ():
            p.fill_(0.05 if p.dim() > 1 else 0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 30)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class HandmadeLstm(nn.Module):
    """An LSTM of matrices, as tutorials write it."""

    def __init__(self, inputs: int, hidden: int, outputs: int, scale: float) -> None:
        super().__init__()
        self.hidden = hidden
        self.wf, self.wi, self.wc, self.wo = (
            nn.Parameter(scale * torch.randn(inputs + hidden, hidden)) for _ in range(4)
        )
        self.wy = nn.Parameter(scale * torch.randn(hidden, outputs))
        self.by = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        h = c = x.new_zeros(len(x), self.hidden)
        for step in x.unbind(1):
            z = torch.cat([step, h], 1)
            c = torch.sigmoid(z @ self.wf) * c + torch.sigmoid(z @ self.wi) * torch.tanh(z @ self.wc)
            h = torch.sigmoid(z @ self.wo) * torch.tanh(c)
        return h @ self.wy + self.by


@faulty(
    Fault.SATURATED,
    "https://github.com/mukul-rathi/deep-learning-tutorials/issues/2",
    "the gates of the LSTM are saturated; look at the initial weights, the issue says",
    "scaled weights (ours: deviation 1 / sqrt(inputs))",
)
def gates_from_the_start(fault: bool) -> Program:
    """A handmade LSTM of 48 units on waves; weights of deviation 3 in the faulty program (ours, the issue gives
    none)."""
    x, t = waves(300, length=20, classes=6)
    model = HandmadeLstm(3, 48, 6, 3.0 if fault else 51**-0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    step = plain(model, optimizer, F.cross_entropy, x, t, 30)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.SATURATED,
    "https://github.com/neuroinfo-os/deep-bottleneck/issues/168",
    "big initial biases: no learning happens",
    "biases of zero (ours: the issue was put off)",
)
def big_biases(fault: bool) -> Program:
    """The nets of the information bottleneck: 12 inputs, layers of 10, 7, 5, 4 and 3 units of tanh, two outputs, Adam,
    with cross-entropy. Biases of 6 or -6 in the faulty program (ours)."""
    x = torch.randint(2, (500, 12)).float() * 2 - 1
    t = ((x[:, :4].sum(1) > 0) ^ (x[:, 4] > 0)).long()
    model = nn.Sequential()
    widths = [12, 10, 7, 5, 4, 3]
    for i, o in zip(widths, widths[1:], strict=False):
        model.append(nn.Linear(i, o)).append(nn.Tanh())
        bias = 6 * (torch.randint(2, (o,)) * 2.0 - 1)
        model[-2].bias.data = bias if fault else torch.zeros(o)
    model.append(nn.Linear(3, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 50)
    return Program(model, optimizer, step, 800, lambda: classifies(model, x, t))


@faulty(
    Fault.SATURATED,
    "https://github.com/snowch-notes/deep-learning",
    "weights of XOR's net drawn with a factor of 10: the sigmoids are saturated and training stalls",
    "small initial weights (deviation 1 here)",
)
def saturated_xor(fault: bool) -> Program:
    """XOR by four sigmoids and one, mean squared error, gradient descent at 0.1 (2 here)."""
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = torch.tensor([[0.0], [1], [1], [0]])
    model = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid())
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=10.0 if fault else 1.0)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
    step = plain(model, optimizer, F.mse_loss, x, y, 4, shuffle=False)
    return Program(model, optimizer, step, 1500, lambda: predicts(model, x, y))


@faulty(
    Fault.EXPLODING,
    "https://github.com/ragulpr/wtte-rnn-examples/issues/2",
    "the initial alpha is far from the times between events: large steps, then NaN",
    "start from the mean of the times",
)
def time_to_event(fault: bool) -> Program:
    """Times to events by a GRU that gives alpha and beta of a Weibull distribution, minus its log-likelihood, Adam at
    0.01. Times are of the order of 30; alpha starts at 0.5 in the faulty program (ours: sensitive, the issue says)."""
    x, t = waves(300, length=16, channels=2, classes=3)
    times = (10.0 + 15 * t) * (-torch.rand(300).log() * 0.2 + 0.8)
    model = nn.ModuleDict({"gru": nn.GRU(2, 20, batch_first=True), "out": nn.Linear(20, 2)})
    start = 0.5 if fault else times.mean().item()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    rows = batches(300, 30)

    def parameters(x: Tensor) -> tuple[Tensor, Tensor]:
        raw = model["out"](model["gru"](x)[0][:, -1])
        return start * raw[:, 0].exp(), F.softplus(raw[:, 1] + 3)

    def step() -> Tensor:
        batch = next(rows)
        alpha, beta = parameters(x[batch])
        ratio = (times[batch] + 1e-35) / alpha
        loss = -(beta.log() + beta * ratio.log() - ratio**beta).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(parameters(x)[0], 10.0 + 15 * t)

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.EXPLODING,
    "https://machinelearningmastery.com/how-to-avoid-exploding-gradients-in-neural-networks-with-gradient-clipping/",
    "targets from -400 to 400, a linear output, SGD at 0.01 with momentum 0.9: the loss is NaN in the first epochs",
    "clip the norm of the gradients at 1 (at 25 here, for fewer steps)",
)
def unclipped_regression(fault: bool) -> Program:
    """A regression with 20 inputs and noise, 25 ReLUs with He's uniform initialisation, mean squared error, 500 rows,
    batches of 32."""
    x, y = table(500, columns=20)
    y = 150 * y
    model = nn.Sequential(nn.Linear(20, 25), nn.ReLU(), nn.Linear(25, 1))
    nn.init.kaiming_uniform_(model[0].weight, nonlinearity="relu")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    rows = batches(500, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        if not fault:
            nn.utils.clip_grad_norm_(model.parameters(), 25.0)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))
