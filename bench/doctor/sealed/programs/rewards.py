"""Learning by reinforcement: policies, values, and what goes wrong on the way from rewards to losses."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical

from doctor.harness.quality import evaluating
from doctor.harness.recipe import Fault, Program, faulty

MOVES = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])


def best_moves(size: int, goal: Tensor, lava: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The places of a board (not the goal, not lava) and which moves from there are on a shortest way to the goal."""
    places = torch.cartesian_prod(torch.arange(size), torch.arange(size))
    closed = torch.zeros(size, size, dtype=torch.bool) if lava is None else lava
    far = torch.full((size, size), 1e6)
    far[tuple(goal)] = 0
    after = (places[:, None] + MOVES).clamp(0, size - 1)
    for _ in range(3 * size):
        around = far[after[..., 0], after[..., 1]].min(1).values.reshape(size, size) + 1
        far = torch.where(closed, 1e6, torch.minimum(far, around))
    best = far[after[..., 0], after[..., 1]] < far.flatten()[:, None]
    inside = (far.flatten() > 0) & (far.flatten() < 1e5)
    return places[inside], best[inside]


def chosen_well(best: Tensor, chosen: Tensor) -> float:
    """The share of best moves, where always the same move counts as 0."""
    constant = best.float().mean(0).max().item()
    return (best[torch.arange(len(best)), chosen].float().mean().item() - constant) / (1 - constant)


def scaled(place: Tensor, size: int) -> Tensor:
    return place.float() / (size - 1) * 2 - 1


@faulty(
    Fault.SHAPES,
    "https://github.com/RITCHIEHuang/DeepRL_Algorithms/issues/13",
    "the advantages are (batch, 1), the ratios (batch,): the surrogates are (batch, batch)",
    "ratio * advantages.reshape(-1)",
)
def surrogates_of_all_pairs(fault: bool) -> Program:
    """Proximal policy optimisation on a grid: actor and critic of 64 with tanh, GAE, normalised advantages, clipping at
    0.2, five epochs over a batch, Adam for each at 3e-4 (2e-3 here). Sixteen walks of 20 steps to a goal a step."""
    size, goal = 5, torch.tensor([1, 3])
    policy = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))
    critic = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    both = nn.ModuleDict({"policy": policy, "value": critic})
    optimizer_p = torch.optim.Adam(policy.parameters(), lr=2e-3)
    optimizer_v = torch.optim.Adam(critic.parameters(), lr=2e-3)

    def estimate_advantages(rewards: Tensor, masks: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        advantages, following, advantage = torch.zeros_like(rewards), torch.zeros(16), torch.zeros(16)
        for k in reversed(range(len(rewards))):
            delta = rewards[k] + 0.95 * following * masks[k] - values[k]
            advantage = delta + 0.95 * 0.95 * advantage * masks[k]
            following, advantages[k] = values[k], advantage
        returns = (values + advantages).reshape(-1, 1)
        advantages = ((advantages - advantages.mean()) / advantages.std()).reshape(-1, 1)
        return advantages, returns

    def step() -> Tensor:
        place = torch.randint(size, (16, 2))
        states, actions, rewards, masks = [], [], [], []
        with torch.no_grad():
            for _ in range(20):
                action = Categorical(logits=policy(scaled(place, size))).sample()
                after = (place + MOVES[action]).clamp(0, size - 1)
                done = (after == goal).all(1)
                states.append(place)
                actions.append(action)
                rewards.append(done.float() - 0.03)
                masks.append(1 - done.float())
                place = torch.where(done[:, None], torch.randint(size, (16, 2)), after)
            s = scaled(torch.cat(states), size)
            a = torch.cat(actions)
            values = critic(s).reshape(20, 16)
            advantages, returns = estimate_advantages(torch.stack(rewards), torch.stack(masks), values)
            old = Categorical(logits=policy(s)).log_prob(a)
        for _ in range(5):
            value_loss = F.mse_loss(critic(s), returns)
            optimizer_v.zero_grad()
            value_loss.backward()
            optimizer_v.step()
            ratio = torch.exp(Categorical(logits=policy(s)).log_prob(a) - old)
            advantage = advantages if fault else advantages.reshape(-1)
            surr1, surr2 = ratio * advantage, ratio.clamp(0.8, 1.2) * advantage
            policy_loss = -torch.min(surr1, surr2).mean()
            optimizer_p.zero_grad()
            policy_loss.backward()
            optimizer_p.step()
        return policy_loss

    def quality() -> float:
        where, best = best_moves(size, goal)
        with evaluating(policy):
            return chosen_well(best, policy(scaled(where, size)).argmax(1))

    return Program(both, optimizer_p, step, 150, quality)


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/dotnet/TorchSharp/issues/1100",
    "the hidden layers are in a list, which RegisterComponents() does not look into: their weights are not known",
    "not in what was read; a ModuleList",
)
def layers_of_a_dqn(fault: bool) -> Program:
    """A Q-network with a first layer, two more in a list, and a head (widths of 48 here), AdamW with AMSGrad, Huber
    loss, a target network that follows slowly. A board with a goal; which move is best depends on a second place that
    is shown, the goal's."""
    size = 5

    class DQN1D(nn.Module):
        def __init__(self, width: int = 48, depth: int = 3) -> None:
            super().__init__()
            fcs = [nn.Linear(4 if k == 0 else width, width) for k in range(depth)]
            self.fcs = fcs if fault else nn.ModuleList(fcs)
            self.head = nn.Linear(width, 4)

        def forward(self, x: Tensor) -> Tensor:
            for fc in self.fcs:
                x = F.relu(fc(x))
            return self.head(x)

    policy_net = DQN1D()
    target_net = copy.deepcopy(policy_net)
    optimizer = torch.optim.AdamW(policy_net.parameters(), lr=2e-3, amsgrad=True)
    state, aim, action = torch.randint(size, (8000, 2)), torch.randint(size, (8000, 2)), torch.randint(4, (8000,))
    after = (state + MOVES[action]).clamp(0, size - 1)
    done = (after == aim).all(1).float()

    def observe(place: Tensor, goal: Tensor) -> Tensor:
        return torch.cat([scaled(place, size), scaled(goal, size)], -1)

    def optimize_model() -> Tensor:
        rows = torch.randint(8000, (400,))
        with torch.no_grad():
            following = target_net(observe(after[rows], aim[rows])).max(1).values
        expected = done[rows] - 0.05 + 0.8 * following * (1 - done[rows])
        values = policy_net(observe(state[rows], aim[rows])).gather(1, action[rows, None])
        loss = F.smooth_l1_loss(values, expected[:, None])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(policy_net.parameters(), 100)
        optimizer.step()
        with torch.no_grad():
            for theirs, own in zip(target_net.parameters(), policy_net.parameters(), strict=True):
                theirs.lerp_(own, 0.05)
        return loss

    def quality() -> float:
        apart = (state - aim).abs().sum(1)
        nearer = ((state[:, None] + MOVES).clamp(0, size - 1) - aim[:, None]).abs().sum(2) < apart[:, None]
        with evaluating(policy_net):
            chosen = policy_net(observe(state, aim)).argmax(1)
        return chosen_well(nearer[apart > 0], chosen[apart > 0])

    return Program(policy_net, optimizer, optimize_model, 900, quality)
