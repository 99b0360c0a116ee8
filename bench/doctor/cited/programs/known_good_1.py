"""Tutorials on points, tables and pictures."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial

MORVAN = "https://github.com/MorvanZhou/PyTorch-Tutorial/blob/master/tutorial-contents"


@tutorial(f"{MORVAN}/301_regression.py")
def parabola_of_morvan() -> Program:
    """y = x^2 + noise on 100 points from -1 to 1, one hidden layer of 10 ReLUs, mean squared error, SGD at 0.2, all
    points at once, 200 steps (400 here)."""
    x = torch.linspace(-1, 1, 100)[:, None]
    y = x.pow(2) + 0.2 * torch.rand(x.shape)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.predict = nn.Linear(1, 10), nn.Linear(10, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.predict(F.relu(self.hidden(x)))

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
    loss_func = nn.MSELoss()

    def step() -> Tensor:
        loss = loss_func(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(net, optimizer, step, 400, lambda: predicts(net, x, y))


@tutorial(f"{MORVAN}/302_classification.py")
def two_clouds() -> Program:
    """Clouds of 100 points about (2, 2) and (-2, -2), one hidden layer of 10 ReLUs, cross-entropy, SGD at 0.02, all
    points at once; 200 steps."""
    x = torch.cat([torch.normal(2 * torch.ones(100, 2), 1), torch.normal(-2 * torch.ones(100, 2), 1)])
    t = torch.cat([torch.zeros(100), torch.ones(100)]).long()
    net = nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
    step = plain(net, optimizer, nn.CrossEntropyLoss(), x, t, 200, shuffle=False)
    return Program(net, optimizer, step, 200, lambda: classifies(net, x, t))


@tutorial(f"{MORVAN}/404_autoencoder.py")
def three_numbers_and_back() -> Program:
    """Digits to 128, 64, 12 and 3 units of tanh and back, a sigmoid at the end, mean squared error, Adam at 0.005,
    batches of 64."""
    x, _ = pictures(640, classes=4, noise=0.05)
    x = x.flatten(1)

    class AutoEncoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(256, 128), nn.Tanh(), nn.Linear(128, 64), nn.Tanh())
            self.encoder.extend([nn.Linear(64, 12), nn.Tanh(), nn.Linear(12, 3)])
            self.decoder = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 64), nn.Tanh())
            self.decoder.extend([nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 256), nn.Sigmoid()])

        def forward(self, x: Tensor) -> Tensor:
            return self.decoder(self.encoder(x))

    model = AutoEncoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    step = plain(model, optimizer, F.mse_loss, x, x, 64)
    return Program(model, optimizer, step, 600, lambda: predicts(model, x, x))


@tutorial("https://github.com/skorch-dev/skorch/blob/master/README.rst")
def module_of_the_readme() -> Program:
    """1000 rows of 20 columns with two classes, layers of 10 and 10 ReLUs with dropout 0.5 between them, a softmax
    whose logarithm goes into NLLLoss, SGD at 0.1, batches of 128."""
    x, t = blobs(1000, classes=2, columns=20, spread=5.0)

    class MyModule(nn.Module):
        def __init__(self, num_units: int = 10) -> None:
            super().__init__()
            self.dense0, self.dense1, self.output = nn.Linear(20, num_units), nn.Linear(num_units, 10), nn.Linear(10, 2)
            self.dropout = nn.Dropout(0.5)

        def forward(self, x: Tensor) -> Tensor:
            x = self.dropout(F.relu(self.dense0(x)))
            return F.softmax(self.output(F.relu(self.dense1(x))), dim=-1)

    module = MyModule()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)

    def criterion(y: Tensor, t: Tensor) -> Tensor:
        return F.nll_loss(y.log(), t)

    step = plain(module, optimizer, criterion, x, t, 128)
    return Program(module, optimizer, step, 300, lambda: classifies(module, x, t))


@tutorial("https://keras.io/examples/timeseries/timeseries_classification_from_scratch/")
def engine_noise() -> Program:
    """Series to classes by three convolutions of 64 filters (24 here) with batch normalisation and ReLU, their mean
    over time, Adam at 0.001, batches of 32, the rate halved on plateaus of the loss."""
    x, t = waves(480, length=48, channels=1, classes=3)
    x = x.transpose(1, 2)
    model = nn.Sequential()
    for i in range(3):
        model.extend([nn.Conv1d(1 if i == 0 else 24, 24, 3, padding=1), nn.BatchNorm1d(24), nn.ReLU()])
    model.extend([nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(24, 3)])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=20, min_lr=1e-4)
    rows, epoch = batches(480, 32), []

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        epoch.append(loss.item())
        if len(epoch) == 15:
            scheduler.step(sum(epoch) / 15)
            epoch.clear()
        return loss

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class Residual(nn.Module):
    """Normalisation and ReLU before the convolutions."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.bn1(x))
        return self.shortcut(h) + self.conv2(F.relu(self.bn2(self.conv1(h))))


@tutorial("https://github.com/davda54/sam")
def sharpness_aware() -> Program:
    """A wide residual net in small, cross-entropy with label smoothing 0.1, SAM with a neighbourhood of 0.05 around
    SGD at 0.1 with momentum 0.9 and decay 5e-4: two backwards a step, weights moved to the worst point nearby and
    back."""
    x, t = pictures(320, classes=6, channels=3, size=12)
    model = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1, bias=False), Residual(12, 24, 2), Residual(24, 32, 2))
    model.extend([nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 6)])
    base = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    rows = batches(320, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch], label_smoothing=0.1)
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
        with torch.no_grad():
            moves = [0.05 * p.grad / (norm + 1e-12) for p in model.parameters()]
            for p, move in zip(model.parameters(), moves, strict=True):
                p.add_(move)
        base.zero_grad()
        F.cross_entropy(model(x[batch]), t[batch], label_smoothing=0.1).backward()
        with torch.no_grad():
            for p, move in zip(model.parameters(), moves, strict=True):
                p.sub_(move)
        base.step()
        base.zero_grad()
        return loss

    return Program(model, base, step, 200, lambda: classifies(model, x, t))


