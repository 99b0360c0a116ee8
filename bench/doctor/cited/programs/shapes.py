"""Faults of shape: broadcasting by accident, a wrong axis, `view` for `permute`."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class WaveNet(nn.Module):
    """A physics-informed net: tanh layers from (x, t) to one value."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 40), nn.Linear(40, 40), nn.Linear(40, 1)])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = torch.tanh(layer(x))
        return self.layers[-1](x)


@faulty(
    Fault.SHAPES,
    "https://github.com/Photon-AI-Research/NeuralSolvers/issues/20",
    "the target has the shape [batch], the prediction [batch, 1]: mse_loss broadcasts them",
    "prediction = model(x).reshape(-1)",
)
def initial_condition(fault: bool) -> Program:
    """A physics-informed net: the loss of the initial condition plus the residual of an advection equation, Adam."""
    space = 2 * torch.rand(400) - 1
    target = torch.sin(math.pi * space)
    model = WaveNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(400, 50)
    start = torch.stack([space, torch.zeros(400)], 1)

    def step() -> Tensor:
        batch = next(rows)
        inner = torch.rand(32, 2).requires_grad_()
        (slope,) = torch.autograd.grad(model(inner).sum(), inner, create_graph=True)
        residual = (slope[:, 1] + 0.5 * slope[:, 0]).square().mean()
        prediction = model(start[batch])
        loss = F.mse_loss(prediction if fault else prediction.reshape(-1), target[batch]) + 0.1 * residual
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: predicts(model, start, target))


@faulty(
    Fault.SHAPES,
    "https://stackoverflow.com/questions/38447935/tensorflow-model-always-produces-mean",
    "the labels have one axis less than the outputs; the model learns to give the mean (TheDeepChecker's list)",
    "give both the same shape",
)
def always_the_mean(fault: bool) -> Program:
    """A regression by two hidden layers, the squared difference written out, Adam."""
    x, y = table(600)
    target = y[:, 0] if fault else y
    model = nn.Sequential(nn.Linear(9, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(600, 30)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = torch.mean((model(x[batch]) - target[batch]) ** 2)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


class ActorCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 64), nn.ReLU())
        self.policy, self.value = nn.Linear(64, 4), nn.Linear(64, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.net(x)
        return self.policy(h), self.value(h)


@faulty(
    Fault.SHAPES,
    "https://github.com/PacktPublishing/Deep-Reinforcement-Learning-Hands-On/issues/74",
    "returns of the shape [128] minus values of the shape [128, 1] give advantages of the shape [128, 128]",
    "subtract value.squeeze(-1).detach()",
)
def advantage_matrix(fault: bool) -> Program:
    """Advantage actor-critic, 128 steps a batch: policy, value and entropy losses added, gradients clipped, Adam."""
    best = torch.randn(6, 4)
    model = ActorCritic()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, eps=1e-3)

    def step() -> Tensor:
        state = torch.randn(128, 6)
        logits, value = model(state)
        action = torch.multinomial(logits.softmax(-1), 1)[:, 0]
        returns = (state @ best).gather(1, action[:, None])[:, 0] + state.sum(1)
        advantage = returns - (value if fault else value.squeeze(-1)).detach()
        log_probability = F.log_softmax(logits, -1)
        loss_policy = -(advantage * log_probability[range(128), action]).mean()
        loss_value = F.mse_loss(value.squeeze(-1), returns)
        entropy = -(logits.softmax(-1) * log_probability).sum(-1).mean()
        loss = loss_policy + loss_value - 0.01 * entropy
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            state = torch.randn(2000, 6)
            return right(model(state)[0].argmax(1), (state @ best).argmax(1))

    return Program(model, optimizer, step, 500, quality)


