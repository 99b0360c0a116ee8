"""Steps that are too short, and optimisers that do not get anywhere."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, table, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.LOW_RATE,
    "https://github.com/torch/torch7/issues/1092",
    "optim.sgd with its default rate of 0.001: a big MLP learns so slowly that its weights seem not to be updated",
    "a higher rate",
)
def default_rate_of_optim(fault: bool) -> Program:
    """A regression on 150 to 700 rows by a big MLP (four hidden layers of tanh), mean squared error, plain SGD."""
    x, y = table(400)
    sizes = [9, 128, 128, 128, 64]
    layers = [part for i, o in zip(sizes, sizes[1:], strict=False) for part in (nn.Linear(i, o), nn.Tanh())]
    model = nn.Sequential(*layers, nn.Linear(64, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3 if fault else 0.1)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 32)
    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))


@faulty(
    Fault.LOW_RATE,
    "https://stats.stackexchange.com/questions/420006",
    "a rate of 0.001 results in bad accuracy too, after more epochs as well",
    "0.4, 0.1 or 0.01 result in a good one (0.1 here)",
)
def four_clusters_slow(fault: bool) -> Program:
    """Points of the plane in four clusters, three hidden layers of 10 ReLUs, softmax cross-entropy, gradient
    descent."""
    x, t = blobs(200, classes=4, spread=0.5)
    widths = [2, 10, 10, 10]
    model = nn.Sequential()
    for i, o in zip(widths, widths[1:], strict=False):
        model.append(nn.Linear(i, o)).append(nn.ReLU())
    model.append(nn.Linear(10, 4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001 if fault else 0.1)
    step = plain(model, optimizer, F.cross_entropy, x, t, 10)
    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


@faulty(
    Fault.LOW_RATE,
    "https://chenzhang.org/notes/developer/loss-and-accuracy-get-stuck-in-keras/",
    "SGD at 0.00001: loss and accuracy get stuck",
    "0.1 (0.02 here, since 0.1 is not needed), decay 1e-6, momentum 0.9, Nesterov",
)
def stuck_in_keras(fault: bool) -> Program:
    """A classifier of rows: dense layers of 20 ReLUs, categorical cross-entropy."""
    x, t = blobs(600, classes=5, columns=8, spread=2.0)
    model = nn.Sequential(nn.Linear(8, 20), nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5 if fault else 0.02, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 1 / (1 + 1e-6 * i))
    inner = plain(model, optimizer, F.cross_entropy, x, t, 50)

    def step() -> Tensor:
        loss = inner()
        scheduler.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))


class Decoder(nn.Module):
    """A causal transformer of two layers."""

    def __init__(self, vocabulary: int, length: int) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, 32), nn.Embedding(length, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(32, vocabulary)

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        h = self.wte(x) + self.wpe.weight[:length]
        return self.head(self.blocks(h, mask=nn.Transformer.generate_square_subsequent_mask(length)))


@faulty(
    Fault.LOW_RATE,
    "https://github.com/OpenLMLab/LOMO/issues/50",
    "5e-5, a rate for Adam, with LOMO, which is plain SGD: the loss does not fall",
    "1e-2 or 1e-3 (3e-2 and momentum here, since the net is not pre-trained)",
)
def rate_of_another_optimiser(fault: bool) -> Program:
    """A language model is tuned with an optimiser without any state; the update is fused into backward there."""
    tokens = text(400)
    model = Decoder(20, 16)
    optimizer = torch.optim.SGD(model.parameters(), lr=5e-5 if fault else 3e-2, momentum=0.9)
    rows = batches(400, 16)

    def step() -> Tensor:
        batch = tokens[next(rows)]
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return 2 * right(model(tokens[:, :-1]).argmax(2), tokens[:, 1:])

    return Program(model, optimizer, step, 400, quality)


class ActorAndCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1), nn.Tanh())
        self.critic = nn.Sequential(nn.Linear(5, 64), nn.ReLU(), nn.Linear(64, 1))


@faulty(
    Fault.LOW_RATE,
    "https://github.com/isp1tze/MAProj/issues/3",
    "the rates of actor and critic are so small that it takes a very long time",
    "0.01",
)
def slow_actor_and_critic(fault: bool) -> Program:
    """DDPG of one agent (several in the source): a critic of state and action by squared error, an actor by the
    critic's value, two Adams. One-step episodes whose reward is minus the squared distance to a wanted action. The
    rates in the faulty program are 1e-5 (the issue does not say which)."""
    model = ActorAndCritic()
    rate = 1e-5 if fault else 0.01
    actor_optimizer = torch.optim.Adam(model.actor.parameters(), lr=rate)
    critic_optimizer = torch.optim.Adam(model.critic.parameters(), lr=rate)
    states = torch.randn(500, 4)
    wanted = torch.tanh(states[:, :1] - states[:, 1:2])

    def step() -> Tensor:
        rows = torch.randint(500, (64,))
        state = states[rows]
        with torch.no_grad():
            action = (model.actor(state) + 0.5 * torch.randn(64, 1)).clamp(-1, 1)
            reward = -4 * (action - wanted[rows]).square()
        critic_loss = F.mse_loss(model.critic(torch.cat([state, action], 1)), reward)
        critic_optimizer.zero_grad()
        critic_loss.backward()
        critic_optimizer.step()
        actor_loss = -model.critic(torch.cat([state, model.actor(state)], 1)).mean()
        actor_optimizer.zero_grad()
        actor_loss.backward()
        actor_optimizer.step()
        return critic_loss

    def quality() -> float:
        with evaluating(model):
            return explained(model.actor(states), wanted)

    return Program(model, critic_optimizer, step, 600, quality)


@faulty(
    Fault.OPTIMIZER,
    "https://github.com/testdotai/classifier-builder/pull/6",
    "plain gradient descent at 0.01: the convergence is very slow",
    "AdamOptimizer at 0.01",
)
def icons(fault: bool) -> Program:
    """A new last layer on the features of a fixed net: pictures of icons to labels, softmax cross-entropy."""
    pixels, t = pictures(800, classes=12, noise=0.3)
    with torch.no_grad():
        x = 0.3 * torch.relu(pixels.flatten(1) @ torch.randn(256, 200) / 16)
    model = nn.Linear(200, 12)
    nn.init.normal_(model.weight, std=0.001)
    if fault:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, F.cross_entropy, x, t, 100)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.OPTIMIZER_PARAMETERS,
    "https://github.com/mila-iqia/blocks/issues/1159",
    "the optimiser takes 1 - beta where everybody gives beta: 0.999 makes the second moments forget at once",
    "betas as in the final version of the paper",
)
def betas_backwards(fault: bool) -> Program:
    """Adam with the customary 0.1 and 0.999 of the first version of the paper, turned around, so that its betas are 0.9
    and 0.001; digits by two layers of ReLUs, batches of 8, at 0.003 (the net is ours)."""
    x, t = pictures(800, noise=0.4)
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, betas=(0.9, 0.001 if fault else 0.999))
    step = plain(model, optimizer, F.cross_entropy, x, t, 8)
    return Program(model, optimizer, step, 800, lambda: classifies(model, x, t))
