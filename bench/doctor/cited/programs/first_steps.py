"""Small programs of people who begin: lines, digits, cells, boxes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.HIGH_RATE,
    "https://stackoverflow.com/questions/2150669",
    "gradient descent step by step with alpha = 0.001 on x from 0 to 99: theta diverges",
    "alpha = 0.0001",
)
def line_through_a_hundred_points(fault: bool) -> Program:
    """y = 50 + 4 x + noise from -20 to 20, two parameters that start at zero, half the mean squared error."""
    x = torch.arange(100.0)
    y = 50 + 4 * x + 40 * torch.rand(100) - 20

    class Line(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.theta = nn.Parameter(torch.zeros(2))

        def forward(self, x: Tensor) -> Tensor:
            return self.theta[0] + self.theta[1] * x

    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001 if fault else 0.0001)

    def step() -> Tensor:
        loss = 0.5 * (model(x) - y).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/keras-team/keras/pull/6182",
    "RMSprop at its default rate in the example of CIFAR-10: the loss falls at first, then rises",
    "a tenth of the rate, decay 1e-6",
)
def small_images_by_rmsprop(fault: bool) -> Program:
    """Four convolutions with ReLUs, pooling and dropout 0.25, a dense layer with dropout 0.5, RMSprop with a decay of
    0.9, batches of 32. The net is narrower here, and the rates are 0.02 and 0.002 instead of 0.001 and 0.0001."""
    x, t = pictures(480, channels=3, noise=0.3)
    model = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3), nn.ReLU(), nn.MaxPool2d(2))
    model.extend([nn.Dropout(0.25), nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3), nn.ReLU()])
    model.extend([nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(96, 64), nn.ReLU(), nn.Dropout(0.5)])
    model.append(nn.Linear(64, 10))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.02 if fault else 0.002, alpha=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 1 / (1 + 1e-6 * i))
    inner = plain(model, optimizer, F.cross_entropy, x, t, 32)

    def step() -> Tensor:
        loss = inner()
        scheduler.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))


@faulty(
    Fault.DYING_RELU,
    "https://grindskills.com/why-cant-a-single-relu-learn-a-relu/",
    "a single ReLU that starts backwards (at -10) gets stuck at a weight of zero and below",
    "a start in the same orientation (10)",
)
def one_relu_learns_a_relu(fault: bool) -> Program:
    """max(0, x) of normal numbers by one unit without a bias, mean squared error, SGD at 0.01, batches of 1000."""
    x = torch.randn(20000, 1)
    y = x.clamp(min=0)
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU())
    nn.init.constant_(model[0].weight, -10.0 if fault else 10.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    step = plain(model, optimizer, F.mse_loss, x, y, 1000)
    return Program(model, optimizer, step, 1500, lambda: predicts(model, x, y))


@faulty(
    Fault.LOW_RATE,
    "https://github.com/Wardat-ISU/DeepLocalize/tree/master/Benchmark/GitHub/Buggy%20Model/gol_nn",
    "Adam at its default rate, for one epoch (a program of DeepLocalize's benchmark)",
    "Adam at 0.01, mean squared error (the correct model of the benchmark)",
)
def game_of_life(fault: bool) -> Program:
    """The next state of the cells by a convolution of 3 x 3 with 10 filters and two of 1 x 1 (20 and 1), a sigmoid,
    one epoch of batches of 64 in the source (batches of 8 boards of 12 x 12 here), binary cross-entropy in the faulty
    one."""
    boards = (torch.rand(1200, 1, 14, 14) < 0.35).float()
    around = F.conv2d(boards, torch.ones(1, 1, 3, 3))
    alive = boards[:, :, 1:-1, 1:-1]
    y = ((around == 3) | ((around == 4) & (alive == 1))).float()
    model = nn.Sequential(nn.Conv2d(1, 10, 3), nn.ReLU(), nn.Conv2d(10, 20, 1), nn.ReLU())
    model.append(nn.Conv2d(20, 1, 1)).append(nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001 if fault else 0.01)
    step = plain(model, optimizer, F.binary_cross_entropy if fault else F.mse_loss, boards, y, 8)

    def quality() -> float:
        with evaluating(model):
            return explained(model(boards).flatten(), y.flatten())

    return Program(model, optimizer, step, 300, quality)


class Yolo(nn.Module):
    """Leaky convolutions with batch normalisation down to a grid of 4 x 4, six numbers a cell."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        for i, o in ((3, 12), (12, 24)):
            self.layers.extend([nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.LeakyReLU(0.1), nn.MaxPool2d(2)])
        self.layers.extend([nn.Conv2d(24, 32, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(32, 6, 1)])

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


@faulty(
    Fault.OPTIMIZER,
    "https://github.com/ultralytics/yolov3/issues/4",
    "SGD with momentum diverges very quickly at the default rate: the losses grow exponentially within ten batches",
    "Adam, which always seems to converge at the same rate",
)
def detector_by_sgd(fault: bool) -> Program:
    """YOLO v3 in small: losses of place (squares), size (squares of logarithms), objectness and class (binary cross-
    entropies), summed with weights over the batch; SGD with momentum 0.9 against Adam, both at 1e-3 with a decay of
    5e-4 (1e-4 in the source, whose nets are larger)."""
    n = 240
    cell, inside = torch.randint(4, (n, 2)), torch.rand(n, 2)
    size, t = 1.5 + 3 * torch.rand(n), torch.randint(2, (n,))
    axis, centre = torch.arange(16), 4 * (cell + inside)
    box = [(axis - centre[:, i, None]).abs() < size[:, None] for i in (0, 1)]
    x = (box[0][:, :, None] & box[1][:, None, :]).float()[:, None] * (0.3 + 0.7 * F.one_hot(t, 3)[:, :, None, None])
    x = x + 0.1 * torch.randn(x.shape)
    objects = torch.zeros(n, 4, 4)
    objects[range(n), cell[:, 0], cell[:, 1]] = 1
    model = Yolo()
    if fault:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=5e-4)
    rows = batches(n, 24)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        mine = y[torch.arange(len(batch)), :, cell[batch, 0], cell[batch, 1]]
        loss_xy = 8 * (mine[:, :2] - inside[batch]).square().sum()
        loss_size = 4 * (mine[:, 2] - size[batch].log()).square().sum()
        loss_class = 2 * F.binary_cross_entropy_with_logits(mine[:, 3], t[batch].float(), reduction="sum")
        loss_object = 6 * F.binary_cross_entropy_with_logits(y[:, 4], objects[batch], reduction="sum")
        loss = loss_xy + loss_size + loss_class + loss_object
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            y = model(x)
            return right(y[:, 4].flatten(1).argmax(1), objects.flatten(1).argmax(1))

    return Program(model, optimizer, step, 300, quality)


