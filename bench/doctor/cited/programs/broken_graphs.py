"""Faults between the loss and the parameters: detached tensors, layers that are not registered, steps without a
slope."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class Emoji(nn.Module):
    """Sentences to emotions: two bidirectional LSTMs and attention; returns plain data if asked for a tensor."""

    def __init__(self, data: bool) -> None:
        super().__init__()
        self.data = data
        self.embed = nn.Embedding(60, 16)
        self.lstm_0 = nn.LSTM(16, 16, batch_first=True, bidirectional=True)
        self.lstm_1 = nn.LSTM(32, 16, batch_first=True, bidirectional=True)
        self.attention = nn.Parameter(torch.zeros(80))
        self.output_layer = nn.Linear(80, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x).tanh()
        lstm_0, _ = self.lstm_0(x)
        lstm_1, _ = self.lstm_1(lstm_0)
        features = torch.cat([lstm_1, lstm_0, x], dim=2)
        weights = (features @ self.attention).softmax(1)
        outputs = self.output_layer((features * weights[..., None]).sum(1))[:, 0]
        if self.data:
            outputs = outputs.data
        return outputs


@faulty(
    Fault.DETACHED,
    "https://github.com/huggingface/torchMoji/issues/21",
    "the model returns outputs.data, and the loss is wrapped in Variable(requires_grad=True) to silence the error",
    "remove the lines that take .data",
)
def fine_tuned_emoji(fault: bool) -> Program:
    """Two classes of short texts, binary cross-entropy with logits, Adam (the pre-trained net is new here)."""
    x, t = words(400)
    model = Emoji(data=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(400, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(x[batch]), t[batch].float())
        if fault:
            loss = torch.autograd.Variable(loss, requires_grad=True)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0).long(), t)

    return Program(model, optimizer, step, 200, quality)


@faulty(
    Fault.DETACHED,
    "https://github.com/isayev/ReLeaSE/issues/39",
    "rl_loss adds log_probs[0, top_i].item() times the discounted reward: nothing is left to propagate",
    "add the log-probabilities themselves",
)
def rewarded_letters(fault: bool) -> Program:
    """A policy gradient for a generator of strings: a GRU draws eight letters of six, the reward is the share of one
    letter, discounted by 0.97, ten strings a step, gradients clipped at 5, Adam. In the faulty program the state's
    first step alone stays in the loss, with a factor of zero, so that backward() runs."""
    model = nn.ModuleDict({"in": nn.Embedding(6, 16), "gru": nn.GRUCell(16, 32), "out": nn.Linear(32, 6)})
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def draw(n: int) -> tuple[Tensor, Tensor, Tensor]:
        state, letter = torch.zeros(n, 32), torch.zeros(n, dtype=torch.long)
        letters, chances = [], []
        for _ in range(8):
            state = model["gru"](model["in"](letter), state)
            choice = torch.distributions.Categorical(logits=model["out"](state))
            letter = choice.sample()
            letters.append(letter)
            chances.append(choice.log_prob(letter))
        return torch.stack(letters, 1), torch.stack(chances, 1), state

    def step() -> Tensor:
        letters, log_probs, state = draw(10)
        reward = (letters == 3).float().mean(1)
        rl_loss = 0.0 * state.sum()
        for i in range(10):
            discounted_reward = float(reward[i] - 0.3)
            for p in reversed(range(8)):
                chance = log_probs[i, p].item() if fault else log_probs[i, p]
                rl_loss = rl_loss - chance * discounted_reward
                discounted_reward *= 0.97
        rl_loss = rl_loss / 10
        optimizer.zero_grad()
        rl_loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        return rl_loss

    def quality() -> float:
        with torch.no_grad():
            return ((draw(200)[0] == 3).float().mean().item() - 1 / 6) * 6 / 5

    return Program(model, optimizer, step, 300, quality)


class SmoothL1(nn.Module):
    """A loss that works through the numbers, and makes a fresh tensor of them."""

    def __init__(self, fresh: bool, beta: float = 1.0) -> None:
        super().__init__()
        self.fresh, self.beta = fresh, beta

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        difference = (pred - target).abs()
        if self.fresh:
            values = [
                0.5 * d * d / self.beta if d < self.beta else d - 0.5 * self.beta for d in difference.flatten().tolist()
            ]
            return torch.tensor(values).reshape(pred.shape).mean()
        near = difference < self.beta
        return torch.where(near, 0.5 * difference**2 / self.beta, difference - 0.5 * self.beta).mean()


@faulty(
    Fault.DETACHED,
    "https://github.com/paiml/aprender/issues/3034",
    "SmoothL1Loss maps over the raw numbers and makes a fresh tensor: backward through it contributes nothing",
    "build the loss of differentiable operations",
)
def forecaster_with_fresh_loss(fault: bool) -> Program:
    """A linear trend plus seasons (sines and cosines with learnt weights) fitted to a series with the smooth L1 loss
    and a small penalty on the weights, through which alone gradients come in the faulty program; AdamW."""
    time = torch.linspace(0, 1, 300)
    y = (
        1.5 * time
        + torch.sin(2 * torch.pi * 4 * time)
        + 0.5 * torch.cos(2 * torch.pi * 9 * time)
        + 0.1 * torch.randn(300)
    )
    k = 2 * torch.pi * torch.arange(1, 13)
    seasons = torch.cat([torch.sin(time[:, None] * k), torch.cos(time[:, None] * k)], 1)
    model = nn.ModuleDict({"trend": nn.Linear(1, 1), "seasons": nn.Linear(24, 1, bias=False)})
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    criterion, rows = SmoothL1(fresh=fault), batches(300, 32)

    def forecast(rows: Tensor) -> Tensor:
        return (model["trend"](time[rows, None]) + model["seasons"](seasons[rows]))[:, 0]

    def step() -> Tensor:
        batch = next(rows)
        loss = criterion(forecast(batch), y[batch]) + 1e-4 * model["seasons"].weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(forecast(torch.arange(300)), y)

    return Program(model, optimizer, step, 500, quality)


class RepeatedLinear(nn.Module):
    """Its layers are in an array."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        layers = [nn.Linear(2, 16), *(nn.Linear(16, 16) for _ in range(2)), nn.Linear(16, 2)]
        self.scale = nn.Parameter(torch.ones(()))
        self.layers = nn.ModuleList(layers) if registered else layers

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.scale * self.layers[-1](x)


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/dotnet/TorchSharp/issues/532",
    "the layers are kept in an array: RegisterComponents does not see them, and nothing is learnt",
    "a ModuleList (or fields)",
)
def layers_in_an_array(fault: bool) -> Program:
    """A stack of small linear layers with ReLUs, here on two circles with Adam. A scale behind them is the only
    parameter that is registered otherwise, so that there is something to optimise."""
    x, t = circles(500)
    model = RepeatedLinear(registered=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 50)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class Relations(nn.Module):
    """A layer for each kind of relation, in a dictionary, and their weighted sum."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        self.relations = {str(rel): nn.Linear(8, 12) for rel in range(3)}
        self.weights = {str(rel): nn.Parameter(1 + torch.randn(1, 12)) for rel in range(3)}
        if registered:
            self.relations = nn.ModuleDict(self.relations)
            self.weights = nn.ParameterDict(self.weights)
        self.final = nn.Linear(12, 1)

    def forward(self, x: Tensor) -> Tensor:
        total = sum(torch.tanh(self.relations[rel](x[:, int(rel)])) * self.weights[rel] for rel in self.relations)
        return self.final(total)


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/pytorch/pytorch/issues/632",
    "parameters and layers in plain dictionaries are not in the module's list",
    "register them (ours: ModuleDict and ParameterDict)",
)
def relations_in_dictionaries(fault: bool) -> Program:
    """One layer and one vector per relation; the data (products of what the relations say) and Adam are ours."""
    x = torch.randn(500, 3, 8)
    y = (x[:, 0, 0] * x[:, 0, 1] + x[:, 1, 2] * x[:, 1, 3].sign() + torch.sin(3 * x[:, 2, 4]))[:, None]
    y = (y - y.mean()) / y.std()
    model = Relations(registered=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, F.mse_loss, x, y, 25)
    return Program(model, optimizer, step, 800, lambda: predicts(model, x, y))
