"""Programs of pytorch/examples, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.cited.programs.rates import SmallGpt, next_token_quality
from doctor.harness.data import batches, pictures, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial


class MnistNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3, 1), nn.Conv2d(16, 32, 3, 1)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(1152, 128), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = self.dropout1(F.max_pool2d(x, 2))
        x = F.relu(self.fc1(torch.flatten(x, 1)))
        return F.log_softmax(self.fc2(self.dropout2(x)), dim=1)


@tutorial("https://github.com/pytorch/examples/blob/main/mnist/main.py")
def mnist() -> Program:
    """Two convolutions, dropout, two dense layers, log-softmax and NLL loss, Adadelta at 1, a schedule of epochs."""
    x, t = pictures(480)
    model = MnistNet()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    return Program(model, optimizer, plain(model, optimizer, F.nll_loss, x, t, 32), 90, lambda: classifies(model, x, t))


class MnistRnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.batchnorm = nn.LSTM(16, 64, batch_first=True), nn.BatchNorm1d(64)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        output = self.rnn(x.squeeze(1))[0][:, -1]
        output = self.dropout1(self.batchnorm(output))
        output = self.dropout2(F.relu(self.fc1(output)))
        return F.log_softmax(self.fc2(output), dim=1)


@tutorial("https://github.com/pytorch/examples/blob/main/mnist_rnn/main.py")
def mnist_rnn() -> Program:
    """Rows of digits through an LSTM of 64, batch normalisation, dropout, dense layers, NLL, Adadelta (0.5 here)."""
    x, t = pictures(640)
    model = MnistRnn()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=0.5)
    step = plain(model, optimizer, F.nll_loss, x, t, 32)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


class WaveSequence(nn.Module):
    """Two LSTM cells, one value after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm1, self.lstm2, self.linear = nn.LSTMCell(1, 24), nn.LSTMCell(24, 24), nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        h1 = c1 = h2 = c2 = torch.zeros(len(x), 24)
        outputs = []
        for value in x.split(1, dim=1):
            h1, c1 = self.lstm1(value, (h1, c1))
            h2, c2 = self.lstm2(h1, (h2, c2))
            outputs.append(self.linear(h2))
        return torch.cat(outputs, 1)


@tutorial("https://github.com/pytorch/examples/blob/main/time_sequence_prediction/train.py")
def sine_waves() -> Program:
    """The next value of sine waves by two LSTM cells, mean squared error, LBFGS at 0.8 with a closure, full batch."""
    wave = torch.sin(torch.randint(-80, 80, (24, 1)) + torch.arange(31.0)[None] / 4)
    x, y = wave[:, :-1], wave[:, 1:]
    model = WaveSequence()
    criterion, optimizer = nn.MSELoss(), torch.optim.LBFGS(model.parameters(), lr=0.8, max_iter=8)

    def step() -> Tensor:
        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            return loss

        return optimizer.step(closure)

    return Program(model, optimizer, step, 10, lambda: predicts(model, x, y))


@tutorial("https://github.com/pytorch/examples/blob/main/regression/main.py")
def polynomial() -> Program:
    """A polynomial of degree 4 by one linear layer of powers, smooth L1 loss, updates by hand as in SGD at 0.1."""
    weights, bias = 5 * torch.randn(4, 1), 5 * torch.randn(1)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def batch() -> tuple[Tensor, Tensor]:
        x = torch.randn(64, 1)
        x = torch.cat([x**i for i in range(1, 5)], 1)
        return x, x @ weights + bias

    def step() -> Tensor:
        x, y = batch()
        model.zero_grad()
        loss = F.smooth_l1_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: predicts(model, *batch()))


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2), nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.Conv2d(16, 16, 3, 2), nn.Flatten()
        )
        self.fc = nn.Sequential(nn.Linear(288, 64), nn.ReLU(inplace=True), nn.Linear(64, 1))
        self.sigmoid = nn.Sigmoid()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.sigmoid(self.fc(torch.cat([self.trunk(first), self.trunk(second)], 1)))


@tutorial("https://github.com/pytorch/examples/blob/main/siamese_network/main.py")
def siamese() -> Program:
    """Whether two pictures have the same class: one trunk for both, dense layers, a sigmoid, BCELoss, Adadelta at 1."""
    x, t = pictures(300, classes=4)
    first, second = torch.randint(300, (2, 1200))
    first = torch.where(torch.rand(1200) < 0.25, second, first)
    same = (t[first] == t[second]).float()
    model = Siamese()
    criterion, optimizer = nn.BCELoss(), torch.optim.Adadelta(model.parameters(), lr=1.0)
    rows = batches(1200, 48)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(x[first[batch]], x[second[batch]]).squeeze(), same[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x[first], x[second])[:, 0] > 0.5).long(), same.long())

    return Program(model, optimizer, step, 300, quality)


