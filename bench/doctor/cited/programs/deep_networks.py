"""Nets that are too deep for what they are made of: gradients vanish on the way."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


def two_classes(model: nn.Module, x: Tensor, t: Tensor) -> float:
    """What a sigmoid at the end has learnt."""
    with evaluating(model):
        return right((model(x)[:, 0] > 0.5).long(), t)


def binary(y: Tensor, t: Tensor) -> Tensor:
    return F.binary_cross_entropy(y[:, 0], t.float())


@faulty(
    Fault.VANISHING,
    "https://machinelearningmastery.com/how-to-fix-vanishing-gradients-using-the-rectified-linear-activation-function/",
    "five hidden layers of tanh, weights drawn from a uniform distribution from 0 to 1",
    "ReLU and He's uniform initialisation",
)
def deep_tanh_on_circles(fault: bool) -> Program:
    """Two circles scaled to -1 to 1, hidden layers of five units, a sigmoid, binary cross-entropy, SGD at 0.01 with
    momentum 0.9."""
    x, t = circles(500)
    x = x / x.abs().max()
    model = nn.Sequential()
    for i in range(5):
        layer = nn.Linear(2 if i == 0 else 5, 5)
        if fault:
            nn.init.uniform_(layer.weight)
        else:
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
        model.append(layer).append(nn.Tanh() if fault else nn.ReLU())
    model.append(nn.Linear(5, 1)).append(nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    step = plain(model, optimizer, binary, x, t, 32)
    return Program(model, optimizer, step, 1500, lambda: two_classes(model, x, t))


class PlainVgg(nn.Module):
    """Convolutions in the order of a VGG, narrower; "M" is a pooling layer."""

    def __init__(self, order: list[int | str], normalise: bool, classes: int = 10) -> None:
        super().__init__()
        layers, channels = [], 3
        for entry in order:
            if entry == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers.append(nn.Conv2d(channels, entry, 3, padding=1))
            if normalise:
                layers.append(nn.BatchNorm2d(entry))
            layers.append(nn.ReLU(inplace=True))
            channels = entry
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean((2, 3)))


VGG19: list[int | str] = [8, 8, "M", 16, 16, "M", 24, 24, 24, 24, "M", 32, 32, 32, 32, "M", 32, 32, 32, 32]


@faulty(
    Fault.VANISHING,
    "https://github.com/soumith/imagenet-multiGPU.torch/issues/63",
    "vanilla VGG does not converge at all: after four epochs the loss is where it was",
    "batch normalisation after each convolution",
)
def vanilla_vgg(fault: bool) -> Program:
    """Sixteen convolutions with ReLUs, batches of 24, SGD with momentum 0.9 (at 0.01), decay 5e-4; narrower here."""
    x, t = pictures(360, channels=3, size=16)
    model = PlainVgg(VGG19, normalise=not fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 24)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.VANISHING,
    "https://neuralnetworksanddeeplearning.com/chap5.html",
    "more hidden layers of 30 sigmoids make it worse, and the first ones learn much more slowly than the last",
    "one hidden layer",
)
def hard_to_train(fault: bool) -> Program:
    """Digits by layers of 30 sigmoids (four of them in the faulty program), weights of deviation 1 / sqrt(inputs),
    cross-entropy of sigmoids, batches of 10, SGD at 0.1 (0.5 here)."""
    x, t = pictures(1000)
    target = F.one_hot(t, 10).float()
    widths = [256, 30, 30, 30, 30] if fault else [256, 30]
    model = nn.Sequential(nn.Flatten())
    for i, o in zip([*widths], [*widths[1:], 10], strict=True):
        model.append(nn.Linear(i, o)).append(nn.Sigmoid())
        nn.init.normal_(model[-2].weight, std=i**-0.5)
        nn.init.normal_(model[-2].bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    rows = batches(1000, 10)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(x[batch]), target[batch], reduction="sum") / len(batch)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 700, lambda: classifies(model, x, t))


@faulty(
    Fault.VANISHING,
    "https://machinelearningmastery.com/visualizing-the-vanishing-gradient-problem/",
    "four hidden layers of sigmoids, weights from a normal distribution: the gradients of the first layers are near 0",
    "ReLU",
)
def visualised_sigmoids(fault: bool) -> Program:
    """Two circles, four hidden layers of five units, binary cross-entropy, batches of 32, RMSprop at 0.001."""
    x, t = circles(600)
    activation = nn.Sigmoid if fault else nn.ReLU

    class Mlp(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.d1, self.d2, self.d3, self.d4 = (nn.Linear(2 if i == 0 else 5, 5) for i in range(4))
            self.d5 = nn.Linear(5, 1)
            self.activation = activation()
            for layer in (self.d1, self.d2, self.d3, self.d4, self.d5):
                nn.init.normal_(layer.weight, std=1.0)
                nn.init.zeros_(layer.bias)

        def forward(self, x: Tensor) -> Tensor:
            for layer in (self.d1, self.d2, self.d3, self.d4):
                x = self.activation(layer(x))
            return torch.sigmoid(self.d5(x))

    model = Mlp()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001)
    step = plain(model, optimizer, binary, x, t, 32)
    return Program(model, optimizer, step, 1500, lambda: two_classes(model, x, t))


class GraphConvolutions(nn.Module):
    """Features are averaged over neighbours at each layer; with shortcuts if wanted."""

    def __init__(self, adjacency: Tensor, depth: int, residual: bool) -> None:
        super().__init__()
        self.adjacency, self.residual = adjacency, residual
        self.first, self.last = nn.Linear(16, 24), nn.Linear(24, 4)
        self.middle = nn.ModuleList([nn.Linear(24, 24, bias=False) for _ in range(depth)])

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.first(x))
        for layer in self.middle:
            out = F.relu(self.adjacency @ layer(h))
            h = h + out if self.residual else out
        return self.last(h)


@faulty(
    Fault.VANISHING,
    "https://arxiv.org/abs/1904.03751",
    "many layers of graph convolutions without shortcuts: gradients vanish and features of all nodes become the same",
    "residual connections",
)
def deep_graph_net(fault: bool) -> Program:
    """Nodes in four groups, 20 graph convolutions, cross-entropy of all nodes at once, Adam (the groups' features are
    noisy; the sizes are ours)."""
    n = 160
    t = torch.randint(4, (n,))
    linked = torch.rand(n, n) < torch.where(t[:, None] == t, 0.12, 0.01)
    adjacency = (linked | linked.T).float() + torch.eye(n)
    adjacency = adjacency / adjacency.sum(1, keepdim=True)
    x = torch.randn(4, 16)[t] + torch.randn(n, 16)
    model = GraphConvolutions(adjacency, 20, residual=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


@faulty(
    Fault.VANISHING,
    "https://datascience.stackexchange.com/questions/31384",
    "weights of the sigmoids are drawn with a factor of 0.01: the loss remains near ln 2",
    "remove the factor, draw the biases as well, a rate of 0.1 instead of 0.03 (times ten here)",
)
def small_weights_on_xor(fault: bool) -> Program:
    """XOR by five sigmoids and one, the four points at once, cross-entropy written out, gradient descent by hand."""
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = torch.tensor([[0.0], [1], [1], [0]])
    model = nn.ParameterDict(
        {
            "w1": torch.randn(2, 5) * (0.01 if fault else 1),
            "b1": torch.zeros(5) if fault else torch.randn(5),
            "w2": torch.randn(5, 1) * (0.01 if fault else 1),
            "b2": torch.zeros(1) if fault else torch.randn(1),
        }
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3 if fault else 1.0)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.p = model

        def forward(self, x: Tensor) -> Tensor:
            return torch.sigmoid(torch.sigmoid(x @ self.p["w1"] + self.p["b1"]) @ self.p["w2"] + self.p["b2"])

    net = Net()

    def step() -> Tensor:
        a = net(x)
        loss = -(y * a.log() + (1 - y) * (1 - a).log()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(net, optimizer, step, 1500, lambda: predicts(net, x, y))
