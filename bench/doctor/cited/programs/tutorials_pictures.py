"""Examples of PyTorch on pictures, which work."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained
from doctor.harness.recipe import Program, tutorial

EXAMPLES = "https://github.com/pytorch/examples/blob/main"


def initialised(m: nn.Module) -> None:
    """As DCGAN starts."""
    if isinstance(m, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


@tutorial(f"{EXAMPLES}/dcgan/main.py")
def dcgan() -> Program:
    """DCGAN on pictures of 8 x 8: transposed convolutions with batch normalisation and in-place ReLUs, tanh;
    convolutions with in-place leaky ReLUs, a sigmoid; BCELoss, two Adams with beta1 = 0.5 (the rate is 1e-3 here),
    two backwards for the discriminator."""
    real = F.avg_pool2d(pictures(400, 1)[0], 2) * 2 - 1
    g = nn.Sequential(
        nn.ConvTranspose2d(16, 24, 4, 1, 0, bias=False), nn.BatchNorm2d(24), nn.ReLU(True),
        nn.ConvTranspose2d(24, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    d = nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(16, 1, 4, bias=False),
        nn.Sigmoid(), nn.Flatten(0),
    )  # fmt: skip
    model = nn.ModuleDict({"netG": g, "netD": d}).apply(initialised)
    criterion, rows = nn.BCELoss(), batches(400, 32)
    optimizer_d = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    optimizer_g = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))

    def step() -> Tensor:
        d.zero_grad()
        batch = real[next(rows)]
        n = len(batch)
        error_real = criterion(d(batch), torch.ones(n))
        error_real.backward()
        fake = g(torch.randn(n, 16, 1, 1))
        error_fake = criterion(d(fake.detach()), torch.zeros(n))
        error_fake.backward()
        optimizer_d.step()
        g.zero_grad()
        error_g = criterion(d(fake), torch.ones(n))
        error_g.backward()
        optimizer_g.step()
        return error_real + error_fake

    def quality() -> float:
        with evaluating(model), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            fake = g(torch.randn(400, 16, 1, 1))
        # How much closer the mean picture is to that of the data than a picture of one grey.
        mean = real.mean(0)
        return 1 - ((fake.mean(0) - mean).square().mean() / (mean - mean.mean()).square().mean()).item()

    return Program(model, optimizer_g, step, 250, quality)


class StyleNet(nn.Module):
    """Convolutions behind reflections, instance normalisation, and residual blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.ReflectionPad2d(2), nn.Conv2d(1, 12, 5), nn.InstanceNorm2d(12, affine=True))
        self.residual = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(12, 12, 3), nn.InstanceNorm2d(12, affine=True))
        self.last = nn.Sequential(nn.ReflectionPad2d(2), nn.Conv2d(12, 1, 5))

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.first(x))
        return self.last(h + F.relu(self.residual(h)))


@tutorial(f"{EXAMPLES}/fast_neural_style/neural_style/neural_style.py")
def neural_style() -> Program:
    """A net that changes pictures, trained by a content loss and a style loss of Gram matrices of a fixed net's
    features, each with a large weight (1e5 and 1e4 here), Adam at 0.001."""
    x = pictures(200)[0]
    style = pictures(1, noise=0.0)[0]
    fixed = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU())
    for p in fixed.parameters():
        p.requires_grad_(False)
    model = StyleNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(200, 8)

    def gram(features: Tensor) -> Tensor:
        flat = features.flatten(2)
        return flat @ flat.transpose(1, 2) / flat[0].numel()

    wanted = gram(fixed(style))

    def step() -> Tensor:
        batch = x[next(rows)]
        optimizer.zero_grad()
        seen, features = fixed(model(batch)), fixed(batch)
        content_loss = 1e5 * F.mse_loss(seen, features)
        style_loss = 1e4 * F.mse_loss(gram(seen), wanted.expand(len(batch), -1, -1))
        total_loss = content_loss + style_loss
        total_loss.backward()
        optimizer.step()
        return total_loss

    def quality() -> float:
        with evaluating(model):
            return explained(fixed(model(x)), fixed(x))

    return Program(model, optimizer, step, 250, quality)


@tutorial(f"{EXAMPLES}/mnist_hogwild/main.py")
def hogwild() -> Program:
    """Digits by two convolutions with max pooling before the ReLUs, dropout of channels, two dense layers, log-softmax,
    nll_loss, SGD at 0.01 with momentum 0.5 (0.05 and 0.9 here). One process."""
    x, t = pictures(480)
    model = nn.Sequential(
        nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(10, 20, 3), nn.Dropout2d(), nn.MaxPool2d(2),
        nn.ReLU(), nn.Flatten(), nn.Linear(80, 50), nn.ReLU(), nn.Dropout(0.2), nn.Linear(50, 10), nn.LogSoftmax(dim=1),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Program(
        model, optimizer, plain(model, optimizer, F.nll_loss, x, t, 48), 250, lambda: classifies(model, x, t)
    )
