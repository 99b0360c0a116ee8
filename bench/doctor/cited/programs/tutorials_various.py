"""Other tutorials and sound programs, which work."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.cited.programs.initial import lenet
from doctor.cited.programs.order import Residual
from doctor.harness.data import batches, blobs, pictures, table, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts
from doctor.harness.recipe import Program, tutorial

YUNJEY = "https://github.com/yunjey/pytorch-tutorial/blob/master/tutorials"
CHECKER = "https://github.com/thedeepchecker/thedeepchecker/blob/main/clean_base_programs"


@tutorial(f"{YUNJEY}/01-basics/linear_regression/main.py")
def linear_regression() -> Program:
    """One linear layer on fifteen points, mean squared error, SGD."""
    x = torch.rand(15, 1) * 2
    y = 1.3 * x + 0.4 + 0.1 * torch.randn(15, 1)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return Program(model, optimizer, plain(model, optimizer, F.mse_loss, x, y, 15), 300, lambda: predicts(model, x, y))


@tutorial(f"{YUNJEY}/01-basics/logistic_regression/main.py")
def logistic_regression() -> Program:
    """One linear layer on digits, cross-entropy, SGD."""
    x, t = pictures(800)
    x = x.flatten(1)
    model = nn.Linear(256, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    step = plain(model, optimizer, F.cross_entropy, x, t, 100)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@tutorial(f"{YUNJEY}/01-basics/feedforward_neural_network/main.py")
def feedforward() -> Program:
    """Digits by one hidden layer of 500 ReLUs, cross-entropy, Adam at 0.001."""
    x, t = pictures(800)
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 500), nn.ReLU(), nn.Linear(500, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 100)
    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


@tutorial(f"{YUNJEY}/02-intermediate/convolutional_neural_network/main.py")
def convolutional() -> Program:
    """Two convolutions of 5 with batch normalisation, ReLU and pooling, a dense layer, cross-entropy, Adam."""
    x, t = pictures(480)
    layer1 = nn.Sequential(nn.Conv2d(1, 16, 5, 1, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2))
    layer2 = nn.Sequential(nn.Conv2d(16, 32, 5, 1, 2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2))
    model = nn.Sequential(layer1, layer2, nn.Flatten(), nn.Linear(512, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 40)
    return Program(model, optimizer, step, 80, lambda: classifies(model, x, t))


@tutorial(f"{YUNJEY}/02-intermediate/deep_residual_network/main.py")
def residual() -> Program:
    """A residual net with batch normalisation and in-place ReLUs on coloured pictures, cross-entropy, Adam."""
    x, t = pictures(400, channels=3)
    stem = nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU(inplace=True))
    model = nn.Sequential(stem, Residual(12), Residual(12), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(48, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 40)
    return Program(model, optimizer, step, 120, lambda: classifies(model, x, t))


class BiRnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(16, 32, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.lstm(x)[0][:, -1])


@tutorial(f"{YUNJEY}/02-intermediate/bidirectional_recurrent_neural_network/main.py")
def bidirectional() -> Program:
    """Rows of digits through a two-layer bidirectional LSTM, cross-entropy, Adam at 0.003."""
    x, t = pictures(480)
    x = x[:, 0]
    model = BiRnn()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 48)
    return Program(model, optimizer, step, 120, lambda: classifies(model, x, t))


@tutorial(f"{YUNJEY}/03-advanced/generative_adversarial_network/main.py")
def generative_adversarial() -> Program:
    """A GAN with a sigmoid discriminator and a tanh generator, BCELoss, two Adams; points in the place of digits."""
    real = 0.15 * torch.randn(600, 2) + torch.tensor([0.5, -0.4])
    d = nn.Sequential(nn.Linear(2, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))
    d.append(nn.Sigmoid())
    g = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 2), nn.Tanh())
    model, criterion, rows = nn.ModuleDict({"G": g, "D": d}), nn.BCELoss(), batches(600, 50)
    d_optimizer = torch.optim.Adam(d.parameters(), lr=2e-3, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    ones, zeros = torch.ones(50, 1), torch.zeros(50, 1)

    def step() -> Tensor:
        d_loss = criterion(d(real[next(rows)]), ones) + criterion(d(g(torch.randn(50, 8))), zeros)
        d_optimizer.zero_grad()
        g_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        g_loss = criterion(d(g(torch.randn(50, 8))), ones)
        d_optimizer.zero_grad()
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        return g_loss

    def quality() -> float:
        with evaluating(model):
            fake = g(torch.randn(2000, 8))
            return 1 - ((fake.mean(0) - real.mean(0)).norm() / real.mean(0).norm()).item()

    return Program(model, g_optimizer, step, 400, quality)


@tutorial(f"{CHECKER}/baseCNN.py")
def base_cnn() -> Program:
    """LeNet on digits, softmax cross-entropy plus an L2 term, gradient descent at 0.1."""
    x, t = pictures(500)
    model = lenet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def criterion(y: Tensor, t: Tensor) -> Tensor:
        return F.cross_entropy(y, t) + 1e-5 * sum(p.square().sum() for p in model.parameters())

    return Program(model, optimizer, plain(model, optimizer, criterion, x, t, 32), 150, lambda: classifies(model, x, t))


@tutorial(f"{CHECKER}/regrNN.py")
def base_regression() -> Program:
    """A regression on a table of 9 columns: two hidden layers of 64 ReLUs, He initialisation, Adam at 0.001."""
    x, y = table(400)
    model = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    for layer in (model[0], model[2]):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return Program(model, optimizer, plain(model, optimizer, F.mse_loss, x, y, 32), 600, lambda: predicts(model, x, y))


class TextCnn(nn.Module):
    """Convolutions of several widths over word vectors, their maxima, dropout, a dense layer."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(60, 24)
        self.convs = nn.ModuleList(nn.Conv1d(24, 16, k) for k in (2, 3, 4))
        self.dropout, self.fc = nn.Dropout(0.5), nn.Linear(48, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens).transpose(1, 2)
        return self.fc(self.dropout(torch.cat([F.relu(conv(x)).amax(-1) for conv in self.convs], 1)))


