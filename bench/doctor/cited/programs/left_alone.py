"""Parts of a net that training cannot reach, or is kept away from."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, pictures, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


class Fashion(nn.Module):
    """Convolutions that may be frozen, a layer of features and one of scores."""

    def __init__(self, freeze: bool) -> None:
        super().__init__()
        self.base = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU())
        self.features, self.scores = nn.Linear(16, 24), nn.Linear(24, 16)
        if freeze:
            for p in self.base.parameters():
                p.requires_grad = False

    def forward(self, x: Tensor) -> Tensor:
        x = self.base(x).mean((2, 3))
        return self.scores(F.relu(self.features(x)))


@faulty(
    Fault.FROZEN,
    "https://github.com/ihciah/deep-fashion-retrieval/issues/1",
    "all convolutions are frozen; with the flag changed, the accuracy improves quickly",
    "train them too",
)
def frozen_convolutions(fault: bool) -> Program:
    """Clothes to kinds: a ResNet's convolutions (small and not pre-trained here), features, scores, cross-entropy, SGD
    with momentum 0.9 (Adam at 0.003 here)."""
    x, t = pictures(640, classes=16, channels=3, noise=0.1)
    model = Fashion(freeze=fault)
    optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))


@faulty(
    Fault.SYMMETRY,
    "https://github.com/nndl/nndl-discussion/issues/14",
    "all weights start at zero: the neurons of a layer have the same value and the same updates",
    "random weights (a Gaussian here)",
)
def exercise_of_zeros(fault: bool) -> Program:
    """An exercise of a textbook: a net with one hidden layer of sigmoids, here on two circles with the logarithmic
    loss and gradient descent with momentum."""
    x, t = circles(400)
    w = nn.ParameterList([torch.zeros(2, 16), torch.zeros(16), torch.zeros(16, 1), torch.zeros(1)])
    for p in w if not fault else ():
        nn.init.normal_(p, std=1.0)
    optimizer = torch.optim.SGD(w, lr=0.5, momentum=0.9)

    def chance(x: Tensor) -> Tensor:
        return torch.sigmoid(torch.sigmoid(x @ w[0] + w[1]) @ w[2] + w[3])[:, 0]

    def step() -> Tensor:
        p = chance(x).clamp(1e-6, 1 - 1e-6)
        loss = -(t * p.log() + (1 - t) * (1 - p).log()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(w):
            return right((chance(x) > 0.5).long(), t)

    return Program(w, optimizer, step, 1000, quality)


class Window(nn.Module):
    """A language model of windows, with its hidden layers in a list."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 10)
        layers = [nn.Linear(10 if i == 0 else 32, 32) for i in range(3)]
        self.linears = nn.ModuleList(layers) if registered else layers
        for layer in layers:
            nn.init.xavier_normal_(layer.weight, gain=0.3)
        self.out = nn.Linear(32, 20)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x)
        for linear in self.linears:
            x = F.relu(linear(x))
        return self.out(x)


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/pytorch/pytorch/issues/72580",
    "a list of modules is set as an attribute: its parameters are not trained, without an error or a warning",
    "nn.ModuleList",
)
def list_in_a_thesis(fault: bool) -> Program:
    """It happened in a master's thesis; the net is ours: the next token from the last one, three hidden layers with
    small initial weights, cross-entropy, SGD with momentum."""
    tokens = text(300, length=12)
    x, y = tokens[:, :-1].flatten(), tokens[:, 1:].flatten()
    model = Window(registered=not fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    rows = batches(len(x), 64)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return 2 * right(model(x).argmax(1), y)

    return Program(model, optimizer, step, 600, quality)
