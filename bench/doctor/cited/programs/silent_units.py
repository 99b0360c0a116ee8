"""Units that give zero for whatever they see, and units that are kept from doing their work."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.DYING_RELU,
    "https://arxiv.org/abs/1903.06733",
    "ten layers of two ReLUs, symmetric initialisation: born dead, the net gives the mean of the targets",
    "a wider net (the paper's remedies are width and an asymmetric initialisation)",
)
def born_dead(fault: bool) -> Program:
    """f(x) = |x| from -sqrt(3) to sqrt(3), He's normal initialisation, biases of zero, mean squared error, 3000 points,
    batches of 128, Adam at 0.001."""
    x = (torch.rand(3000, 1) * 2 - 1) * 3**0.5
    y = x.abs()
    width = 2 if fault else 16
    model = nn.Sequential(nn.Linear(1, width), nn.ReLU())
    for _ in range(9):
        model.append(nn.Linear(width, width)).append(nn.ReLU())
    model.append(nn.Linear(width, 1))
    for layer in model[::2]:
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, F.mse_loss, x, y, 128)
    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


class ClickModel(nn.Module):
    """A bottom MLP for numbers, embeddings for kinds, dot products between them, a top MLP."""

    def __init__(self, biases: float) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList([nn.EmbeddingBag(20, 8, mode="sum") for _ in range(3)])
        self.bottom = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU())
        self.top = nn.Sequential(
            nn.Linear(14, 16), nn.ReLU(), nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 1), nn.Sigmoid()
        )
        for part in (self.bottom, self.top):
            for layer in part:
                if isinstance(layer, nn.Linear):
                    inputs, outputs = layer.in_features, layer.out_features
                    nn.init.normal_(layer.weight, 0.0, (2 / (inputs + outputs)) ** 0.5)
                    nn.init.constant_(layer.bias, biases)

    def forward(self, dense: Tensor, kinds: Tensor) -> Tensor:
        x = self.bottom(dense)
        parts = torch.stack([x, *(e(kinds[:, i : i + 1]) for i, e in enumerate(self.embeddings))], 1)
        products = torch.bmm(parts, parts.transpose(1, 2))
        i, j = torch.tril_indices(4, 4, -1)
        return self.top(torch.cat([x, products[:, i, j]], 1))[:, 0]


@faulty(
    Fault.DYING_RELU,
    "https://github.com/facebookresearch/dlrm/pull/358",
    "a bias may start at a large negative value: the ReLU behind it gives zero, and nothing is trained afterwards",
    "biases of zero",
)
def negative_biases(fault: bool) -> Program:
    """Clicks from numbers and kinds, binary cross-entropy, SGD (at 0.3). The biases are drawn in the source; here all
    are at -3 in the faulty program, so that the unlucky draw happens."""
    dense, kinds = torch.randn(600, 6), torch.randint(20, (600, 3))
    score = dense[:, 0] + dense[:, 1] * dense[:, 2] + torch.randn(20)[kinds[:, 0]]
    t = (score > 0).float()
    model = ClickModel(-3.0 if fault else 0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    rows = batches(600, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy(model(dense[batch], kinds[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(dense, kinds) > 0.5).long(), t.long())

    return Program(model, optimizer, step, 1000, quality)


@faulty(
    Fault.DYING_RELU,
    "https://github.com/jvargasmu/population_estimation/issues/68",
    "sometimes the initial solution predicts only zeros, because of the ReLU, and no gradients emerge",
    "softplus",
)
def inhabitants(fault: bool) -> Program:
    """The occupancy of buildings from features by 1 x 1 convolutions, whose sum over a region is compared with the
    census (L1 loss of logarithms), Adam. The last bias starts at -1, so that the solution is the unlucky one."""
    n = 120
    features = torch.randn(n, 6, 6, 6)
    occupancy = (1 + features[:, 0] + 0.5 * features[:, 1] * features[:, 2]).clamp(min=0)
    census = occupancy.sum((1, 2))
    model = nn.Sequential(nn.Conv2d(6, 32, 1), nn.ReLU(), nn.Conv2d(32, 32, 1), nn.ReLU(), nn.Conv2d(32, 1, 1))
    model.append(nn.ReLU() if fault else nn.Softplus())
    nn.init.constant_(model[4].bias, -1.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(n, 12)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.l1_loss((model(features[batch]).sum((1, 2, 3)) + 1).log(), (census[batch] + 1).log())
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(features).sum((1, 2, 3)), census)

    return Program(model, optimizer, step, 600, quality)


@faulty(
    Fault.DYING_RELU,
    "https://github.com/joongsoo/dqn_bitcoin_auto_trading/issues/34",
    "rewards may be negative, but a ReLU that gives zero once does not learn any more",
    "another activation function",
)
def negative_rewards(fault: bool) -> Program:
    """The values of three actions (buy, sell, wait) from the last prices, with ReLUs up to the values, squared error
    against the reward of the action that was taken, Adam; one-step episodes, and a memory that is filled beforehand."""
    x = torch.randn(600, 12)
    gain = torch.tanh(x[:, 0] + x[:, 1] * x[:, 2])
    rewards = torch.stack([gain - 1.5, -gain - 1.5, torch.full((600,), -1.2)], 1)
    activation = nn.ReLU if fault else nn.LeakyReLU
    model = nn.Sequential(
        nn.Linear(12, 64), activation(), nn.Linear(64, 32), activation(), nn.Linear(32, 3), activation()
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    def step() -> Tensor:
        rows, action = torch.randint(600, (32,)), torch.randint(3, (32, 1))
        q = model(x[rows]).gather(1, action)
        loss = (rewards[rows].gather(1, action) - q).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 800, lambda: predicts(model, x, rewards))


@faulty(
    Fault.DYING_RELU,
    "https://github.com/will-maclean/sb3-burn/pull/38",
    "a hidden layer of one ReLU: training can be impossible",
    "sigmoid, which seems more stable in small nets",
)
def probe_environment(fault: bool) -> Program:
    """The probe environment of two observations and two actions for a Q-net with one hidden unit: the reward is 1
    where the action fits. The weight and the bias of the unit start below zero, which makes it the run that cannot be
    trained."""
    x = torch.tensor([[0.0], [1.0]])
    rewards = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU() if fault else nn.Sigmoid(), nn.Linear(1, 2))
    with torch.no_grad():
        for p in model[0].parameters():
            p.copy_(-p.abs() - 0.1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)

    def step() -> Tensor:
        rows, action = torch.randint(2, (32,)), torch.randint(2, (32, 1))
        loss = F.smooth_l1_loss(model(x[rows]).gather(1, action), rewards[rows].gather(1, action))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, rewards))