class Dialogue(nn.Module):
    """Ranks 20 options of an answer by their dot products with the encoded dialogue."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.embed = nn.Embedding(60, 24, padding_idx=0)
        self.encoder, self.decoder = nn.LSTM(24, 32, batch_first=True), nn.LSTM(24, 32, batch_first=True)

    def forward(self, question: Tensor, options: Tensor) -> Tensor:
        _, (q, _) = self.encoder(self.embed(question))
        _, (o, _) = self.decoder(self.embed(options.flatten(0, 1)))
        scores = torch.bmm(o[-1].view(*options.shape[:2], -1), q[-1][:, :, None])[..., 0]
        return F.log_softmax(scores, dim=self.axis)


@faulty(
    Fault.AXIS,
    "https://github.com/batra-mlp-lab/visdial-challenge-starter-pytorch/issues/1",
    "the softmax of the scores [batch, options] runs over the batch",
    "over dim 1",
)
def softmax_over_the_batch(fault: bool) -> Program:
    """Visual dialogue without the picture: LSTMs encode a question and the options, log-softmax, NLL loss, Adam."""
    n, k, topics = 400, 12, 5
    own = 1 + torch.randperm(50).reshape(topics, 10)
    topic, t = torch.randint(topics, (n,)), torch.randint(k, (n,))
    question = own[topic].gather(1, torch.randint(10, (n, 5)))
    others = (topic[:, None] + torch.randint(1, topics, (n, k))) % topics
    options = own[others.scatter(1, t[:, None], topic[:, None])].gather(2, torch.randint(10, (n, k, 4)))
    model = Dialogue(axis=0 if fault else 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    rows = batches(n, 20)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.nll_loss(model(question[batch], options[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(question, options).argmax(1), t)

    return Program(model, optimizer, step, 250, quality)


class Captioner(nn.Module):
    """A caption of one word: attention over the positions of an encoded picture."""

    def __init__(self, view: bool) -> None:
        super().__init__()
        self.view = view
        self.encoder = nn.Sequential(nn.Conv2d(3, 24, 3, stride=2, padding=1), nn.ReLU(), nn.AvgPool2d(2))
        self.attention, self.word = nn.Linear(24, 1), nn.Linear(24, 10)

    def forward(self, images: Tensor) -> Tensor:
        encoded = self.encoder(images)
        n, features = encoded.shape[:2]
        pixels = encoded.view(n, 16, features) if self.view else encoded.permute(0, 2, 3, 1).reshape(n, 16, features)
        weight = self.attention(pixels).softmax(1)
        return self.word((weight * pixels).sum(1))


@faulty(
    Fault.AXIS,
    "https://github.com/fawazsammani/knowing-when-to-look-adaptive-attention/issues/6",
    "the encoded picture [batch, features, h, w] goes to [batch, pixels, features] by view: features act as pixels",
    "permute first, then view",
)
def view_for_permute(fault: bool) -> Program:
    """Captions with attention over the positions of a convolutional encoding, cross-entropy, Adam."""
    x, t = pictures(800, channels=3, noise=0.1)
    model = Captioner(view=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    rows = batches(800, 40)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class RowLstm(nn.Module):
    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(16, 48, batch_first=batch_first)
        self.classifier = nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.lstm(x)[0][:, -1, :])


@faulty(
    Fault.AXIS,
    "https://github.com/pytorch/pytorch/issues/1538",
    "batch_first is missing while the batch is the first axis: the LSTM runs over the pictures of a batch",
    "batch_first=True",
)
def batch_as_time(fault: bool) -> Program:
    """Digits row by row through an LSTM, the last output classified, cross-entropy, SGD (here Adam) at 0.01."""
    x, t = pictures(800)
    x = x[:, 0]
    model = RowLstm(batch_first=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    rows = batches(800, 100)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


class MixtureRnn(nn.Module):
    """A mixture density RNN: the next value as a mixture of three normal distributions."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.rnn, self.gmm = nn.LSTM(1, 24), nn.Linear(24, 9)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_sigma, pi = self.gmm(self.rnn(x)[0]).chunk(3, -1)
        return mean, log_sigma.clamp(-4, 3), F.log_softmax(pi, dim=self.axis)


@faulty(
    Fault.AXIS,
    "https://github.com/ctallec/world-models/issues/10",
    "the log-softmax of the mixture's weights runs over the batch instead of the components",
    "dim=-1",
)
def mixture_over_the_batch(fault: bool) -> Program:
    """A mixture density RNN of sequences, the negative log-likelihood by logsumexp, RMSprop."""
    n, length = 200, 20
    phase = 2 * math.pi * torch.rand(1, n)
    wave = torch.sin(phase + 0.6 * torch.arange(length + 1.0)[:, None]) + 0.1 * torch.randn(length + 1, n)
    x, y = wave[:-1, :, None], wave[1:, :, None]
    model = MixtureRnn(axis=-2 if fault else -1)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
    rows = batches(n, 20)

    def step() -> Tensor:
        batch = next(rows)
        mean, log_sigma, log_pi = model(x[:, batch])
        log_p = -0.5 * ((y[:, batch] - mean) / log_sigma.exp()).square() - log_sigma - 0.9189
        loss = -torch.logsumexp(log_pi + log_p, -1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            mean, _, log_pi = model(x)
            return explained((log_pi.softmax(-1) * mean).sum(-1), y[..., 0])

    return Program(model, optimizer, step, 250, quality)