@tutorial("https://github.com/pytorch/examples/blob/main/super_resolution/model.py")
def super_resolution() -> Program:
    """Convolutions of 5, 3, 3, 3 with ReLUs, orthogonal initialisation, pixel shuffle, mean squared error, Adam."""
    sharp = pictures(160)[0]
    coarse = F.avg_pool2d(sharp, 2)
    model = nn.Sequential(nn.Conv2d(1, 32, 5, 1, 2), nn.ReLU(), nn.Conv2d(32, 32, 3, 1, 1), nn.ReLU())
    model.extend([nn.Conv2d(32, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 4, 3, 1, 1), nn.PixelShuffle(2)])
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            nn.init.orthogonal_(layer.weight, math.sqrt(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.mse_loss, coarse, sharp, 16)
    return Program(model, optimizer, step, 200, lambda: predicts(model, coarse, sharp))


class Vae(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(256, 200), nn.Linear(200, 20), nn.Linear(200, 20)
        self.fc3, self.fc4 = nn.Linear(20, 200), nn.Linear(200, 256)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logvar = self.encode(x.view(-1, 256))
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.decode(z), mu, logvar


@tutorial("https://github.com/pytorch/examples/blob/main/vae/main.py")
def variational_autoencoder() -> Program:
    """A VAE of digits with 20 latent variables, BCE summed plus KL divergence, Adam at 0.001."""
    x = pictures(800, noise=0.05)[0]
    model = Vae()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(800, 64)

    def step() -> Tensor:
        data = x[next(rows)]
        optimizer.zero_grad()
        recon, mu, logvar = model(data)
        bce = F.binary_cross_entropy(recon, data.view(-1, 256), reduction="sum")
        kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss = bce + kld
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model.decode(model.encode(x.view(-1, 256))[0]), x.view(-1, 256))

    return Program(model, optimizer, step, 500, quality)


class Gcn(nn.Module):
    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.kernel1 = nn.Parameter(nn.init.xavier_normal_(torch.empty(features, 16)))
        self.kernel2 = nn.Parameter(nn.init.xavier_normal_(torch.empty(16, classes)))
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        x = F.relu(adjacency @ torch.mm(x, self.kernel1))
        return F.log_softmax(adjacency @ torch.mm(self.dropout(x), self.kernel2), dim=1)


@tutorial("https://github.com/pytorch/examples/blob/main/gcn/main.py")
def graph_convolution() -> Program:
    """Two graph convolutions with kernels as parameters, dropout, NLLLoss, Adam with weight decay, full batch."""
    n, classes = 300, 5
    t = torch.randint(classes, (n,))
    edge = torch.rand(n, n) < torch.where(t[:, None] == t[None], 0.06, 0.004)
    adjacency = (edge | edge.T | torch.eye(n, dtype=torch.bool)).float()
    adjacency = adjacency / adjacency.sum(1, keepdim=True)
    x = (torch.rand(n, 50) < 0.05 + 0.15 * (torch.arange(50)[None] % classes == t[:, None])).float()
    model = Gcn(50, classes)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    criterion = nn.NLLLoss()

    def step() -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = criterion(model(x, adjacency), t)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x, adjacency).argmax(1), t)

    return Program(model, optimizer, step, 200, quality)


@tutorial("https://github.com/karpathy/minGPT/blob/master/projects/chargpt/chargpt.py")
def character_gpt() -> Program:
    """A causal transformer of characters, pre-norm blocks with GELU, AdamW, gradients clipped at 1, accumulated over
    two batches."""
    tokens = text(300, length=14)
    model = SmallGpt()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95))
    rows = batches(300, 12)

    def step() -> Tensor:
        optimizer.zero_grad(set_to_none=True)
        total = torch.zeros(())
        for _ in range(2):
            batch = tokens[next(rows)]
            loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()) / 2
            loss.backward()
            total += loss.detach()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return total

    return Program(model, optimizer, step, 150, lambda: next_token_quality(model, tokens))


class Policy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.affine1, self.dropout, self.affine2 = nn.Linear(4, 128), nn.Dropout(0.6), nn.Linear(128, 2)

    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(self.affine2(F.relu(self.dropout(self.affine1(x)))), dim=1)


@tutorial("https://github.com/pytorch/examples/blob/main/reinforcement_learning/reinforce.py")
def reinforce() -> Program:
    """REINFORCE with a policy of 128 ReLUs and dropout, standardised returns, Adam at 0.01; contexts of one step in
    the place of the pole."""
    best = torch.randn(4)
    model = Policy()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def step() -> Tensor:
        state = torch.randn(64, 4)
        distribution = torch.distributions.Categorical(model(state))
        action = distribution.sample()
        returns = (action == (state @ best > 0)).float()
        returns = (returns - returns.mean()) / (returns.std() + 1e-6)
        loss = (-distribution.log_prob(action) * returns).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            state = torch.randn(2000, 4)
            return right(model(state).argmax(1), (state @ best > 0).long())

    return Program(model, optimizer, step, 200, quality)
