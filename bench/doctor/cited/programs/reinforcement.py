"""Q-learning with a replay memory: faults in its target."""

import copy
import random
from itertools import count

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.quality import evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty, tutorial

STATES, ACTIONS, GAMMA = 12, 2, 0.9


def walk(state: int, action: int) -> tuple[int, float]:
    """A corridor: right is action 1; at its end there is a reward, and the walk starts again."""
    state = max(state - 1, 0) if action == 0 else state + 1
    return (0, 1.0) if state == STATES else (state, 0.0)


def true_values() -> Tensor:
    """The values of the best policy, by iteration."""
    q = torch.zeros(STATES, ACTIONS)
    for _ in range(300):
        for state in range(STATES):
            for action in range(ACTIONS):
                following, reward = walk(state, action)
                q[state, action] = reward + GAMMA * q[following].max()
    return q


class QNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(STATES, 64), nn.Linear(64, 64), nn.Linear(64, ACTIONS)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.fc1(x))
        return self.fc3(F.relu(self.fc2(x)))


def corridor(rate: float, synchronise: int | None, detached: bool, steps: int) -> Program:
    """DQN: epsilon-greedy steps, batches from a memory, smooth L1 loss, gradients clamped, Adam."""
    chance = random.Random(int(torch.randint(2**31, ())))
    states = torch.eye(STATES)
    policy_net = QNetwork()
    target_net = policy_net if synchronise is None else copy.deepcopy(policy_net)
    optimizer = torch.optim.Adam(policy_net.parameters(), lr=rate)
    memory: list[tuple[int, int, float, int]] = []
    position, counter = [0], count(1)

    def act() -> None:
        with torch.no_grad():
            best = int(policy_net(states[position[0]]).argmax())
        action = chance.randrange(ACTIONS) if chance.random() < 0.5 else best
        following, reward = walk(position[0], action)
        memory.append((position[0], action, reward, following))
        position[0] = chance.randrange(STATES) if chance.random() < 0.1 else following

    def step() -> Tensor:
        for _ in range(40 if not memory else 4):
            act()
        state, action, reward, following = zip(*chance.choices(memory, k=32), strict=True)
        q = policy_net(states[list(state)]).gather(1, torch.tensor(action)[:, None])[:, 0]
        target = torch.tensor(reward) + GAMMA * target_net(states[list(following)]).amax(1)
        loss = F.smooth_l1_loss(q, target.detach() if detached else target)
        optimizer.zero_grad()
        loss.backward()
        for p in policy_net.parameters():
            p.grad.data.clamp_(-1, 1)
        optimizer.step()
        if synchronise and next(counter) % synchronise == 0:
            target_net.load_state_dict(policy_net.state_dict())
        return loss

    def quality() -> float:
        with evaluating(policy_net):
            return explained(policy_net(states), true_values())

    return Program(policy_net, optimizer, step, steps, quality)


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/datawhalechina/easy-rl/pull/117",
    "policy_net and target_net are the same network, and the target of the temporal difference is not detached",
    "a network of its own for the target, and detach()",
)
def one_network_for_both(fault: bool) -> Program:
    """Double DQN in a corridor of 12 states in the place of the pole; layers of 64 ReLUs, Adam."""
    return corridor(2e-3, None if fault else 20, detached=not fault, steps=1200)


@tutorial("https://github.com/pytorch/tutorials/issues/181")
def q_learning() -> Program:
    """The DQN tutorial: replay memory, smooth L1 loss, gradients clamped to 1; with the target network of the issue."""
    return corridor(2e-3, 10, detached=True, steps=1200)
