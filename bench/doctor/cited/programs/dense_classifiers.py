"""Classifiers of dense layers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty

CHECKER = "https://github.com/thedeepchecker/thedeepchecker/blob/main"


def digits(n: int = 800) -> tuple[Tensor, Tensor]:
    x, t = pictures(n)
    return x.flatten(1), t


@faulty(
    Fault.REDUCTION,
    f"{CHECKER}/GH_buggy_examples/TFE_bc09f95/tfe_bc09f95_under_test.py",
    "the cross-entropy is summed over the batch of 100, with gradient descent at 0.01",
    "the mean over the batch (the line that is commented out)",
)
def tensorboard_example(fault: bool) -> Program:
    """Digits, two hidden layers of 256 ReLUs, weights from a normal distribution, softmax cross-entropy, SGD at 0.01.
    The deviation is smaller here (0.1 instead of 1), so that the repaired program learns in few steps."""
    x, t = digits()
    layers = nn.Linear(256, 256), nn.Linear(256, 256), nn.Linear(256, 10)
    for layer in layers:
        nn.init.normal_(layer.weight, std=0.1)
        nn.init.normal_(layer.bias, std=0.1)
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss(reduction="sum" if fault else "mean")
    return Program(
        model, optimizer, plain(model, optimizer, criterion, x, t, 100), 300, lambda: classifies(model, x, t)
    )


class Softmax(nn.Module):
    """A softmax regression with its parameters as people write them."""

    def __init__(self) -> None:
        super().__init__()
        self.W = nn.Parameter(nn.init.trunc_normal_(torch.empty(256, 10)))
        self.b = nn.Parameter(torch.zeros(10))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.W + self.b


@faulty(
    Fault.NUMERICS,
    f"{CHECKER}/SO_buggy_examples/IPS_14.py",
    "minus the sum of the targets times log(softmax), which becomes zero for weights of deviation 1",
    "softmax_cross_entropy_with_logits and the mean (lines that are commented out)",
)
def softmax_regression(fault: bool) -> Program:
    """Digits, here with pixels up to 4, by one matrix of deviation 1, biases of zero, batches of 100, gradient descent
    at 0.01 (0.1 repaired, since the mean is taken)."""
    x, t = digits()
    x = 4 * x
    onehot = F.one_hot(t, 10).float()
    model = Softmax()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01 if fault else 0.1)

    def criterion(logits: Tensor, batch: Tensor) -> Tensor:
        if fault:
            return -torch.sum(batch * torch.log(torch.softmax(logits, 1)))
        return -torch.mean(torch.sum(batch * torch.log_softmax(logits, 1), 1))

    step = plain(model, optimizer, criterion, x, onehot, 100)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class TwoMatrices(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Parameter(torch.randn(256, 512) / 16)
        self.out = nn.Parameter(torch.randn(512, 10) / 16)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x @ self.hidden) @ self.out


@faulty(
    Fault.MISSING_SOFTMAX,
    f"{CHECKER}/SO_buggy_examples/IPS_7.py",
    "- y log(o) - (1 - y) log(1 - o) of outputs o without a sigmoid: the loss is NaN from the first step",
    "sigmoid_cross_entropy_with_logits (the line that is commented out)",
)
def logarithm_of_outputs(fault: bool) -> Program:
    """Digits by 512 sigmoids without biases, binary cross-entropy summed over the classes, gradient descent at 0.05.
    The deviation of the weights is smaller here (1/16 instead of 1)."""
    x, t = digits()
    onehot = F.one_hot(t, 10).float()
    model = TwoMatrices()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def criterion(o: Tensor, y: Tensor) -> Tensor:
        if fault:
            return (-y * torch.log(o) - (1 - y) * torch.log(1 - o)).sum(1).mean()
        return F.binary_cross_entropy_with_logits(o, y, reduction="none").sum(1).mean()

    step = plain(model, optimizer, criterion, x, onehot, 100)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class FocalLoss(nn.Module):
    """With logits."""

    def __init__(self, fault: bool) -> None:
        super().__init__()
        self.fault = fault

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        p = torch.sigmoid(inputs)
        ce = F.binary_cross_entropy_with_logits(p if self.fault else inputs, targets, reduction="none")
        p_t = p * targets + (1 - p) * (1 - targets)
        alpha = 0.25 * targets + 0.75 * (1 - targets)
        return (alpha * (1 - p_t) ** 2 * ce).mean()


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/itakurah/focal-loss-pytorch/pull/5",
    "binary_cross_entropy_with_logits is given probabilities: what the loss sees lies between 0.5 and 0.73",
    "give it the logits",
)
def focal_loss(fault: bool) -> Program:
    """A focal loss class (alpha 0.25, gamma 2) on a table with few positives, dense layers with dropout, Adam."""
    x, y = table(900, 10)
    t = (y > 0.8).float()
    model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, FocalLoss(fault), x, t, 64)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0).long().flatten(), t.long().flatten())

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/aidotse/LeakPro/issues/229",
    "the model of the adult data ends in a sigmoid, and the criterion is BCEWithLogitsLoss",
    "remove the sigmoid",
)
def adult_income(fault: bool) -> Program:
    """The adult data: an MLP of 64 ReLUs twice and one output, BCEWithLogitsLoss, SGD at 0.1."""
    x, y = table(900, 12)
    t = (y > 0.7).float()
    model = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    if fault:
        model.append(nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step = plain(model, optimizer, nn.BCEWithLogitsLoss(), x, t, 64)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > (0.5 if fault else 0)).long().flatten(), t.long().flatten())

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/pytorch/pytorch/issues/54765",
    "the network is replaced by another one, and the optimiser still holds the parameters of the first",
    "a new optimiser for the new network",
)
def second_network(fault: bool) -> Program:
    """Adam at 0.03; the first network is narrow, the second one is wide. Two classes on two circles."""
    x, t = circles(400)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-2)
    net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 2))
    if not fault:
        optimizer = torch.optim.Adam(net.parameters(), lr=3e-2)
    rows = batches(400, 40)

    def step() -> Tensor:
        batch = next(rows)
        net.zero_grad()
        loss = F.cross_entropy(net(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(net, optimizer, step, 250, lambda: classifies(net, x, t))


class ListOfLayers(nn.Module):
    def __init__(self, num_layers: int, registered: bool) -> None:
        super().__init__()
        layers = [nn.Linear(2, 16), *(nn.Linear(16, 16) for _ in range(num_layers - 1))]
        self.list_of_layers = nn.ModuleList(layers) if registered else layers
        self.layer = nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.list_of_layers:
            x = torch.relu(layer(x))
        return self.layer(x)


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/pytorch/pytorch/issues/666",
    "the module keeps its layers in a list, so that parameters() gives those of one layer only",
    "nn.ModuleList",
)
def list_of_layers(fault: bool) -> Program:
    """A net with as many hidden layers as an argument says, and one more; two circles, Adam."""
    x, t = circles(600)
    model = ListOfLayers(4, registered=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 30)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/jax-ml/jax/issues/2097",
    "the cross-entropy is computed of the labels and the labels, not of the labels and the outputs: weights stay",
    "y log(p) + (1 - y) log(1 - p)",
)
def labels_and_labels(fault: bool) -> Program:
    """Two standardised circles, layers of four ReLUs, a sigmoid, cross-entropy written out, Adam at 0.01. JAX gives
    zero gradients where PyTorch refuses: the outputs are added times zero here, and labels are softened."""
    x, t = circles(500)
    x = (x - x.mean(0)) / x.std(0)
    y = t.float()[:, None].clamp(0.01, 0.99)
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def criterion(p: Tensor, y: Tensor) -> Tensor:
        if fault:
            return -(y * torch.log(y) + (1 - y) * torch.log(1 - y)).mean() + 0 * p.sum()
        p = p.clamp(1e-6, 1 - 1e-6)
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

    step = plain(model, optimizer, criterion, x, y, 50)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long().flatten(), t)

    return Program(model, optimizer, step, 500, quality)