@tutorial(
    "https://github.com/pytorch/examples/blob/e46f2ba1aa7fb3cf06e488f97c6b64211319a031/cnn_text_classfication/model.py"
)
def text_cnn() -> Program:
    """Sentences of word vectors through convolutions of 2 to 4 words, maxima over time, dropout, Adam."""
    x, t = words(700, length=14, classes=4)
    model = TextCnn(4)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 35)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


class LitAutoencoder(nn.Module):
    """As Lightning has it: `training_step` uses the parts of the module, `forward` only embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 8))
        self.decoder = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 256))

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)

    def training_step(self, x: Tensor) -> Tensor:
        x = x.view(x.size(0), -1)
        return F.mse_loss(self.decoder(self.encoder(x)), x)


@tutorial("https://github.com/Lightning-AI/pytorch-lightning/blob/master/README.md")
def lightning_autoencoder() -> Program:
    """An autoencoder of digits whose step is a method, mean squared error, Adam at 0.001, a closure in the step."""
    x = pictures(600, noise=0.05)[0]
    model = LitAutoencoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(600, 40)

    def step() -> Tensor:
        batch = x[next(rows)]

        def closure() -> Tensor:
            loss = model.training_step(batch)
            optimizer.zero_grad()
            loss.backward()
            return loss

        return optimizer.step(closure)

    def quality() -> float:
        with evaluating(model):
            return explained(model.decoder(model(x.flatten(1))), x.flatten(1))

    return Program(model, optimizer, step, 500, quality)


@tutorial("https://github.com/thedeepchecker/thedeepchecker/blob/main/clean_base_programs/deepCNN.py")
def deep_cnn() -> Program:
    """A deeper convolutional net with batch normalisation and dropout, softmax cross-entropy, Adam."""
    x, t = pictures(400)
    layers: list[nn.Module] = []
    for inputs, outputs in ((1, 16), (16, 16), (16, 24), (24, 24)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        layers += [nn.MaxPool2d(2), nn.Dropout(0.2)] if outputs == inputs else []
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(384, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 40)
    return Program(model, optimizer, step, 100, lambda: classifies(model, x, t))


@tutorial("https://github.com/spro/practical-pytorch/issues/21")
def three_clouds() -> Program:
    """The tutorial on names: log-softmax, NLL loss, zero_grad of the model, SGD; on clouds of points."""
    x, t = blobs(400, classes=3, columns=4)
    model = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 3), nn.LogSoftmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    rows = batches(400, 20)

    def step() -> Tensor:
        batch = next(rows)
        model.zero_grad()
        loss = F.nll_loss(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))
