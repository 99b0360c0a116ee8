"""Faults in the initial weights."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class ByHand(nn.Module):
    """A net of parameters and matrix products, without layers."""

    def __init__(self, sizes: list[int], std: float) -> None:
        super().__init__()
        pairs = list(zip(sizes, sizes[1:], strict=False))
        self.w = nn.ParameterList(std * torch.randn(pair) for pair in pairs)
        self.b = nn.ParameterList(torch.zeros(outputs) for _, outputs in pairs)

    def forward(self, x: Tensor) -> Tensor:
        for w, b in zip(self.w[:-1], self.b[:-1], strict=True):
            x = torch.relu(x @ w + b)
        return x @ self.w[-1] + self.b[-1]


@faulty(
    Fault.SYMMETRY,
    "https://stackoverflow.com/questions/48027263/why-does-this-neural-network-learn-nothing",
    "all weights start with zeros, and the symmetry is never broken (TheDeepChecker's list)",
    "random weights",
)
def zero_weights(fault: bool) -> Program:
    """A net with one hidden layer of ReLUs, its weights as variables, softmax cross-entropy, gradient descent."""
    x, t = blobs(600, classes=4, columns=6)
    model = ByHand([6, 30, 4], 0.0 if fault else 0.3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    step = plain(model, optimizer, F.cross_entropy, x, t, 30)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.SYMMETRY,
    "https://stackoverflow.com/questions/42516484/why-does-my-tensorflow-neural-network-for-xor-only-have-an-accuracy-of-around-0",
    "the symmetry of the hidden units is never broken (TheDeepChecker's list)",
    "random weights",
)
def xor_with_equal_units(fault: bool) -> Program:
    """XOR of noisy bits, a hidden layer of 8 tanh units, sigmoid cross-entropy, gradient descent with momentum."""
    bits = torch.randint(2, (400, 2)).float()
    x, t = 2 * bits - 1 + 0.1 * torch.randn(400, 2), (bits[:, 0] != bits[:, 1]).long()
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    for layer in (model[0], model[2]) if fault else ():
        nn.init.constant_(layer.weight, 0.1)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    rows = batches(400, 40)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy_with_logits(model(x[batch])[:, 0], t[batch].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > 0).long(), t)

    return Program(model, optimizer, step, 300, quality)


def lenet() -> nn.Sequential:
    layers = [nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 5, padding=2), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10))


@faulty(
    Fault.SYMMETRY,
    "https://github.com/thedeepchecker/thedeepchecker/blob/main/buggy_synthetic_programs/wrong_init/baseCNN_constant.py",
    "all weights of a layer are the same constant",
    "random weights",
)
def constant_weights(fault: bool) -> Program:
    """LeNet on digits, softmax cross-entropy, gradient descent at 0.1."""
    x, t = pictures(500)
    model = lenet()
    for layer in model if fault else ():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.constant_(layer.weight, 0.05)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


@faulty(
    Fault.LARGE_WEIGHTS,
    "https://stackoverflow.com/questions/40147568/tensorflow-error-rate-doesnt-improve-even-with-more-iterations-or-changing-lea",
    "the initial weights are too large (TheDeepChecker's list)",
    "a smaller deviation",
)
def large_weights(fault: bool) -> Program:
    """A net of three hidden layers, its weights drawn with a deviation of 1, cross-entropy, gradient descent."""
    x, t = pictures(600)
    x = x.flatten(1)
    model = ByHand([256, 100, 100, 50, 10], 1.0 if fault else 0.12)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    step = plain(model, optimizer, F.cross_entropy, x, t, 50)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@faulty(
    Fault.LARGE_WEIGHTS,
    "https://stackoverflow.com/questions/39817949/setting-up-a-mlp-for-binary-classification-with-tensorflow",
    "the sigmoids are saturated (TheDeepChecker's list)",
    "not in the list; here smaller weights",
)
def saturated_sigmoids(fault: bool) -> Program:
    """Binary classification of a table by two hidden layers of sigmoids, cross-entropy, gradient descent."""
    x, y = table(600, columns=10)
    t = (y[:, 0] > 0).long()
    model = nn.Sequential(nn.Linear(10, 40), nn.Sigmoid(), nn.Linear(40, 40), nn.Sigmoid(), nn.Linear(40, 2))
    for layer in (model[0], model[2]) if fault else ():
        nn.init.normal_(layer.weight, std=30.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    step = plain(model, optimizer, F.cross_entropy, x, t, 30)
    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


@faulty(
    Fault.DYING_RELU,
    "https://stackoverflow.com/questions/54688502/neural-network-does-not-learn-loss-stays-the-same",
    "dead ReLUs: the loss stays the same (TheDeepChecker's list)",
    "not in the list; here weights that leave the units alive",
)
def dead_from_the_start(fault: bool) -> Program:
    """A regression of positive features by three hidden layers of ReLUs, mean squared error, Adam. What killed the
    units is not in the list; here it is negative weights."""
    x, y = table(500)
    x = x - x.amin(0)
    model = nn.Sequential(nn.Linear(9, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
    if fault:
        with torch.no_grad():
            model[0].weight.copy_(-model[0].weight.abs())
            model[0].bias.copy_(-model[0].bias.abs())
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.mse_loss, x, y, 25)
    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))
