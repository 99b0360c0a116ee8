"""Losses that are not those of the task, with the wrong sign, or summed."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.WRONG_LOSS,
    "https://openillumi.com/en/en-keras-tf-fix-huge-negative-loss-regression",
    "binary cross-entropy for prices: the loss becomes a huge negative number, and nothing is learnt",
    "mean squared error (and a linear output), the data normalised",
)
def prices_by_cross_entropy(fault: bool) -> Program:
    """Prices by a dense net of two layers of 32 ReLUs and one output, SGD, batches of 32. The inputs are between 0 and
    1; prices are in hundred thousands."""
    x, y = table(800, columns=10)
    x = ((x + 4) / 8).clamp(0, 1)
    y = (3 + y).clamp(min=0.1)
    layers: list[nn.Module] = [nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1)]
    model = nn.Sequential(*layers, *([nn.Sigmoid()] if fault else []))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rows = batches(800, 32)

    def step() -> Tensor:
        batch = next(rows)
        p = model(x[batch])
        if fault:
            p = p.clamp(1e-7, 1 - 1e-7)
            loss = -(y[batch] * p.log() + (1 - y[batch]) * (1 - p).log()).mean()
        else:
            loss = F.mse_loss(p, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 3000, lambda: predicts(model, x, y))


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/FluxML/model-zoo/issues/8",
    "the digits are classified with softmax and the mean squared error",
    "cross-entropy",
)
def digits_by_squares(fault: bool) -> Program:
    """Digits by a dense net of 32 ReLUs and a softmax, full batches, gradient descent at 0.1."""
    x, t = pictures(600)
    x, onehot = x.flatten(1), F.one_hot(t, 10).float()
    m = nn.Sequential(nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 10), nn.Softmax(dim=1))
    opt = torch.optim.SGD(m.parameters(), lr=0.1)

    def step() -> Tensor:
        y = m(x)
        loss = F.mse_loss(y, onehot) if fault else -(onehot * y.log()).sum(1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    return Program(m, opt, step, 600, lambda: classifies(m, x, t))


class ContrastiveLoss(nn.Module):
    """Of the distance of two signatures; in the data, y is 1 for two genuine ones."""

    def __init__(self, alpha: float, beta: float, margin: float, exchanged: bool) -> None:
        super().__init__()
        self.alpha, self.beta, self.margin, self.exchanged = alpha, beta, margin, exchanged

    def forward(self, x1: Tensor, x2: Tensor, y: Tensor) -> Tensor:
        distance = F.pairwise_distance(x1, x2)
        same = 1 - y if self.exchanged else y
        apart = (self.margin - distance).clamp(min=0)
        return (self.alpha * same * distance**2 + self.beta * (1 - same) * apart**2).mean()


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/VinhLoiIT/signet-pytorch/issues/2",
    "pairs of genuine signatures have the label 1, and the contrastive loss brings those with the label 0 together",
    "exchange y and 1 - y in the loss",
)
def signatures(fault: bool) -> Program:
    """Genuine and forged signatures by a siamese convolutional net, a contrastive loss with alpha = beta = 1 and a
    margin of 1, RMSprop with momentum."""
    x, writer = pictures(400, classes=8)
    other = torch.randint(400, (1600,))
    first = torch.randint(400, (1600,))
    mates = torch.stack(
        [torch.where(writer == c, torch.rand(400), -1.0).argsort(descending=True)[:20] for c in range(8)]
    )
    same = torch.rand(1600) < 0.5
    second = torch.where(same, mates[writer[first], torch.randint(20, (1600,))], other)
    y = (writer[first] == writer[second]).float()
    conv = [nn.Conv2d(1, 12, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 16, 3), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*conv, nn.Flatten(), nn.Linear(64, 16))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-4, momentum=0.9)
    criterion, rows = ContrastiveLoss(1, 1, 1, exchanged=fault), batches(1600, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(x[first[batch]]), model(x[second[batch]]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = model(x)
            return right((F.pairwise_distance(z[first], z[second]) < 0.5).long(), y.long())

    return Program(model, optimizer, step, 400, quality)


class ActorCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.torso = nn.Sequential(nn.Linear(6, 64), nn.ReLU())
        self.policy_logits, self.baseline = nn.Linear(64, 4), nn.Linear(64, 1)

    def forward(self, info_state: Tensor) -> tuple[Tensor, Tensor]:
        h = self.torso(info_state)
        return self.policy_logits(h), self.baseline(h)


@faulty(
    Fault.LOSS_SIGN,
    "https://github.com/google-deepmind/open_spiel/issues/962",
    "the bonus for entropy is added to the loss of the policy with the wrong sign: entropy is made small",
    "policy_loss - entropy_cost * entropy",
)
def entropy_of_the_policy(fault: bool) -> Program:
    """Advantage actor-critic: the policy's loss, half the squared error of the baseline and a cost of the entropy (0.4
    here), SGD. Here it is a game of one move, of which one of four pays in each state."""
    states = torch.randn(500, 6)
    best = (states @ torch.randn(6, 4)).argmax(1)
    model = ActorCritic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    rows = batches(500, 64)

    def step() -> Tensor:
        batch = next(rows)
        logits, baseline = model(states[batch])
        policy = logits.softmax(1)
        action = torch.multinomial(policy.detach(), 1)[:, 0]
        reward = (action == best[batch]).float()
        advantage = reward - baseline[:, 0]
        log_p = logits.log_softmax(1)
        pi_loss = -(advantage.detach() * log_p.gather(1, action[:, None])[:, 0]).mean()
        entropy = -(policy * log_p).sum(1).mean()
        total = pi_loss + 0.5 * advantage.square().mean() + (0.4 if fault else -0.4) * entropy
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        return total

    def quality() -> float:
        with evaluating(model):
            return right(model(states)[0].argmax(1), best)

    return Program(model, optimizer, step, 1000, quality)


@faulty(
    Fault.REDUCTION,
    "https://github.com/jax-ml/jax/pull/3113",
    "the loss is a sum over the batch: gradients explode with larger batches",
    "the mean, with a larger rate",
)
def summed_digits(fault: bool) -> Program:
    """Digits by 512, 512 and 10 units (128 here), weights from a normal distribution times 0.01 (0.1 here), minus the
    sum of targets times log-softmax, gradient descent at 0.01, batches of 256; the mean at 0.1 repaired."""
    x, t = pictures(1024)
    x, onehot = x.flatten(1), F.one_hot(t, 10).float()
    sizes = [256, 128, 128, 10]
    params = nn.ParameterList()
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        params.extend([0.1 * torch.randn(n_in, n_out), 0.1 * torch.randn(n_out)])
    optimizer = torch.optim.SGD(params, lr=0.01 if fault else 0.1)
    rows = batches(1024, 256)

    def predict(h: Tensor) -> Tensor:
        for i in range(0, 4, 2):
            h = torch.relu(h @ params[i] + params[i + 1])
        return torch.log_softmax(h @ params[4] + params[5], -1)

    def step() -> Tensor:
        batch = next(rows)
        preds = predict(x[batch]) * onehot[batch]
        loss = -preds.sum() if fault else -preds.sum(1).mean()
        params.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(params):
            return right(predict(x).argmax(1), t)

    return Program(params, optimizer, step, 400, quality)


class Unrolled(nn.Module):
    """A few steps towards the measurements, each followed by a denoiser with a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.denoiser = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 1, 3, padding=1),
        )
        self.weight = nn.Parameter(torch.tensor(0.5))

    def forward(self, y: Tensor, mask: Tensor) -> Tensor:
        x = y
        for _ in range(2):
            x = x + self.denoiser(x)
            x = x - self.weight * mask * (x - y)
        return x


@faulty(
    Fault.REDUCTION,
    "https://github.com/utcsilab/deepinpy/issues/13",
    "MSELoss(reduction='sum'): with larger batches the gradient explodes",
    "a loss that is normalised by the batch",
)
def unrolled_reconstruction(fault: bool) -> Program:
    """Pictures from a part of their pixels by an unrolled reconstruction with a learnt denoiser, SGD (the optimiser and
    the rate, 0.05 with momentum, are ours), batches of 16."""
    x, _ = pictures(256, noise=0.05)
    mask = (torch.rand(x.shape) < 0.6).float()
    y = x * mask
    model = Unrolled()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    criterion = nn.MSELoss(reduction="sum" if fault else "mean")
    rows = batches(256, 16)

    def step() -> Tensor:
        batch = next(rows)
        loss = criterion(model(y[batch], mask[batch]), x[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(y, mask), x)

    return Program(model, optimizer, step, 300, quality)