class Plain(nn.Module):
    """A residual net without any normalisation."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.blocks = nn.ModuleList()
        for _ in range(6):
            self.blocks.append(nn.ModuleList([nn.Conv2d(16, 16, 3, padding=1) for _ in range(2)]))
        self.head = nn.Linear(16, 6)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.orthogonal_(m.weight.view(m.out_channels, -1), gain=scale)
                nn.init.zeros_(m.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        for first, second in self.blocks:
            x = F.relu(x + second(F.relu(first(x))))
        return self.head(x.mean((2, 3)))


@faulty(
    Fault.EXPLODING,
    "https://github.com/huangleiBuaa/ONI/issues/1",
    "orthogonal weights times sqrt(2) in a residual net without batch normalisation: the loss always goes to NaN",
    "a smaller scale (0.8 or 0.6)",
)
def residual_without_normalisation(fault: bool) -> Program:
    """Coloured pictures, six residual blocks of 16 channels, cross-entropy, SGD at 0.01 (the rate is ours) with
    momentum 0.9 and decay 1e-4. The source keeps the weights orthogonal by a parametrisation, here they only start
    so."""
    x, t = pictures(320, classes=6, channels=3, size=12, noise=0.1)
    x = (x - x.mean()) / x.std()
    model = Plain(2**0.5 if fault else 0.6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/PacktPublishing/Hands-On-Image-Generation-with-TensorFlow-2.0/issues/24",
    "the parameters of the encoder never get updated in the example of GauGAN",
    "give them to an optimiser (ours: confirmed, but open)",
)
def encoder_left_out(fault: bool) -> Program:
    """Pictures to a code of two numbers with a KL divergence, and back by a generator; squared errors stand in for the
    discriminators, Adam at 2e-3 for the generator alone in the faulty program."""
    angle = 6.283 * torch.rand(600, 1)
    x = torch.cat([torch.sin(k * angle + torch.arange(6)) for k in (1, 2, 3)], 1)
    encoder = nn.Sequential(nn.Linear(18, 48), nn.LeakyReLU(0.2), nn.Linear(48, 4))
    generator = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2))
    generator.append(nn.Linear(64, 18))
    nn.init.normal_(encoder[2].weight, std=0.02)
    model = nn.ModuleDict({"encoder": encoder, "generator": generator})
    optimizer = torch.optim.Adam((generator if fault else model).parameters(), lr=2e-3)
    rows = batches(600, 40)

    def step() -> Tensor:
        batch = x[next(rows)]
        mean, log_variance = encoder(batch).chunk(2, 1)
        code = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        divergence = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).mean()
        loss = F.mse_loss(generator(code), batch) + 0.01 * divergence
        model.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(generator(encoder(x)[:, :2]), x)

    return Program(model, optimizer, step, 600, quality)
