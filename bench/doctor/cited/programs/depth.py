"""Faults of depth, of time and of activations inside of the network."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, circles, pictures, table, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.VANISHING,
    "https://github.com/shiningrain/AUTOTRAINER/tree/HEAD/AutoTrainer/demo_case/Gradient_Vanish_Case",
    "the demonstration of vanishing gradients: many dense layers of five sigmoids",
    "other activations, batch normalisation (AUTOTRAINER's repairs)",
)
def many_sigmoids(fault: bool) -> Program:
    """Two circles, layers of five units, He initialisation, binary cross-entropy, Adam at 0.001; the number of layers
    is ours."""
    x, t = circles(600)
    layers: list[nn.Module] = []
    for i in range(7):
        layers.append(nn.Linear(2 if i == 0 else 5, 5))
        nn.init.kaiming_uniform_(layers[-1].weight, nonlinearity="relu")
        layers += [nn.Sigmoid()] if fault else [nn.BatchNorm1d(5), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(5, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3 if fault else 5e-3)

    def criterion(y: Tensor, t: Tensor) -> Tensor:
        return F.binary_cross_entropy(y[:, 0], t.float())

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > 0.5).long(), t)

    return Program(model, optimizer, plain(model, optimizer, criterion, x, t, 32), 500, quality)


@faulty(
    Fault.DYING_RELU,
    "https://github.com/shiningrain/AUTOTRAINER/tree/HEAD/Motivation/DyingReLU",
    "34 layers of ReLUs: in half of the trainings the ReLUs die",
    "fewer layers; AUTOTRAINER's repairs are other activations and initialisations",
)
def thirty_four_relus(fault: bool) -> Program:
    """Digits by 34 dense layers with ReLUs, Glorot initialisation, zero biases, cross-entropy, Adam; narrower here."""
    x, t = pictures(600)
    depth = 34 if fault else 4
    layers: list[nn.Module] = [nn.Flatten()]
    for i in range(depth):
        layers += [nn.Linear(256 if i == 0 else 32, 32), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(32, 10))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/shiningrain/AUTOTRAINER/tree/HEAD/AutoTrainer/demo_case/Improper_Activation_case",
    "the demonstration of an improper activation: ReLU on the outputs of a classifier",
    "softmax",
)
def improper_activation(fault: bool) -> Program:
    """Three blobs, four layers of 50 ReLUs, He initialisation, three outputs, categorical cross-entropy."""
    x, t = blobs(600, classes=3, columns=2, spread=0.7)
    layers: list[nn.Module] = []
    for i in range(4):
        layers += [nn.Linear(2 if i == 0 else 50, 50), nn.ReLU()]
        nn.init.kaiming_uniform_(layers[-2].weight, nonlinearity="relu")
    model = nn.Sequential(*layers, nn.Linear(50, 3), nn.ReLU() if fault else nn.Softmax(1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def categorical(y: Tensor, t: Tensor) -> Tensor:
        y = y / y.sum(1, keepdim=True).clamp(min=1e-7)
        return F.nll_loss(y.clamp(1e-7, 1 - 1e-7).log(), t)

    step = plain(model, optimizer, categorical, x, t, 32)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class TwoLayers(nn.Module):
    def __init__(self, relu: bool) -> None:
        super().__init__()
        self.relu = relu
        self.fc1, self.fc2, self.fc3 = nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 2)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.fc1, self.fc2):
            x = F.relu(layer(x)) if self.relu else layer(x)
        return self.fc3(x)


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/YujiaBao/ls/issues/1",
    "the paper says ReLU on the hidden units, the MLP has none",
    "add the ReLUs",
)
def linear_mlp(fault: bool) -> Program:
    """Binary classification of points that no line divides, an MLP with two hidden layers, cross-entropy, Adam."""
    x, t = circles(600)
    model = TwoLayers(relu=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 30)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/nutonomy/nuscenes-devkit/issues/728",
    "a nonlinearity is missing between the two linear layers of the head",
    "nn.ReLU between them",
)
def linear_head(fault: bool) -> Program:
    """Trajectories of several points from a state, two linear layers, smooth L1 loss, SGD with momentum."""
    x = torch.randn(600, 6)
    speed, turn = x[:, :1].abs() + 0.5, x[:, 1:2] * x[:, 2:3]
    time = torch.linspace(0.2, 1.2, 6)
    y = torch.cat([speed * torch.cos(turn * time), speed * torch.sin(turn * time)], 1)
    model = nn.Sequential(nn.Linear(6, 96), *([] if fault else [nn.ReLU()]), nn.Linear(96, 12))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    step = plain(model, optimizer, F.smooth_l1_loss, x, y, 30)
    return Program(model, optimizer, step, 800, lambda: predicts(model, x, y))


@faulty(
    Fault.VANISHING,
    "https://stackoverflow.com/questions/39217567",
    "sigmoids in all layers, weights drawn from a narrow normal distribution (DeepFD, number 12)",
    "ReLU",
)
def narrow_sigmoids(fault: bool) -> Program:
    """A regression by dense layers as wide as the input, weights from a normal distribution of deviation 0.05, Adam."""
    x, y = table(500, columns=16)
    layers: list[nn.Module] = []
    for _ in range(6):
        layers.append(nn.Linear(16, 16))
        if fault:
            nn.init.normal_(layers[-1].weight, std=0.05)
        layers.append(nn.Sigmoid() if fault else nn.ReLU())
    model = nn.Sequential(*layers, nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.mse_loss, x, y, 25)
    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))


@faulty(
    Fault.OPTIMIZER,
    "https://stackoverflow.com/questions/31556268",
    "XOR by sigmoids, mean absolute error, SGD at 0.05 with a momentum of 0.11 (DeepFD, number 3)",
    "mean squared error, Adam, more epochs",
)
def xor_by_sigmoids(fault: bool) -> Program:
    """XOR: 2-4-1 with sigmoids, Glorot initialisation, the four points as one batch."""
    x = torch.tensor([[1.0, 1], [1, 0], [0, 0], [0, 1]])
    y = torch.tensor([[0.0], [1], [0], [1]])
    model = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid())
    for layer in (model[0], model[2]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    if fault:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.11, nesterov=True)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    step = plain(model, optimizer, F.l1_loss if fault else F.mse_loss, x, y, 4)
    return Program(model, optimizer, step, 1500, lambda: predicts(model, x, y))


class PixelRnn(nn.Module):
    """A recurrent net over a long sequence, whose beginning decides."""

    def __init__(self, lstm: bool) -> None:
        super().__init__()
        self.rnn = (nn.LSTM if lstm else nn.RNN)(2, 24, batch_first=True)
        self.out = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.rnn(x)[0][:, -1])


@faulty(
    Fault.VANISHING,
    "https://github.com/Atcold/NYU-DLSP20/pull/93",
    "with a large input sequence a plain RNN fails, its gradients with respect to the input are much smaller",
    "an LSTM, with which it could be trained",
)
def long_memory(fault: bool) -> Program:
    """Classification of long sequences by their beginning, cross-entropy, Adam; the LSTM starts with
    open forget gates."""
    n, length = 400, 80
    t = torch.randint(4, (n,))
    x = 0.2 * torch.randn(n, length, 2)
    x[:, 0, 0], x[:, 0, 1] = 2.0 * (t % 2) - 1, 2.0 * (t // 2) - 1
    model = PixelRnn(lstm=not fault)
    if not fault:
        with torch.no_grad():
            model.rnn.bias_ih_l0[24:48] = 5.0
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 40)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


class LetterRnn(nn.Module):
    """The recurrent net of the names tutorial: its hidden state has no activation."""

    def __init__(self) -> None:
        super().__init__()
        self.i2h, self.i2o = nn.Linear(3 + 32, 32), nn.Linear(3 + 32, 4)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.zeros(len(x), 32)
        for i in range(x.shape[1]):
            combined = torch.cat([x[:, i], hidden], 1)
            hidden = self.i2h(combined)
        return F.log_softmax(self.i2o(combined), 1)


@faulty(
    Fault.EXPLODING,
    "https://github.com/pytorch/pytorch/issues/2623",
    "the character-level RNN of the tutorial on another data set has exploding gradients",
    "clip the gradients",
)
def letters_without_clipping(fault: bool) -> Program:
    """A linear recurrence over the letters of words, negative log-likelihood, SGD."""
    x, t = waves(400, length=30)
    x = x + F.one_hot(t, 4)[:, None, :3]
    model = LetterRnn()
    nn.init.orthogonal_(model.i2h.weight[:, 3:].data, gain=1.08)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    rows = batches(400, 10)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.nll_loss(model(x[batch]), t[batch])
        loss.backward()
        if not fault:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))
