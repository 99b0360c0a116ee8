"""Tutorials on generators, games, and losses that are out of the ordinary."""

import math
import random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.quality import evaluating, explained, right
from doctor.harness.recipe import Program, tutorial


def likeness(fake: Tensor, real: Tensor) -> float:
    """How near two clouds of points are along each axis: 1 if they are the same, 0 if all fakes are the mean."""
    real, fake = real.sort(0).values, fake.sort(0).values
    return (1 - (fake - real).abs().mean() / (real.mean(0) - real).abs().mean()).item()


class Layer(nn.Linear):
    """A layer with its own optimiser and its own loss."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.relu, self.threshold = nn.ReLU(), 2.0
        self.opt = torch.optim.Adam(self.parameters(), lr=0.03)

    def forward(self, x: Tensor) -> Tensor:
        direction = x / (x.norm(2, 1, keepdim=True) + 1e-4)
        return self.relu(torch.mm(direction, self.weight.T) + self.bias.unsqueeze(0))

    def learn(self, x_pos: Tensor, x_neg: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        g_pos, g_neg = self(x_pos).pow(2).mean(1), self(x_neg).pow(2).mean(1)
        loss = torch.log1p(torch.exp(torch.cat([-g_pos + self.threshold, g_neg - self.threshold]))).mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss, self(x_pos).detach(), self(x_neg).detach()


@tutorial("https://github.com/pytorch/examples/blob/main/mnist_forward_forward/main.py")
def forward_forward() -> Program:
    """The forward-forward algorithm: each layer (two of 500 units, 100 here) has an Adam at 0.03, and a loss of the
    squares of its outputs for pictures with their label in the first pixels and with a wrong one. In the source the
    layers are trained one after the other, here in the same step; all pictures are one batch."""
    x, t = pictures(400, noise=0.1)
    x = (x.flatten(1) - x.mean()) / x.std()
    model = nn.ModuleList([Layer(256, 100), Layer(100, 100)])

    def overlay(x: Tensor, label: Tensor | int) -> Tensor:
        x = x.clone()
        x[:, :10] = 0
        x[range(len(x)), label] = 4.0
        return x

    positive, negative = overlay(x, t), overlay(x, (t + torch.randint(1, 10, (400,))) % 10)

    def step() -> Tensor:
        total, h_pos, h_neg = torch.zeros(()), positive, negative
        for layer in model:
            loss, h_pos, h_neg = layer.learn(h_pos, h_neg)
            total = total + loss.detach()
        return total

    def quality() -> float:
        with evaluating(model):
            scores = []
            for label in range(10):
                h, goodness = overlay(x, label), torch.zeros(400)
                for layer in model:
                    h = layer(h)
                    goodness = goodness + h.pow(2).mean(1)
                scores.append(goodness)
            return right(torch.stack(scores, 1).argmax(1), t)

    return Program(model, model[0].opt, step, 600, quality)


@tutorial("https://github.com/eriklindernoren/PyTorch-GAN/blob/master/implementations/wgan/wgan.py")
def clipped_critic() -> Program:
    """A Wasserstein GAN whose critic's weights are clipped at 0.01 (0.1 here) after each of its five steps, leaky
    ReLUs, the generator with batch normalisation, RMSprop at 5e-5 in the later version (1e-3 here), points instead of
    pictures."""
    real = torch.randn(2000, 2) * torch.tensor([0.5, 0.3]) + torch.tensor([0.8, -0.4])
    generator = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.LeakyReLU(0.2, inplace=True), nn.Linear(32, 2))
    critic = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2, inplace=True), nn.Linear(32, 32))
    critic.extend([nn.LeakyReLU(0.2, inplace=True), nn.Linear(32, 1)])
    model = nn.ModuleDict({"generator": generator, "critic": critic})
    optimizer_g = torch.optim.RMSprop(generator.parameters(), lr=1e-3)
    optimizer_d = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
    rows = batches(2000, 64)

    def step() -> Tensor:
        for _ in range(5):
            batch = real[next(rows)]
            optimizer_d.zero_grad()
            fake = generator(torch.randn(len(batch), 8)).detach()
            loss_d = -critic(batch).mean() + critic(fake).mean()
            loss_d.backward()
            optimizer_d.step()
            for p in critic.parameters():
                p.data.clamp_(-0.1, 0.1)
        optimizer_g.zero_grad()
        loss_g = -critic(generator(torch.randn(64, 8))).mean()
        loss_g.backward()
        optimizer_g.step()
        return loss_g

    def quality() -> float:
        with evaluating(model):
            return likeness(generator(torch.randn(2000, 8)), real)

    return Program(model, optimizer_g, step, 300, quality)


class Masked(nn.Linear):
    """A linear layer with some of its weights cut off."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.register_buffer("mask", torch.ones(outputs, inputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.mask * self.weight, self.bias)


