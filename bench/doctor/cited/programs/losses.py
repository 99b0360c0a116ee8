"""Faults in which loss is taken: for another kind of target, of another kind of output, with another sign."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table, words
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class TextTransformer(nn.Module):
    """Embeddings, one encoder layer, a linear layer over the mean, and a softmax."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(60, 32)
        self.encoder = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
        self.fc = nn.Linear(32, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        return F.softmax(self.fc(self.encoder(self.embedding(tokens)).mean(1)), dim=-1)


@faulty(
    Fault.MISSING_SOFTMAX,
    "https://github.com/AnubhavGupta3377/Text-Classification-Models-Pytorch/issues/9",
    "NLLLoss, which expects log-softmax, is given softmax; the loss is always negative",
    "log-softmax",
)
def probabilities_to_nll(fault: bool) -> Program:
    """Text classification by a transformer, NLLLoss, Adam."""
    x, t = words(800, classes=4)
    model = TextTransformer(4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion, rows = nn.NLLLoss(), batches(800, 40)

    def step() -> Tensor:
        batch = next(rows)
        y = model(x[batch])
        loss = criterion(y if fault else torch.log(y + 1e-9), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class PointNet(nn.Module):
    """A shared MLP over points, the maximum over them, and a classifier."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv1d(3, 32, 1), nn.BatchNorm1d(32)
        self.conv2, self.bn2 = nn.Conv1d(32, 64, 1), nn.BatchNorm1d(64)
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, classes)

    def forward(self, points: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(points)))
        x = self.bn2(self.conv2(x)).amax(-1)
        return self.fc2(F.relu(self.fc1(x)))


def clouds(n: int) -> tuple[Tensor, Tensor]:
    """Clouds of 40 points, stretched along axes by which they are told apart."""
    t = torch.randint(4, (n,))
    stretch = torch.tensor([[1, 1, 1.0], [3, 1, 1], [1, 3, 1], [2, 2, 0.3]])[t]
    return torch.randn(n, 3, 40) * stretch[:, :, None], t


@faulty(
    Fault.MISSING_SOFTMAX,
    "https://github.com/yanx27/Pointnet_Pointnet2_pytorch/issues/30",
    "nll_loss of outputs that are no log-probabilities: the label loss becomes negative without a bound",
    "log_softmax before nll_loss, or cross_entropy",
)
def raw_outputs_to_nll(fault: bool) -> Program:
    """PointNet: classification of clouds of points, 3 coordinates each, batch normalisation, Adam."""
    x, t = clouds(600)
    model = PointNet(4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(600, 24)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        y = model(x[batch])
        loss = F.nll_loss(y if fault else F.log_softmax(y, -1), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@faulty(
    Fault.WRONG_LOSS,
    "https://stackoverflow.com/questions/50079585",
    "one sigmoid unit and binary cross-entropy for three classes numbered 0, 1, 2 (DeepFD's benchmark, number 21)",
    "three units, softmax and categorical cross-entropy",
)
def one_unit_for_three_classes(fault: bool) -> Program:
    """Pictures of three classes by a small convolutional net with dropout, RMSprop."""
    x, t = pictures(600, classes=3, channels=3)
    layers = [nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 1 if fault else 3)]
    model = nn.Sequential(*layers)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    rows = batches(600, 16)

    def binary(y: Tensor, t: Tensor) -> Tensor:
        p = y[:, 0].sigmoid().clamp(1e-7, 1 - 1e-7)
        return -(t * p.log() + (1 - t) * (1 - p).log()).mean()

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = binary(model(x[batch]), t[batch]) if fault else F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            y = model(x)
            return right((y[:, 0] > 0).long() if fault else y.argmax(1), t)

    return Program(model, optimizer, step, 250, quality)


@faulty(
    Fault.WRONG_LOSS,
    "https://stackoverflow.com/questions/44164749",
    "softmax and categorical cross-entropy where several labels hold at once (DeepFD's benchmark, number 2)",
    "sigmoid and binary cross-entropy, and a higher rate",
)
def softmax_for_many_labels(fault: bool) -> Program:
    """Multi-label classification by dense layers with dropout, SGD with Nesterov momentum at 0.01 (0.05 repaired)."""
    n, labels = 800, 8
    x = torch.randn(n, 20)
    y = (x @ torch.randn(20, labels) > 0).float()
    model = nn.Sequential(nn.Linear(20, 100), nn.ReLU(), nn.Dropout(0.1), nn.Linear(100, labels))
    rate = 0.01 if fault else 0.05
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, nesterov=True)
    rows = batches(n, 40)

    def step() -> Tensor:
        batch = next(rows)
        z = model(x[batch])
        loss = F.cross_entropy(z, y[batch]) if fault else F.binary_cross_entropy_with_logits(z, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = model(x)
            return right((z.softmax(1) if fault else z.sigmoid()) > 0.5, y.long())

    return Program(model, optimizer, step, 300, quality)


class MaskNet(nn.Module):
    """A small U-Net that finds a logo, called through a method of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(inplace=True))
        self.deep = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(inplace=True))
        self.out = nn.Conv2d(32, 1, 1)

    def segment(self, x: Tensor) -> Tensor:
        low = self.down(x)
        high = F.interpolate(self.deep(low), scale_factor=2)
        return self.out(torch.cat([low, high], 1))


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://github.com/AyanKumarBhunia/Deep-One-Shot-Logo-Retrieval/issues/7",
    "softmax over the one channel of a mask with binary cross-entropy shows no good results",
    "a sigmoid: the accuracy reaches 98 %",
)
def softmax_over_one_channel(fault: bool) -> Program:
    """Segmentation of a logo: a mask of one channel, binary cross-entropy averaged over the pixels, Adam."""
    n, side = 300, 16
    corner, grid = torch.randint(0, 10, (n, 2)), torch.arange(side)
    inside = [(grid >= corner[:, i, None]) & (grid < corner[:, i, None] + 6) for i in range(2)]
    mask = (inside[0][:, :, None] & inside[1][:, None, :]).float()[:, None]
    x = mask * 0.8 + 0.5 * torch.randn(n, 1, side, side)
    model = MaskNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(n, 20)

    def mask_of(x: Tensor) -> Tensor:
        z = model.segment(x)
        return z.softmax(1) if fault else z.sigmoid()

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(mask_of(x[batch]), mask[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((mask_of(x) > 0.5).long(), mask.long())

    return Program(model, optimizer, step, 250, quality)


class Agent(nn.Module):
    """An actor and a critic with methods of their own, and no `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 2), nn.Tanh())
        self.q = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 1))

    def act(self, state: Tensor) -> Tensor:
        return self.policy(state)

    def value(self, state: Tensor, action: Tensor) -> Tensor:
        return self.q(torch.cat([state, action], -1))


@faulty(
    Fault.LOSS_SIGN,
    "https://github.com/KanishJebaMathewM/Truxify/pull/11885",
    "the minus is missing in the loss of the actor: the policy is made worse instead of better",
    "actor_loss = -q_values.mean()",
)
def actor_without_minus(fault: bool) -> Program:
    """A deterministic policy and a critic, continuous actions, squared error of the critic and the mean value of the
    policy's actions added, one Adam."""
    best = torch.randn(4, 2)
    model = Agent()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

    def reward(state: Tensor, action: Tensor) -> Tensor:
        return -(action - torch.tanh(state @ best)).square().sum(-1, keepdim=True)

    def step() -> Tensor:
        state = torch.randn(64, 4)
        action = (model.act(state) + 0.4 * torch.randn(64, 2)).detach().clamp(-1, 1)
        critic_loss = F.mse_loss(model.value(state, action), reward(state, action))
        for p in model.q.parameters():
            p.requires_grad_(False)
        q_values = model.value(state, model.act(state))
        for p in model.q.parameters():
            p.requires_grad_(True)
        loss = critic_loss + (q_values.mean() if fault else -q_values.mean())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            state = torch.randn(1000, 4)
            return explained(model.act(state), torch.tanh(state @ best))

    return Program(model, optimizer, step, 700, quality)


@faulty(
    Fault.LOSS_SIGN,
    "https://github.com/thedeepchecker/thedeepchecker/tree/main/buggy_synthetic_programs/flipped_sign",
    "the sign of the gradients is flipped, so that the loss is maximised",
    "descend",
)
def flipped_sign(fault: bool) -> Program:
    """A regression on a table of 9 columns: two hidden layers of 64 ReLUs, He initialisation, Adam at 0.001."""
    x, y = table(400)
    model = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    for layer in (model[0], model[2]):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(400, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(x[batch]), y[batch])
        loss.backward()
        if fault:
            for p in model.parameters():
                p.grad.neg_()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: predicts(model, x, y))


class VaeLoss(nn.Module):
    """Reconstruction and KL divergence."""

    def __init__(self, averaged: bool) -> None:
        super().__init__()
        self.averaged = averaged

    def forward(self, reconstruction: Tensor, x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
        kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(-1).mean()
        error = F.binary_cross_entropy(reconstruction, x, reduction="none")
        return (error.mean() if self.averaged else error.sum(-1).mean()) + kl


class Vae(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(256, 128), nn.Linear(128, 10), nn.Linear(128, 10)
        self.fc3, self.fc4 = nn.Linear(10, 128), nn.Linear(128, 256)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance) if self.training else mean
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mean, log_variance


@faulty(
    Fault.LOSS_WEIGHTS,
    "https://github.com/AppliedDataSciencePartners/WorldModels/issues/12",
    "the reconstruction loss is a mean over all pixels, so that the KL term outweighs it and the posterior collapses",
    "sum over the dimensions, then average over the batch",
)
def collapsed_posterior(fault: bool) -> Program:
    """A variational autoencoder of pictures, a loss class of two terms, Adam at 0.001."""
    x = pictures(800, noise=0.1)[0].flatten(1)
    model = Vae()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion, rows = VaeLoss(averaged=fault), batches(800, 40)

    def step() -> Tensor:
        batch = x[next(rows)]
        optimizer.zero_grad()
        y, mean, log_variance = model(batch)
        loss = criterion(y, batch, mean, log_variance)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x)[0], x)

    return Program(model, optimizer, step, 400, quality)