@tutorial("https://keras.io/examples/structured_data/wide_deep_cross_networks/")
def wide_and_deep() -> Program:
    """Numbers and kinds to classes: a wide part with batch normalisation, a deep part with two layers of 32 ReLUs,
    batch normalisation and dropout 0.1, concatenated, Adam at 0.001 (0.003 here), batches of 265 (64 here)."""
    numbers, score = table(800, columns=6)
    kinds = torch.randint(8, (800, 2))
    total = score[:, 0] + torch.randn(8)[kinds[:, 0]]
    t = (total > total.quantile(0.33)).long() + (total > total.quantile(0.66)).long()

    class WideAndDeep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embeddings = nn.ModuleList([nn.Embedding(8, 4) for _ in range(2)])
            self.wide = nn.BatchNorm1d(22)
            self.deep = nn.Sequential()
            for inputs in (14, 32):
                self.deep.extend([nn.Linear(inputs, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1)])
            self.out = nn.Linear(54, 3)

        def forward(self, x: Tensor) -> Tensor:
            numbers, kinds = x[:, :6], x[:, 6:].long()
            wide = self.wide(torch.cat([numbers, F.one_hot(kinds, 8).flatten(1)], 1))
            deep = torch.cat([numbers, *(e(kinds[:, i]) for i, e in enumerate(self.embeddings))], 1)
            return self.out(torch.cat([wide, self.deep(deep)], 1))

    x = torch.cat([numbers, kinds], 1)
    model = WideAndDeep()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 64)
    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))


@tutorial("https://d2l.ai/chapter_recommender-systems/mf.html")
def ratings() -> Program:
    """Matrix factorisation: the product of embeddings of users and items plus their biases, squared error, Adam at
    0.002 (0.01 here) with a decay of 1e-5, batches of 512 (256 here). Ratings are about zero here."""
    users, items = torch.randint(60, (3000,)), torch.randint(40, (3000,))
    y = (torch.randn(60, 3)[users] * torch.randn(40, 3)[items]).sum(1) + torch.randn(60)[users]

    class Factors(nn.Module):
        def __init__(self, factors: int = 8) -> None:
            super().__init__()
            self.p, self.q = nn.Embedding(60, factors), nn.Embedding(40, factors)
            self.user_bias, self.item_bias = nn.Embedding(60, 1), nn.Embedding(40, 1)
            for embedding in (self.p, self.q, self.user_bias, self.item_bias):
                nn.init.normal_(embedding.weight, std=0.1)

        def forward(self, user: Tensor, item: Tensor) -> Tensor:
            product = (self.p(user) * self.q(item)).sum(dim=1)
            return product + self.user_bias(user).squeeze(1) + self.item_bias(item).squeeze(1)

    net = Factors()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-5)
    rows = batches(3000, 256)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(net(users[batch], items[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return explained(net(users, items), y)

    return Program(net, optimizer, step, 500, quality)


@tutorial(f"{MORVAN}/504_batch_normalization.py")
def eight_normalised_layers() -> Program:
    """y = x^2 - 5 + noise for x from -7 to 10, the inputs normalised too, eight hidden layers of 10 units of tanh with
    batch normalisation (momentum 0.5) before them, weights of deviation 0.1, biases of -0.2, Adam at 0.03, batches of
    64."""
    x = torch.linspace(-7, 10, 500)[:, None]
    y = x**2 - 5 + 2 * torch.randn(x.shape)
    net = nn.Sequential(nn.BatchNorm1d(1, momentum=0.5))
    for i in range(8):
        net.extend([nn.Linear(1 if i == 0 else 10, 10), nn.BatchNorm1d(10, momentum=0.5), nn.Tanh()])
    net.append(nn.Linear(10, 1))
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, mean=0.0, std=0.1)
            nn.init.constant_(layer.bias, -0.2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    step = plain(net, optimizer, F.mse_loss, x, y, 64)
    return Program(net, optimizer, step, 500, lambda: predicts(net, x, y))


@tutorial("https://github.com/facebookresearch/mixup-cifar10")
def mixed_pictures() -> Program:
    """Mixup: pairs of pictures in the proportion of a beta distribution (alpha = 1), the losses for both labels in the
    same proportion, SGD at 0.1 with momentum 0.9 and decay 1e-4 (a small net and 0.05 here)."""
    x, t = pictures(400, classes=6, channels=3)
    net = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.MaxPool2d(4))
    net.extend([nn.Flatten(), nn.Linear(256, 64), nn.ReLU(inplace=True), nn.Linear(64, 6)])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    criterion, rows = nn.CrossEntropyLoss(), batches(400, 32)

    def step() -> Tensor:
        batch = next(rows)
        inputs, targets_a = x[batch], t[batch]
        lam, index = torch.distributions.Beta(1.0, 1.0).sample(), torch.randperm(len(batch))
        outputs = net(lam * inputs + (1 - lam) * inputs[index])
        loss = lam * criterion(outputs, targets_a) + (1 - lam) * criterion(outputs, targets_a[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return right(net(x).argmax(1), t)

    return Program(net, optimizer, step, 300, quality)