@tutorial("https://github.com/karpathy/pytorch-made/blob/master/run.py")
def autoregressive_autoencoder() -> Program:
    """MADE: each pixel from those before it, masked layers, one hidden layer of 500 ReLUs (160 here), binary cross-
    entropy with logits summed over the pixels and divided by the batch of 100 (50 here), Adam at 1e-3 (3e-3 here) with
    a decay of 1e-4. Rows of pixels that mostly repeat the one two places before."""
    n, pixels = 600, 24
    x = (torch.rand(n, pixels) < 0.5).float()
    for i in range(2, pixels):
        x[:, i] = torch.where(torch.rand(n) < 0.95, x[:, i - 2], 1 - x[:, i - 2])
    net = nn.Sequential(Masked(pixels, 160), nn.ReLU(), Masked(160, pixels))
    order, hidden = torch.arange(pixels), torch.randint(pixels - 1, (160,))
    net[0].mask.copy_(hidden[:, None] >= order)
    net[2].mask.copy_(order[:, None] > hidden)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3, weight_decay=1e-4)
    rows = batches(n, 50)

    def step() -> Tensor:
        xb = x[next(rows)]
        loss = F.binary_cross_entropy_with_logits(net(xb), xb, reduction="sum") / len(xb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return right((net(x)[:, 2:] > 0).long(), x[:, 2:].long())

    return Program(net, optimizer, step, 400, quality)


class Qnet(nn.Module):
    """The values of two actions, and an action drawn by them."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.fc1, self.fc2, self.fc3 = nn.Linear(4, 64), nn.Linear(64, 64), nn.Linear(64, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))

    def sample_action(self, obs: Tensor, epsilon: float) -> int:
        return self.chance.randint(0, 1) if self.chance.random() < epsilon else int(self(obs).argmax())


@tutorial("https://github.com/seungeunrho/minimalRL/blob/master/dqn.py")
def minimal_dqn() -> Program:
    """DQN: layers of 128 ReLUs (64 here), a memory, batches of 32, smooth L1 loss, a target net that is copied now and
    then, Adam at 5e-4 (2e-3 here), discount 0.98 (0.8 here), rewards divided. A cart on a line of nine places that is
    to be pushed to the middle stands in for the pole; epsilon is 0.3."""
    chance = random.Random(int(torch.randint(2**31, ())))
    places = torch.stack([torch.tensor([p / 4, abs(p) / 4, p % 2, 1.0]) for p in range(-4, 5)])
    q, q_target = Qnet(chance), Qnet(chance)
    q_target.load_state_dict(q.state_dict())
    optimizer = torch.optim.Adam(q.parameters(), lr=2e-3)
    memory, place, count = [], 0, 0

    def move(place: int, action: int) -> tuple[int, float]:
        place = min(max(place + (1 if action else -1), 0), 8)
        return place, 1.0 - abs(place - 4) / 4

    def step() -> Tensor:
        nonlocal place, count
        for _ in range(100 if count == 0 else 4):
            with torch.no_grad():
                action = q.sample_action(places[place], 0.3)
            following, reward = move(place, action)
            memory.append((place, action, reward, following))
            place = chance.randrange(9) if chance.random() < 0.1 else following
        s, a, r, s_prime = (torch.tensor(part) for part in zip(*chance.sample(memory, 32), strict=True))
        q_a = q(places[s]).gather(1, a[:, None])[:, 0]
        target = r + 0.8 * q_target(places[s_prime]).max(1)[0]
        loss = F.smooth_l1_loss(q_a, target.detach())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count += 1
        if count % 20 == 0:
            q_target.load_state_dict(q.state_dict())
        return loss

    best = torch.zeros(9, 2)
    for _ in range(200):
        best = torch.tensor([[r + 0.8 * best[f].max() for f, r in (move(p, 0), move(p, 1))] for p in range(9)])

    def quality() -> float:
        with evaluating(q):
            return explained(q(places).flatten(), best.flatten())

    return Program(q, optimizer, step, 700, quality)


class NoiseNet(nn.Module):
    """The noise in a point, given how much of it there is."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.time = nn.Embedding(steps, 32)
        self.layers = nn.ModuleList([nn.Linear(34 if i == 0 else 96, 96) for i in range(3)])
        self.out = nn.Linear(96, 2)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        h = torch.cat([x, self.time(t)], 1)
        for i, layer in enumerate(self.layers):
            h = F.gelu(layer(h)) + (h if i else 0)
        return self.out(h)


@tutorial("https://github.com/tanelp/tiny-diffusion")
def tiny_diffusion() -> Program:
    """A diffusion model of points of the plane: 50 steps with a linear schedule of noise, a net of residual layers that
    predicts it, mean squared error, AdamW at 1e-3, gradients clipped at 1, batches of 32 (64 here)."""
    angle = 2 * math.pi * torch.rand(2000)
    points = torch.stack([angle.cos(), 0.3 * angle.sin() + 0.5 * angle.cos()], 1) + 0.02 * torch.randn(2000, 2)
    kept = torch.cumprod(1 - torch.linspace(1e-4, 0.08, 50), 0)
    model = NoiseNet(50)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    rows = batches(2000, 64)

    def noisy(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        noise, t = torch.randn_like(x), torch.randint(50, (len(x),))
        return kept[t, None].sqrt() * x + (1 - kept[t, None]).sqrt() * noise, t, noise

    def step() -> Tensor:
        x, t, noise = noisy(points[next(rows)])
        loss = F.mse_loss(model(x, t), noise)
        loss.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss

    def quality() -> float:
        with evaluating(model):
            x, t, noise = noisy(points)
            return explained(model(x, t), noise)

    return Program(model, optimizer, step, 700, quality)


@tutorial("https://github.com/MorvanZhou/PyTorch-Tutorial/blob/master/tutorial-contents/406_GAN.py")
def painter_and_critic() -> Program:
    """A GAN of curves a x^2 + a - 1 at 15 places, generator and discriminator with one layer of 128 ReLUs, the
    logarithms written out, Adam at 1e-4 (1e-3 here) for both, 64 paintings a step; the discriminator's graph is
    kept."""
    places = torch.linspace(-1, 1, 15)
    g = nn.Sequential(nn.Linear(5, 128), nn.ReLU(), nn.Linear(128, 15))
    d = nn.Sequential(nn.Linear(15, 128), nn.ReLU(), nn.Linear(128, 1), nn.Sigmoid())
    model = nn.ModuleDict({"g": g, "d": d})
    opt_d, opt_g = torch.optim.Adam(d.parameters(), lr=1e-3), torch.optim.Adam(g.parameters(), lr=1e-3)

    def paintings(n: int) -> Tensor:
        a = torch.rand(n, 1) + 1
        return a * places**2 + (a - 1)

    def step() -> Tensor:
        art = g(torch.randn(64, 5))
        g_loss = torch.mean(torch.log(1.0 - d(art)))
        opt_g.zero_grad()
        g_loss.backward(retain_graph=True)
        opt_g.step()
        d_loss = -torch.mean(torch.log(d(paintings(64))) + torch.log(1.0 - d(art.detach())))
        opt_d.zero_grad()
        d_loss.backward(retain_graph=True)
        opt_d.step()
        return d_loss

    def quality() -> float:
        with evaluating(model):
            real, fake = paintings(2000), g(torch.randn(2000, 5))
            return explained(fake.mean(0), real.mean(0))

    return Program(model, opt_g, step, 900, quality)
