"""Convolutional networks of questions and issues: pictures, signals, maps of density, segmentation."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from doctor.harness.data import batches, pictures, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/45378493",
    "softmax after the single unit of a binary classifier",
    "the excerpt gives no repair; ours is a sigmoid",
)
def windows_of_four(fault: bool) -> Program:
    """Signals of four channels and ten moments; Conv1D with 16 and 8 filters of width 4, each with batch
    normalisation, LeakyReLU (0.3) and dropout 0.2, Dense 64 alike, Dense 1; binary cross-entropy; Adam, batch 128; the
    rate is lowered on a plateau by 0.9 after 30 epochs. The signals are ours."""
    x, t = waves(2000, length=10, channels=4, classes=2)
    x = x.transpose(1, 2)
    model = nn.Sequential(
        nn.Conv1d(4, 16, 4, padding="same"),
        nn.BatchNorm1d(16),
        nn.LeakyReLU(0.3),
        nn.Dropout(0.2),
        nn.Conv1d(16, 8, 4, padding="same"),
        nn.BatchNorm1d(8),
        nn.LeakyReLU(0.3),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Linear(80, 64),
        nn.BatchNorm1d(64),
        nn.LeakyReLU(0.3),
        nn.Linear(64, 1),
        nn.Softmax(1) if fault else nn.Sigmoid(),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    scheduler = ReduceLROnPlateau(optimizer, factor=0.9, patience=30, min_lr=1e-6)
    rows, epoch = batches(2000, 128), []

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(x[batch]).squeeze(1), t[batch].float())
        loss.backward()
        optimizer.step()
        epoch.append(loss.item())
        if len(epoch) == 16:
            scheduler.step(sum(epoch) / len(epoch))
            epoch.clear()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x).squeeze(1) > 0.5).long(), t)

    return Program(model, optimizer, step, 600, quality)


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://github.com/WeidiXie/cell_counting_v2/issues/9",
    "a map of density is zero almost everywhere and small elsewhere, so that the net predicts zero for all pixels",
    "targets multiplied by 100",
)
def counted_cells(fault: bool) -> Program:
    """Pictures of cells and a map with a Gaussian for each cell that sums to one; a fully convolutional regression net
    with pooling and upsampling; mean squared error. Pictures of 32 x 32, 8 to 16 filters, SGD with momentum and its
    rate are ours."""
    n, size = 240, 32
    grid = torch.arange(float(size))
    x, density = torch.zeros(n, 1, size, size), torch.zeros(n, 1, size, size)
    for i in range(n):
        for cy, cx in (4 + 24 * torch.rand(int(torch.randint(2, 7, ())), 2)).tolist():
            bump = torch.exp(-((grid[:, None] - cy) ** 2 + (grid[None] - cx) ** 2) / (2 * 2.0**2))
            x[i, 0] += bump
            density[i, 0] += bump / bump.sum()
    x = x + 0.1 * torch.randn(x.shape)
    y = density if fault else 100 * density

    def block(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())

    model = nn.Sequential(
        block(1, 8), nn.MaxPool2d(2), block(8, 16), nn.Upsample(scale_factor=2), block(16, 8), nn.Conv2d(8, 1, 1)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 16)

    def quality() -> float:
        with evaluating(model):
            return explained(model(x), y)

    return Program(model, optimizer, step, 300, quality)


class Down(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class UNet(nn.Module):
    """Two levels, with skips."""

    def __init__(self) -> None:
        super().__init__()
        self.inc, self.down, self.up = Down(1, 8), Down(8, 16), Down(24, 8)
        self.outc = nn.Conv2d(8, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.inc(x)
        x2 = self.down(F.max_pool2d(x1, 2))
        return self.outc(self.up(torch.cat([x1, F.interpolate(x2, scale_factor=2)], 1)))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/milesial/Pytorch-UNet/issues/255",
    "after some epochs all predicted masks are black; the answer: the learning rate is too high",
    "other hyper-parameters: a lower rate, a larger batch",
)
def black_masks(fault: bool) -> Program:
    """Lesions that cover a small part of a picture; U-Net with batch normalisation, BCEWithLogitsLoss, RMSprop with
    weight decay 1e-8 and momentum 0.9. The rates, 0.5 and 0.001, batches of 2 and 8, and two levels are ours."""
    n, size = 160, 24
    grid = torch.arange(float(size))
    centres, radii = 5 + 14 * torch.rand(n, 2), 2 + 2 * torch.rand(n)
    distance = (
        (grid[None, :, None] - centres[:, 0, None, None]) ** 2 + (grid[None, None] - centres[:, 1, None, None]) ** 2
    ).sqrt()
    masks = (distance < radii[:, None, None]).float()[:, None]
    x = 0.5 * masks + 0.3 * torch.randn(n, 1, size, size)
    net = UNet()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=0.5 if fault else 0.001, weight_decay=1e-8, momentum=0.9)
    step = plain(net, optimizer, nn.BCEWithLogitsLoss(), x, masks, 2 if fault else 8)

    def quality() -> float:
        with evaluating(net):
            return right((torch.sigmoid(net(x)) > 0.5).long(), masks.long())

    return Program(net, optimizer, step, 300, quality)


@faulty(
    Fault.DYING_RELU,
    "https://github.com/FluxML/Flux.jl/issues/798",
    "after one step the only layer's ReLU gives zero everywhere, and the loss never changes again",
    "the excerpt gives no repair; ours is the layer without ReLU",
)
def one_kernel(fault: bool) -> Program:
    """A picture of 100 x 100 uniform numbers and four uniform targets; one convolution with a kernel of 64 x 64 and a
    stride of 30, with ReLU; mean squared error; ADAM with 0.01, the same example again and again. Flux draws weights
    as Glorot does, with biases of zero."""
    x, y = torch.rand(1, 1, 100, 100), torch.rand(1, 1, 2, 2)
    conv = nn.Conv2d(1, 1, 64, stride=30)
    nn.init.xavier_uniform_(conv.weight)
    nn.init.zeros_(conv.bias)
    model = nn.Sequential(conv, nn.ReLU()) if fault else nn.Sequential(conv)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def step() -> Tensor:
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x).reshape(4, 1), y.reshape(4, 1))

    return Program(model, optimizer, step, 1000, quality)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/meta-pytorch/opacus/issues/432",
    "the model is repaired, by a copy with other norms, after its parameters were handed to the optimiser",
    "the repair before the optimiser is made",
)
def fixed_norms(fault: bool) -> Program:
    """A convolutional classifier with batch normalisation, which is copied with group normalisation in its place.
    Architecture, pictures, SGD with momentum and 0.05 are ours."""
    x, t = pictures(600, channels=3)

    def fix(module: nn.Module) -> nn.Module:
        module = copy.deepcopy(module)
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.GroupNorm(4, child.num_features))
        return module

    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Linear(512, 10),
    )
    if fault:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        model = fix(model)
    else:
        model = fix(model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    rows = batches(600, 64)

    def step() -> Tensor:
        model.train()
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/ShyamPoovaiah/FacialKeypointsDetection/commit/654392560f25688822862126005f576b682e38ad",
    "Adam with a rate of 0.1",
    "SGD with 0.01, Nesterov momentum 0.9 and gradients clipped to a norm of 1",
)
def key_points(fault: bool) -> Program:
    """Grey faces and the coordinates of points in them, from -1 to 1; Dense 50, 100 and the coordinates, without
    activations; mean squared error, batch 32. Pictures of 48 x 48 (96) with five blobs, ten coordinates (30),
    are ours."""
    n, size = 800, 48
    grid = torch.linspace(-1, 1, size)
    anchors = torch.tensor([[-0.5, -0.5], [-0.5, 0.5], [0.0, 0.0], [0.5, -0.4], [0.5, 0.4]])
    points = anchors + 0.25 * (2 * torch.rand(n, 1, 2) - 1) + 0.1 * (2 * torch.rand(n, 5, 2) - 1)
    x = torch.zeros(n, size, size)
    for k in range(5):
        x += torch.exp(
            -(
                (grid[None, :, None] - points[:, k, 0, None, None]) ** 2
                + (grid[None, None] - points[:, k, 1, None, None]) ** 2
            )
            / 0.03
        )
    x, y = x.flatten(1) / x.max(), points.flatten(1)
    model = nn.Sequential(nn.Linear(size * size, 50), nn.Linear(50, 100), nn.Linear(100, 10))
    if fault:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        if not fault:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/cbovar/ConvNetSharp/issues/154",
    "two constant pictures, of 100 and of 11, are not told apart; the same in PyTorch with its code",
    "the excerpt gives no repair; ours divides the pictures by 100",
)
def even_and_odd(fault: bool) -> Program:
    """Six channels of 9 x 7, all 100 or all 11; two convolutions of 2 x 2 with six channels and ReLU, Linear 100 and 2
    without activation between them; the cross-entropy; SGD with 0.1, one picture after the other. 16 pictures of each
    with a little noise at once are ours."""
    x = torch.cat([torch.full((64, 6, 9, 7), 100.0), torch.full((64, 6, 9, 7), 11.0)])
    x = x + torch.randn(x.shape)
    t = torch.cat([torch.ones(64), torch.zeros(64)]).long()
    if not fault:
        x = x / 100

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(6, 6, (2, 2)), nn.Conv2d(6, 6, (2, 2))
            self.fc1, self.fc2 = nn.Linear(210, 100), nn.Linear(100, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = F.relu(self.conv1(x))
            x = F.relu(self.conv2(x))
            return self.fc2(self.fc1(x.flatten(1)))

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss_func = nn.CrossEntropyLoss()
    turn = {"even": False}

    def step() -> Tensor:
        turn["even"] = not turn["even"]
        batch = torch.randint(64, (16,)) + (0 if turn["even"] else 64)
        loss = loss_func(net(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(net, optimizer, step, 1000, lambda: classifies(net, x, t))
