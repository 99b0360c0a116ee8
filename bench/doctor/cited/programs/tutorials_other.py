"""Other examples and tutorials of PyTorch, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.quality import evaluating, predicts, right
from doctor.harness.recipe import Program, tutorial

EXAMPLES = "https://github.com/pytorch/examples/blob/main"
TUTORIALS = "https://github.com/pytorch/tutorials/blob/main/beginner_source"


@tutorial(f"{TUTORIALS}/examples_nn/polynomial_optim.py")
def sine_by_a_polynomial() -> Program:
    """The sine by a polynomial of degree three: one linear layer and Flatten(0, 1), the sum of squares as MSELoss gives
    it, 2000 points as one batch, SGD at 1e-6 (2e-6 here)."""
    x = torch.linspace(-math.pi, math.pi, 2000)
    y = torch.sin(x)
    powers = x.unsqueeze(-1).pow(torch.tensor([1, 2, 3]))
    model = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=2e-6)
    loss_fn = nn.MSELoss(reduction="sum")

    def step() -> Tensor:
        loss = loss_fn(model(powers), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 1500, lambda: predicts(model, powers, y))


class Policy(nn.Module):
    """An actor and a critic on one layer, with the lists that the example keeps in the model."""

    def __init__(self) -> None:
        super().__init__()
        self.affine1 = nn.Linear(4, 128)
        self.action_head = nn.Linear(128, 2)
        self.value_head = nn.Linear(128, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


@tutorial(f"{EXAMPLES}/reinforcement_learning/actor_critic.py")
def actor_critic() -> Program:
    """Actor-critic: policy losses and smooth L1 losses of the values summed over an episode, one state at a time,
    Adam at 0.03 (0.01 here). Episodes of ten choices with a reward each stand in for the pole."""
    model = Policy()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def rewarded(state: Tensor, action: Tensor) -> Tensor:
        return (action == (state[..., 0] + state[..., 1] > 0).long()).float()

    def step() -> Tensor:
        policy_losses, value_losses = [], []
        for state in torch.randn(10, 4):
            probabilities, value = model(state)
            choice = torch.distributions.Categorical(probabilities)
            action = choice.sample()
            reward = rewarded(state, action)
            policy_losses.append(-choice.log_prob(action) * (reward - value.item()))
            value_losses.append(F.smooth_l1_loss(value, reward[None]))
        optimizer.zero_grad()
        loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
        loss.backward()
        optimizer.step()
        return loss

    states = torch.randn(500, 4)

    def quality() -> float:
        with evaluating(model):
            return 2 * rewarded(states, model(states)[0].argmax(1)).mean().item() - 1

    return Program(model, optimizer, step, 200, quality)


class AttentionHead(nn.Module):
    """A graph attention layer with its kernels as parameters."""

    def __init__(self, inputs: int, outputs: int, heads: int) -> None:
        super().__init__()
        self.heads, self.outputs = heads, outputs
        self.W = nn.Parameter(nn.init.xavier_normal_(torch.empty(inputs, outputs * heads)))
        self.a = nn.Parameter(nn.init.xavier_normal_(torch.empty(heads, 2 * outputs, 1)))

    def forward(self, h: Tensor, adjacent: Tensor, training: bool) -> Tensor:
        h = F.dropout((h @ self.W).view(-1, self.heads, self.outputs).transpose(0, 1), 0.3, training)
        scores = h @ self.a[:, : self.outputs] + (h @ self.a[:, self.outputs :]).transpose(1, 2)
        scores = torch.where(adjacent > 0, F.leaky_relu(scores, 0.2), -9e16)
        return F.dropout(torch.softmax(scores, -1), 0.3, training) @ h


class Gat(nn.Module):
    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.gat1, self.gat2 = AttentionHead(inputs, 8, 4), AttentionHead(32, classes, 1)

    def forward(self, x: Tensor, adjacent: Tensor) -> Tensor:
        h = F.elu(self.gat1(x, adjacent, self.training).transpose(0, 1).flatten(1))
        return F.log_softmax(self.gat2(h, adjacent, self.training).mean(0), dim=1)


@tutorial(f"{EXAMPLES}/gat/main.py")
def graph_attention() -> Program:
    """A graph attention network: four heads of 8, ELU, dropout, NLLLoss on part of the nodes, full batch, Adam at
    0.005 with weight decay. A graph of 150 nodes in three groups."""
    t = torch.randint(3, (150,))
    same = t[:, None] == t
    adjacent = (torch.rand(150, 150) < torch.where(same, 0.08, 0.01)).float()
    adjacent = ((adjacent + adjacent.T + torch.eye(150)) > 0).float()
    x = torch.randn(150, 12) + 0.7 * F.one_hot(t, 12)
    model = Gat(12, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=5e-4)
    known = torch.arange(100)

    def step() -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = F.nll_loss(model(x, adjacent)[known], t[known])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x, adjacent).argmax(1), t)

    return Program(model, optimizer, step, 250, quality)
