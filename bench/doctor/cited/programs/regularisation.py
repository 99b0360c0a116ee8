"""Dropout, decay and normalisation that are too much for the net, and activations that are missing."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.DROPOUT,
    "https://github.com/mdenil/dropout/issues/13",
    "with more than three hidden layers dropout does not train, while backprop alone does",
    "no dropout",
)
def four_layers_of_dropout(fault: bool) -> Program:
    """Layers of 600, 200, 100 and 100 ReLUs (120, 60, 40 and 40 here), dropout of 0.2 and 0.5, gradient descent whose
    rate starts at 1 (0.02 here) and is multiplied by 0.998, momentum."""
    x, t = pictures(400, classes=10, noise=0.4)
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.2 if fault else 0.0))
    widths = [256, 120, 60, 40, 40]
    for i, o in zip(widths, widths[1:], strict=False):
        model.append(nn.Linear(i, o)).append(nn.ReLU()).append(nn.Dropout(0.5 if fault else 0.0))
    model.append(nn.Linear(40, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.998)
    inner = plain(model, optimizer, F.cross_entropy, x, t, 40)
    count = 0

    def step() -> Tensor:
        nonlocal count
        loss = inner()
        count += 1
        if count % 10 == 0:
            scheduler.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@faulty(
    Fault.WEIGHT_DECAY,
    "https://github.com/tinghuiz/SfMLearner/issues/34",
    "a weight decay of 0.05, where 5e-5 to 5e-4 is usual: the nets go to zero very quickly",
    "a usual one",
)
def depth_and_pose(fault: bool) -> Program:
    """Two nets, for the depth and for the motion between two pictures, trained by the error of the picture that they
    predict together (here: a shift of a row of pixels by motion over depth), Adam at 2e-4 with beta1 = 0.9 (2e-3
    here)."""
    n, axis = 400, torch.arange(24.0)
    depth, motion, phase = 1 + torch.rand(n, 1), 2 * torch.rand(n, 1) - 1, 6.28 * torch.rand(n, 1)
    near = torch.sin(0.5 * axis + phase) / depth
    far = torch.sin(0.5 * (axis + 2 * motion / depth) + phase) / depth
    disp_net = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Linear(64, 1))
    pose_net = nn.Sequential(nn.Linear(48, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    model = nn.ModuleDict({"disp": disp_net, "pose": pose_net})
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, betas=(0.9, 0.999), weight_decay=0.05 if fault else 1e-5)
    rows = batches(n, 20)

    def warped(batch: Tensor) -> Tensor:
        shift = 2 * pose_net(torch.cat([near[batch], far[batch]], 1)) * F.softplus(disp_net(near[batch]))
        return torch.sin(0.5 * (axis + shift) + phase[batch]) / depth[batch]

    def step() -> Tensor:
        batch = next(rows)
        loss = (warped(batch) - far[batch]).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            everything = torch.arange(n)
            error, still = (warped(everything) - far).abs().mean(), (near - far).abs().mean()
            return (1 - error / still).item()

    return Program(model, optimizer, step, 600, quality)


@faulty(
    Fault.WEIGHT_DECAY,
    "https://github.com/leonardoaraujosantos/DLMatFramework/issues/1",
    "L2 regularisation with a strength of 0.1 is too much",
    "0.001",
)
def toy_with_l2(fault: bool) -> Program:
    """The toy example of a small library: classes of points that no line divides, one hidden layer of ReLUs, softmax
    loss plus half the strength times the squares of the weights, gradient descent."""
    x, t = circles(300)
    model = nn.Sequential(nn.Linear(2, 60), nn.ReLU(), nn.Linear(60, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    strength = 0.1 if fault else 0.001

    def step() -> Tensor:
        optimizer.zero_grad()
        squares = sum(p.square().sum() for name, p in model.named_parameters() if name.endswith("weight"))
        loss = F.cross_entropy(model(x), t) + 0.5 * strength * squares
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


class Perceptron(nn.Module):
    """Weights and biases in dictionaries, and matrix products."""

    def __init__(self, activation: bool) -> None:
        super().__init__()
        sizes = {"h1": (12, 64), "h2": (64, 64), "out": (64, 6)}
        self.activation = activation
        self.weights = nn.ParameterDict({k: nn.Parameter(torch.randn(*v) / v[0] ** 0.5) for k, v in sizes.items()})
        self.biases = nn.ParameterDict({k: nn.Parameter(0.1 * torch.randn(v[1])) for k, v in sizes.items()})

    def multilayer_perceptron(self, x: Tensor) -> Tensor:
        for name in ("h1", "h2"):
            x = torch.add(torch.matmul(x, self.weights[name]), self.biases[name])
            if self.activation:
                x = torch.clamp(x, min=0)
        return torch.matmul(x, self.weights["out"]) + self.biases["out"]

    forward = multilayer_perceptron


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/aymericdamien/TensorFlow-Examples/pull/297",
    "multilayer_perceptron.py has no activation functions",
    "max(0, x) behind both hidden layers",
)
def perceptron_without_activations(fault: bool) -> Program:
    """Two hidden layers (64 units here), softmax cross-entropy, Adam at 0.001 (0.003 here). Digits in the source; six
    classes here that lie on both sides of the others."""
    centres = torch.randn(6, 12)
    t, side = torch.randint(6, (800,)), torch.randint(2, (800, 1)) * 2.0 - 1
    x = side * centres[t] + 0.3 * torch.randn(800, 12)
    model = Perceptron(activation=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 100)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Saliency(nn.Module):
    """An encoder and a decoder with a normalisation behind each convolution."""

    def __init__(self, group: bool) -> None:
        super().__init__()
        norm = (lambda c: nn.GroupNorm(4, c)) if group else nn.BatchNorm2d
        self.down1 = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), norm(8), nn.ReLU(inplace=True))
        self.down2 = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1, stride=2), norm(16), nn.ReLU(inplace=True))
        self.middle = nn.Sequential(nn.Conv2d(16, 16, 7), norm(16), nn.ReLU(inplace=True))
        self.up = nn.Sequential(nn.Conv2d(40, 8, 3, padding=1), norm(8), nn.ReLU(inplace=True), nn.Conv2d(8, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        first = self.down1(x)
        second = self.down2(first)
        whole = F.interpolate(self.middle(second), size=(16, 16))
        return self.up(torch.cat([first, F.interpolate(second, size=(16, 16)), whole], 1))


@faulty(
    Fault.BATCH_OF_ONE,
    "https://github.com/xuebinqin/BASNet/issues/42",
    "training with a batch of 1 performs far worse than with 8",
    "group normalisation, which does not need large batches (confirmed)",
)
def salient_objects(fault: bool) -> Program:
    """The bright object of a picture by a net with shortcuts, binary cross-entropy, Adam at 0.001, batches of one.
    Batch normalisation sees 16 x 16 pixels of one picture, whose brightness and contrast differ here."""
    n, axis = 200, torch.arange(16)
    corner, size = torch.randint(10, (n, 2)), torch.randint(2, 9, (n,))
    inside = [(axis >= corner[:, i, None]) & (axis < (corner[:, i] + size)[:, None]) for i in (0, 1)]
    target = (inside[0][:, :, None] & inside[1][:, None, :]).float()
    x = (target + 0.3 * torch.randn(n, 16, 16)) * (0.2 + 2 * torch.rand(n, 1, 1)) + 2 * torch.randn(n, 1, 1)
    model = Saliency(group=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(n, 1)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy_with_logits(model(x[batch, None])[:, 0], target[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(torch.sigmoid(model(x[:, None])[:, 0]).flatten(), target.flatten())

    return Program(model, optimizer, step, 1000, quality)
