"""Last layers that cannot reach the targets."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, table
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained, predicts
from doctor.harness.recipe import Fault, Program, faulty


def activated(activation: nn.Module, sizes: list[int], last: bool) -> nn.Sequential:
    """Dense layers, each with the activation; the last one as well if asked for."""
    net = nn.Sequential()
    for before, after in zip(sizes[:-1], sizes[1:], strict=True):
        net.extend([nn.Linear(before, after), activation])
    return net if last else net[:-1]


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/UC-IIC2613/Syllabus/issues/208",
    "tanh in the last layer as well: the network that predicts a continuous variable does not train",
    "no activation in the last layer",
)
def homework_with_tanh(fault: bool) -> Program:
    """A regression by dense layers of 32, 32 and 16 with tanh, mean squared error, Adam, batches of 32."""
    x, y = table(640, columns=8)
    y = 6 + 4 * y
    model = activated(nn.Tanh(), [8, 32, 32, 16, 1], last=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 32)
    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


class Proposals(nn.Module):
    """Convolutions, one map of scores of anchors, and one of seven numbers for each anchor."""

    def __init__(self, relu: bool) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(8, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU())
        self.score, self.regression = nn.Conv2d(24, 1, 1), nn.Conv2d(24, 7, 1)
        self.relu = relu

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.block(x)
        score, box = self.score(x), self.regression(x)
        return (F.relu(score), F.relu(box)) if self.relu else (score, box)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/tsinghua-rll/VoxelNet-tensorflow/issues/10",
    "ReLU behind the last layer of the region proposals, which predicts scores and regressions: no negative offsets",
    "no ReLU there",
)
def voxel_proposals(fault: bool) -> Program:
    """Boxes of cars in maps of features: a convolution with batch normalisation, scores of anchors with cross-entropy,
    seven offsets of the positive ones with a smooth L1 loss, Adam."""
    x = torch.randn(120, 8, 6, 6)
    positive = (x[:, 0] > 0.8).float()
    offsets = torch.einsum("oc,bcyx->boyx", torch.randn(7, 8) / 3, x) - 0.5
    model = Proposals(fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(120, 4)

    def step() -> Tensor:
        batch = next(rows)
        score, box = model(x[batch])
        mask = positive[batch]
        cls = F.binary_cross_entropy_with_logits(score[:, 0], mask)
        reg = (F.smooth_l1_loss(box, offsets[batch], reduction="none").sum(1) * mask).sum() / (mask.sum() + 1e-6)
        loss = cls + reg
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            _, box = model(x)
            chosen = positive.bool()
            return explained(box.movedim(1, -1)[chosen], offsets.movedim(1, -1)[chosen])

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/dennybritz/reinforcement-learning/pull/104",
    "the last layer, which predicts the values of the actions, has the default activation ReLU: no negative values",
    "activation_fn=None",
)
def values_of_actions(fault: bool) -> Program:
    """Q-learning by a net with 64 ReLUs, RMSprop; a target network is copied each 50 steps. The game is a random one of
    30 states and three actions, most of whose rewards are negative."""
    rewards = torch.randn(30, 3) - 0.5
    successor = torch.randint(30, (30, 3))
    state = torch.eye(30)
    optimal = torch.zeros(30, 3)
    for _ in range(200):
        optimal = rewards + 0.8 * optimal.max(1).values[successor]
    optimal -= 2.0
    rewards = optimal - 0.8 * optimal.max(1).values[successor]

    def network() -> nn.Sequential:
        return nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 3), *([nn.ReLU()] if fault else []))

    model, target = network(), network()
    target.load_state_dict(model.state_dict())
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.002)
    count = iter(range(10**6))

    def step() -> Tensor:
        if next(count) % 50 == 0:
            target.load_state_dict(model.state_dict())
        s, a = torch.randint(30, (32,)), torch.randint(3, (32,))
        with torch.no_grad():
            goal = rewards[s, a] + 0.8 * target(state[successor[s, a]]).max(1).values
        predictions = model(state[s]).gather(1, a[:, None])[:, 0]
        loss = F.mse_loss(predictions, goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(state), optimal)

    return Program(model, optimizer, step, 1500, quality)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/yzhao062/pyod/issues/314",
    "the inputs are standardised, and the output layer has a sigmoid, whose values lie between 0 and 1",
    "another activation of the output (none here), or inputs that are scaled to its range",
)
def outlier_autoencoder(fault: bool) -> Program:
    """An autoencoder of a table for the detection of outliers: 64, 32, 32 and 64 units (a smaller code here), dropout
    of 0.2, mean squared error with an L2 penalty, Adam, batches of 32."""
    x = torch.randn(800, 5) @ torch.randn(5, 25) + 0.1 * torch.randn(800, 25)
    x = (x - x.mean(0)) / x.std(0)
    layers: list[nn.Module] = []
    for before, after in ((25, 64), (64, 32), (32, 32), (32, 64)):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(0.2)]
    model = nn.Sequential(*layers[:-1], nn.Linear(64, 25), *([nn.Sigmoid()] if fault else []))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-5)
    rows = batches(800, 32)

    def step() -> Tensor:
        batch = x[next(rows)]
        loss = nn.functional.mse_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, x))
