"""Convolutional classifiers of pictures and signals, and segmentation."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import pictures, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty

CHECKER = "https://github.com/thedeepchecker/thedeepchecker/blob/main/GH_buggy_examples"


class ActivityNet(nn.Module):
    def __init__(self, softmax: bool) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 16, (1, 5), padding=(0, 2)), nn.ReLU(), nn.MaxPool2d((1, 2)))
        self.conv2 = nn.Sequential(nn.Conv2d(16, 32, (1, 5), padding=(0, 2)), nn.ReLU(), nn.MaxPool2d((1, 2)))
        self.fc1 = nn.Sequential(nn.Linear(32 * 8, 100), nn.ReLU())
        self.fc2 = nn.Linear(100, 6)
        self.softmax = softmax

    def forward(self, x: Tensor) -> Tensor:
        out = self.fc2(self.fc1(self.conv2(self.conv1(x)).reshape(len(x), -1)))
        return F.softmax(out, dim=1) if self.softmax else out


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/jindongwang/Deep-learning-activity-recognition/issues/10",
    "F.softmax before nn.CrossEntropyLoss, which applies one itself",
    "do not use F.softmax",
)
def activity_recognition(fault: bool) -> Program:
    """Signals of accelerometers as pictures of height 1: two convolutions, two dense layers, six activities, SGD at
    0.01 with momentum 0.9."""
    x, t = waves(600, length=32, classes=6)
    x = x.transpose(1, 2)[:, :, None]
    model = ActivityNet(fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 64)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


class Views(nn.Module):
    """A net for each view with the same weights, the maximum over the views, and dense layers."""

    def __init__(self, relu: bool) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
        )  # fmt: skip
        self.fc7 = nn.Linear(384, 64)
        self.fc8 = nn.Linear(64, 8)
        self.relu = relu

    def forward(self, views: Tensor) -> Tensor:
        n, v = views.shape[:2]
        pooled = self.trunk(views.flatten(0, 1)).reshape(n, v, -1).max(1)[0]
        y = self.fc8(F.relu(self.fc7(pooled)))
        return F.relu(y) if self.relu else y


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/WeiTang114/MVCNN-TensorFlow/issues/14",
    "a ReLU behind fc8, the last layer: all inputs are classified as class 0",
    "remove the ReLU after fc8",
)
def multi_view(fault: bool) -> Program:
    """Objects seen from several sides: one net for all views, the maximum over them, dense layers, Adam. The bias of
    the last layer starts below zero here, where the source starts from a pre-trained net."""
    x, t = pictures(480, 8)
    x = torch.stack([x, x.flip(3), x.roll(2, 2)], 1)
    model = Views(fault)
    with torch.no_grad():
        model.fc8.bias -= 0.3
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


class MeanLoss(nn.Module):
    """Softmax log loss, written out. Its mean runs over samples and classes, or over the samples."""

    def __init__(self, over_all: bool) -> None:
        super().__init__()
        self.over_all = over_all

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        deviation = x - x.amax(-1, keepdim=True)
        log = deviation - torch.log(torch.sum(torch.exp(deviation), -1, keepdim=True))
        return -torch.mean(target * log) if self.over_all else -torch.sum(target * log) / len(x)


@faulty(
    Fault.LOW_RATE,
    f"{CHECKER}/FCN-CTSCAN_b170a9b/tfun/loss.py",
    "the mean runs over the classes as well, so that the loss and its gradients are as many times too small",
    "the sum over the classes, divided by the number of samples (the line that is commented out)",
)
def mean_over_classes(fault: bool) -> Program:
    """Digits by four convolutions and dense layers, He initialisation, a loss of its own, gradient descent."""
    x, t = pictures(480)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    for p in model.parameters():
        if p.dim() > 1:
            nn.init.kaiming_normal_(p)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    step = plain(model, optimizer, MeanLoss(over_all=fault), x, F.one_hot(t, 10).float(), 48)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    f"{CHECKER}/DLT_0edb182/models/convolutional_models/conv_net.py",
    "softmax_cross_entropy_with_logits is given the outputs of a softmax",
    "give it the logits (as a later version does)",
)
def conv_net_of_a_library(fault: bool) -> Program:
    """Digits by two convolutions with max pooling and two dense layers, dropout 0.5, batches of 10, gradient descent
    (at 0.05 here)."""
    x, t = pictures(480)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 64), nn.ReLU(),
        nn.Dropout(0.5), nn.Linear(64, 10),
    )  # fmt: skip
    if fault:
        model.append(nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    step = plain(model, optimizer, F.cross_entropy, x, t, 10)
    return Program(model, optimizer, step, 700, lambda: classifies(model, x, t))


class UNet(nn.Module):
    """One level of a U-Net."""

    def __init__(self, sigmoid: bool) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.bottom = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(inplace=True))
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.out = nn.Conv2d(16, 1, 3, padding=1)
        self.sigmoid = sigmoid

    def forward(self, x: Tensor) -> Tensor:
        d = self.down(x)
        y = self.out(torch.cat([d, self.up(self.bottom(d))], 1))
        return torch.sigmoid(y) if self.sigmoid else y


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/avBuffer/UNet3plus_pth/issues/23",
    "the net applies a sigmoid, and so does the loss: it may not decrease",
    "return the outputs without the sigmoid",
)
def u_net_three_plus(fault: bool) -> Program:
    """Segmentation by a U-Net with skip connections, in-place ReLUs, binary cross-entropy with logits, RMSprop with
    momentum."""
    x, _ = pictures(240)
    mask = (F.avg_pool2d(x, 5, 1, 2) > 0.72).float()
    model = UNet(fault)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.9)
    step = plain(model, optimizer, nn.BCEWithLogitsLoss(), x, mask, 16)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > (0.5 if fault else 0)).long(), mask.long())

    return Program(model, optimizer, step, 150, quality)


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/NLeSC/mcfly/issues/43",
    "models with a rate above 0.03 stop learning: accuracy and loss are completely stable",
    "a lower rate, as that of the other models",
)
def random_architectures(fault: bool) -> Program:
    """Signals of three sensors, batch normalisation of the inputs, convolutions, a dense layer of ReLUs, Adam; one of
    the architectures drawn at random."""
    x, t = waves(600, length=32, classes=6)
    model = nn.Sequential(
        nn.BatchNorm1d(3), nn.Conv1d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv1d(32, 32, 3, padding=1), nn.ReLU(),
        nn.Conv1d(32, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 6),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1 if fault else 1e-3)
    x = x.transpose(1, 2)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))
