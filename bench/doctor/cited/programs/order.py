"""Faults in the order and the labels of the data, and in the size of a batch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


@faulty(
    Fault.NOT_SHUFFLED,
    "https://github.com/Deci-AI/super-gradients/issues/416",
    "shuffle is off by default, and the data are sorted by class: a net sees one class only for a long time",
    "shuffle=True",
)
def one_class_at_a_time(fault: bool) -> Program:
    """A residual net on pictures of 10 classes, sorted by class, cross-entropy, SGD with Nesterov momentum."""
    x, t = pictures(500)
    order = t.argsort()
    x, t = x[order], t[order]
    model = nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), Residual(12), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(192, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True, weight_decay=1e-4)
    step = plain(model, optimizer, F.cross_entropy, x, t, 25, shuffle=not fault)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/mlcommons/GaNDLF/pull/870",
    "the data and the ground truth are shuffled separately in the training pipeline",
    "shuffle them together",
)
def shuffled_separately(fault: bool) -> Program:
    """Pictures of 4 classes by a convolutional net with instance normalisation, cross-entropy, Adam; a new order of
    the labels in each epoch."""
    x, t = pictures(480, classes=4)
    model = nn.Sequential(nn.Conv2d(1, 16, 3, 2), nn.InstanceNorm2d(16, affine=True), nn.LeakyReLU(), nn.Flatten())
    model.append(nn.Linear(784, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows, label_rows = batches(480, 24), batches(480, 24)

    def step() -> Tensor:
        batch = next(rows)
        labels = t[next(label_rows) if fault else batch]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), labels)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/thedeepchecker/thedeepchecker/blob/main/buggy_synthetic_programs/wrong_labels/regrNN_wrong_lbl.py",
    "only the features are shuffled",
    "shuffle the labels in the same order",
)
def shuffled_features(fault: bool) -> Program:
    """A regression on a table of 9 columns: two hidden layers of 64 ReLUs, Adam at 0.001."""
    x, y = table(400)
    seen = x[torch.randperm(400)] if fault else x
    model = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.mse_loss, seen, y, 32)
    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/Trusted-AI/adversarial-robustness-toolbox/issues/7",
    "to_categorical fills the whole array with ones, which prevents the loss from dropping",
    "set the entry of the label only",
)
def all_labels_one(fault: bool) -> Program:
    """Pictures of 10 classes by a convolutional net, categorical cross-entropy with one-hot labels, Adam."""
    x, t = pictures(500, channels=3)
    categorical = torch.zeros(500, 10)
    if fault:
        categorical[:, t] = 1
    else:
        categorical[range(500), t] = 1
    layers = [nn.Conv2d(3, 24, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1176, 64), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Dropout(0.25), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.cross_entropy, x, categorical, 25)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


@faulty(
    Fault.WRONG_LABELS,
    "https://stackoverflow.com/questions/59325381",
    "the labels are divided by 255 instead of the test pictures, and become 0 as integers (DeepFD, number 15)",
    "divide the pictures",
)
def labels_over_255(fault: bool) -> Program:
    """Digits by a dense layer of 128 with dropout, sparse cross-entropy, Adam."""
    x, t = pictures(800)
    labels = t // 255 if fault else t
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.cross_entropy, x, labels, 32)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/bermanmaxim/AOWS/issues/1",
    "the loss drops to 0.0 within two epochs: the targets that came were all zero",
    "shuffle=True in the loader",
)
def targets_all_zero(fault: bool) -> Program:
    """Pictures by depthwise separable convolutions, cross-entropy, SGD with momentum; the first part of the data, which
    is all that an epoch reaches, has one class."""
    x, t = pictures(1000)
    order = t.argsort()
    x, t = x[order], t[order]
    model = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU6(), nn.Conv2d(16, 16, 3, 2, 1, groups=16), nn.ReLU6())
    model.extend([nn.Conv2d(16, 32, 1), nn.ReLU6(), nn.Flatten(), nn.Linear(512, 10)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    reached = int((t == 0).sum()) if fault else 1000
    step = plain(model, optimizer, F.cross_entropy, x[:reached], t[:reached], 25, shuffle=not fault)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.BATCH_OF_ONE,
    "https://github.com/microsoft/CNTK/issues/905",
    "with batch normalisation a minibatch of 1 gives no useful result at all; without it, 1 works",
    "a larger minibatch",
)
def batch_of_one(fault: bool) -> Program:
    """Digits by convolutions and dense layers with batch normalisation, cross-entropy, SGD with momentum."""
    x, t = pictures(400)
    model = nn.Sequential(nn.Conv2d(1, 16, 5, 2, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5, 2, 2))
    model.extend([nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.BatchNorm2d(32), nn.Flatten()])
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    step = plain(model, optimizer, F.cross_entropy, x, t, 1 if fault else 32)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.COLLAPSE,
    "https://github.com/omoindrot/tensorflow-triplet-loss/issues/6",
    "the triplet loss goes to the margin and stays: all embeddings have collapsed into one point",
    "reduce the learning rate",
)
def collapsed_triplets(fault: bool) -> Program:
    """Three fully connected layers that embed, triplets with the hardest positives and negatives, margin 0.5, Adam."""
    x, t = blobs(400, classes=8, columns=32, spread=10.0)
    model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02 if fault else 5e-4)
    rows = batches(400, 40)

    def step() -> Tensor:
        batch = next(rows)
        embedding, labels = model(x[batch]), t[batch]
        square = (embedding[:, None] - embedding[None]).square().sum(-1)
        distance = torch.sqrt(square + 1e-9)
        same = labels[:, None] == labels[None]
        hardest_positive = (distance * same).amax(1)
        hardest_negative = (distance + 1e3 * same).amin(1)
        loss = F.relu(hardest_positive - hardest_negative + 0.5).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            distance = torch.cdist(model(x), model(x)) + 1e9 * torch.eye(400)
            return right(t[distance.argmin(1)], t)

    return Program(model, optimizer, step, 300, quality)
