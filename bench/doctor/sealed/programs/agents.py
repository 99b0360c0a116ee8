"""Reinforcement learning: policies and values in small worlds that are written here."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical

from doctor.harness.quality import evaluating
from doctor.harness.recipe import Fault, Program, faulty, tutorial


class Corridors:
    """Many agents at once, each between -1 and 1, that push themselves left or right for some steps; the reward of a
    step is the closeness to a goal that each of them sees."""

    def __init__(self, agents: int, length: int = 16) -> None:
        self.agents, self.length = agents, length

    def reset(self) -> Tensor:
        self.time = 0
        self.at, self.speed = 2 * torch.rand(self.agents) - 1, torch.zeros(self.agents)
        self.goal = 2 * torch.rand(self.agents) - 1
        return self.seen()

    def seen(self) -> Tensor:
        return torch.stack([self.at, self.speed, self.goal], 1)

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, bool]:
        self.speed = 0.5 * self.speed + 0.15 * (2 * action.float() - 1)
        self.at = (self.at + self.speed).clamp(-1.5, 1.5)
        self.time += 1
        return self.seen(), 1 - (self.at - self.goal).abs(), self.time == self.length


def reached(act, agents: int = 300) -> float:  # noqa: ANN001
    """The mean reward of a policy, between that of staying where one is by pushing to and fro, and that of a rule."""

    def mean_reward(policy) -> float:  # noqa: ANN001
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            world, total, done = Corridors(agents), torch.zeros(()), False
            state = world.reset()
            while not done:
                state, reward, done = world.step(policy(state))
                total += reward.mean() / world.length
        return total.item()

    rule = mean_reward(lambda s: (s[:, 2] > s[:, 0] + 1.2 * s[:, 1]).long())
    idle = mean_reward(lambda s: (s[:, 1] <= 0).long())
    with torch.no_grad():
        return (mean_reward(act) - idle) / (rule - idle)


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/Farama-Foundation/Gymnasium/pull/1337",
    "in a tutorial of REINFORCE the returns are in the wrong order for the actions, and log-probabilities are averaged",
    "returns that are inserted at the front, and no averaging",
)
def returns_in_order(fault: bool) -> Program:
    """A policy with hidden layers of 16 and 32 and tanh, AdamW, a discount of 0.99, the loss of an episode the sum of
    -log p times the return. The world of 16 steps, 64 agents at once, a discount of 0.8, standardised returns and a
    rate of 0.005 are ours."""

    class PolicyNetwork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shared_net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 32), nn.Tanh())
            self.policy = nn.Linear(32, 2)

        def forward(self, state: Tensor) -> Tensor:
            return self.policy(self.shared_net(state))

    world, net = Corridors(64), PolicyNetwork()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.005)

    def step() -> Tensor:
        state, done = world.reset(), False
        probs, rewards = [], []
        while not done:
            distribution = Categorical(logits=net(state))
            action = distribution.sample()
            probs.append(distribution.log_prob(action))
            state, reward, done = world.step(action)
            rewards.append(reward)
        running_g, gs = torch.zeros(64), []
        for reward in rewards[::-1]:
            running_g = reward + 0.8 * running_g
            if fault:
                gs.append(running_g)
            else:
                gs.insert(0, running_g)
        deltas = torch.stack(gs)
        deltas = (deltas - deltas.mean(1, keepdim=True)) / deltas.std(1, keepdim=True)
        log_probs = torch.stack(probs)
        loss = -(log_probs.mean() * deltas).sum() / 64 if fault else -(log_probs * deltas).sum() / 64
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def act(state: Tensor) -> Tensor:
        return net(state).argmax(1)

    return Program(net, optimizer, step, 400, lambda: reached(act))


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/openai/spinningup/pull/126",
    "the reward is stored one step late, so that the last one of an episode is lost",
    "the reward of the step is stored with its observation and action",
)
def late_rewards(fault: bool) -> Program:
    """A policy and a value function of their own with tanh; advantages from rewards to go; a reward at the last step
    only, as in FrozenLake. A one-step choice between four actions by what is seen, PPO's clipping at 0.2 with four
    passes, 64 hidden units, Adam with 0.003 and 256 agents are ours."""

    def mlp(outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.Linear(6, 64), nn.Tanh(), nn.Linear(64, outputs))

    secret = torch.randn(6, 4)
    actor_critic = nn.ModuleDict({"pi": mlp(4), "v": mlp(1)})
    optimizer = torch.optim.Adam(actor_critic.parameters(), lr=0.003)

    def step() -> Tensor:
        rewards, observations, actions = [], [], []
        reward = torch.zeros(256)
        for _ in range(2):
            seen = torch.randn(256, 6)
            with torch.no_grad():
                action = Categorical(logits=actor_critic["pi"](seen)).sample()
            observations.append(seen)
            actions.append(action)
            if fault:
                rewards.append(reward)
            reward = ((seen @ secret).argmax(1) == action).float()
            if not fault:
                rewards.append(reward)
        o, a, r = torch.cat(observations), torch.cat(actions), torch.cat(rewards)
        with torch.no_grad():
            old = Categorical(logits=actor_critic["pi"](o)).log_prob(a)
            advantage = r - actor_critic["v"](o).squeeze(1)
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        for _ in range(4):
            ratio = torch.exp(Categorical(logits=actor_critic["pi"](o)).log_prob(a) - old)
            surrogate = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
            loss = -surrogate.mean() + F.mse_loss(actor_critic["v"](o).squeeze(1), r)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(actor_critic), torch.random.fork_rng(devices=[]):
            seen = torch.randn(2000, 6)
            hits = (actor_critic["pi"](seen).argmax(1) == (seen @ secret).argmax(1)).float().mean().item()
        return (hits - 0.25) / 0.75

    return Program(actor_critic, optimizer, step, 300, quality)


@tutorial("https://www.tensorflow.org/tutorials/reinforcement_learning/actor_critic")
def actor_critic() -> Program:
    """A common layer of 128 with ReLU, an actor and a critic; standardised returns with a discount of 0.99; the sum of
    the actor's loss, by the advantage, and of Huber's loss of the critic; Adam with 0.01, one episode a step. The world
    of 16 steps, 32 agents at once, 64 units, a discount of 0.8 and means instead of sums are ours."""

    class ActorCritic(nn.Module):
        def __init__(self, num_actions: int, num_hidden_units: int) -> None:
            super().__init__()
            self.common = nn.Linear(3, num_hidden_units)
            self.actor, self.critic = nn.Linear(num_hidden_units, num_actions), nn.Linear(num_hidden_units, 1)

        def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
            x = F.relu(self.common(inputs))
            return self.actor(x), self.critic(x)

    world, model = Corridors(32), ActorCritic(2, 64)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    huber_loss = nn.HuberLoss()

    def run_episode() -> tuple[Tensor, Tensor, Tensor]:
        state, done = world.reset(), False
        action_log_probs, values, rewards = [], [], []
        while not done:
            logits, value = model(state)
            action = torch.multinomial(logits.softmax(1), 1)
            action_log_probs.append(logits.log_softmax(1).gather(1, action).squeeze(1))
            values.append(value.squeeze(1))
            state, reward, done = world.step(action.squeeze(1))
            rewards.append(reward)
        return torch.stack(action_log_probs), torch.stack(values), torch.stack(rewards)

    def get_expected_return(rewards: Tensor, gamma: float) -> Tensor:
        returns, discounted_sum = [], torch.zeros(32)
        for reward in rewards.flip(0):
            discounted_sum = reward + gamma * discounted_sum
            returns.append(discounted_sum)
        returns = torch.stack(returns).flip(0)
        return (returns - returns.mean()) / (returns.std() + 1e-7)

    def step() -> Tensor:
        action_log_probs, values, rewards = run_episode()
        returns = get_expected_return(rewards, 0.8)
        advantage = (returns - values).detach()
        loss = -(action_log_probs * advantage).mean() + huber_loss(values, returns)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def act(state: Tensor) -> Tensor:
        return model(state)[0].argmax(1)

    return Program(model, optimizer, step, 300, lambda: reached(act))


@tutorial("https://github.com/vwxyzjn/cleanrl/blob/master/cleanrl/dqn.py")
def deep_q() -> Program:
    """A Q-network of 120 and 84 with ReLU, a buffer, random actions at first, a target network that is copied now and
    then, mean squared error of the temporal difference, Adam with 0.00025, batch 128. The world of 16 steps, 16 agents
    at once, half of the widths, a discount of 0.8, copies every 25 steps, 0.001 are ours."""

    def q_network() -> nn.Sequential:
        return nn.Sequential(nn.Linear(3, 60), nn.ReLU(), nn.Linear(60, 42), nn.ReLU(), nn.Linear(42, 2))

    network = q_network()
    target_network = copy.deepcopy(network)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    world = Corridors(16)
    memory: list[tuple[Tensor, ...]] = []
    now = {"state": world.reset(), "step": 0}

    def step() -> Tensor:
        for _ in range(4 if memory else 32):
            state = now["state"]
            with torch.no_grad():
                greedy = network(state).argmax(1)
            epsilon = max(0.05, 1 - now["step"] / 250)
            action = torch.where(torch.rand(16) < epsilon, torch.randint(2, (16,)), greedy)
            following, reward, done = world.step(action)
            memory.append((state, action, reward, following, torch.full((16,), float(done))))
            now["state"] = world.reset() if done else following
        chosen = torch.randint(len(memory), (8,)).tolist()
        s, a, r, s2, over = (torch.cat(part) for part in zip(*(memory[i] for i in chosen)))
        with torch.no_grad():
            td_target = r + 0.8 * target_network(s2).amax(1) * (1 - over)
        old_val = network(s).gather(1, a[:, None]).squeeze(1)
        loss = F.mse_loss(td_target, old_val)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now["step"] += 1
        if now["step"] % 25 == 0:
            target_network.load_state_dict(network.state_dict())
        return loss

    def act(state: Tensor) -> Tensor:
        return network(state).argmax(1)

    return Program(network, optimizer, step, 900, lambda: reached(act))
