"""Faults in games: generators and discriminators, actors and rewards."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches
from doctor.harness.quality import evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty


def likeness(fake: Tensor, real: Tensor) -> float:
    """How near two clouds of points are along each axis: 1 if they are the same, 0 if all fakes are the mean."""
    real, fake = real.sort(0).values, fake.sort(0).values
    return (1 - (fake - real).abs().mean() / (real.mean(0) - real).abs().mean()).item()


@faulty(
    Fault.DETACHED,
    "https://github.com/nikhilsinghmus/image2reverb/issues/37",
    "fake.detach() in the generator's step: the adversarial loss does not reach it",
    "no detach() there",
)
def reverb_from_a_picture(fault: bool) -> Program:
    """A response (four numbers) from a picture's code by a generator, against a discriminator that sees both, squared
    losses; a second, small loss asks for the right loudness (the mean) alone. Two Adams at 2e-4 (1e-3 here)."""
    code = torch.randn(500, 4)
    real = torch.tanh(code @ torch.randn(4, 4)) + torch.tensor([1.0, -1, 0.5, -0.5])
    g = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 4))
    d = nn.Sequential(nn.Linear(8, 48), nn.LeakyReLU(0.2), nn.Linear(48, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))
    model = nn.ModuleDict({"g": g, "d": d})
    g_optimizer = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
    rows = batches(500, 50)

    def step() -> Tensor:
        batch = next(rows)
        f, spectrum = code[batch], real[batch]
        fake = g(f)
        judged = d(torch.cat([fake.detach() if fault else fake, f], 1))
        g_loss = F.mse_loss(judged, torch.ones(len(batch), 1)) + 0.1 * F.mse_loss(fake.mean(1), spectrum.mean(1))
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        d_loss = 0.5 * d(torch.cat([fake.detach(), f], 1)).square().mean()
        d_loss = d_loss + 0.5 * (d(torch.cat([spectrum, f], 1)) - 1).square().mean()
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        return g_loss

    def quality() -> float:
        with evaluating(model):
            return explained(g(code), real)

    return Program(model, g_optimizer, step, 1000, quality)


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/Hsintien-Ng/idinvert_pytorch-reproduced/issues/1",
    "optimizer_D.zero_grad() is missing before backward() in the loop of the encoder",
    "add it",
)
def inverted_pictures(fault: bool) -> Program:
    """An encoder for a fixed generator: reconstructions plus an adversarial loss of weight 0.1 (0.5 here) by a
    discriminator that keeps its gradients, softplus losses, Adam for both (the discriminator's gradients also hold what
    the encoder's backward left in them)."""
    latent = torch.randn(400, 3)
    generator = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 12)).requires_grad_(False)
    with torch.no_grad():
        for p in generator.parameters():
            p.mul_(2.0)
        x = generator(latent)
    encoder = nn.Sequential(nn.Linear(12, 64), nn.LeakyReLU(0.2), nn.Linear(64, 3))
    discriminator = nn.Sequential(nn.Linear(12, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    model = nn.ModuleDict({"encoder": encoder, "discriminator": discriminator})
    optimizer_e = torch.optim.Adam(encoder.parameters(), lr=2e-3)
    optimizer_d = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    rows = batches(400, 16)

    def step() -> Tensor:
        batch = x[next(rows)]
        restored = generator(encoder(batch))
        adversarial = F.softplus(-discriminator(restored)).mean()
        loss_e = F.mse_loss(restored, batch) + 0.5 * adversarial
        optimizer_e.zero_grad()
        loss_e.backward()
        optimizer_e.step()
        loss_d = F.softplus(discriminator(restored.detach())).mean() + F.softplus(-discriminator(batch)).mean()
        if not fault:
            optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()
        return loss_e + loss_d.detach()

    def quality() -> float:
        with evaluating(model):
            return explained(generator(encoder(x)), x)

    return Program(model, optimizer_e, step, 600, quality)


class Gan:
    """Keeps its nets and optimisers, and has a method for one step."""

    def __init__(self, zero: bool) -> None:
        self.generator = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
        self.discriminator = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1), nn.Sigmoid())
        self.optimizer_g = torch.optim.Adam(self.generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
        self.zero = zero

    def step(self, real: Tensor) -> Tensor:
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        if self.zero:
            self.discriminator.zero_grad()
        error_real = F.binary_cross_entropy(self.discriminator(real), ones)
        error_real.backward()
        fake = self.generator(torch.randn(len(real), 8))
        error_fake = F.binary_cross_entropy(self.discriminator(fake.detach()), zeros)
        error_fake.backward()
        self.optimizer_d.step()
        self.generator.zero_grad()
        error_g = F.binary_cross_entropy(self.discriminator(fake), ones)
        error_g.backward()
        self.optimizer_g.step()
        return error_g


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/Adversarial-Deep-Learning/code-soup/issues/69",
    "self.discriminator.zero_grad() is missing in the step of the GAN",
    "add it",
)
def gan_without_zero_grad(fault: bool) -> Program:
    """A GAN with one step as a method: BCE of sigmoids, Adam at 0.001 with beta1 = 0.5; points around (2, -1) stand in
    for pictures."""
    real = torch.randn(2000, 2) @ torch.tensor([[0.6, 0.2], [0.0, 0.4]]) + torch.tensor([2.0, -1.0])
    gan, rows = Gan(zero=not fault), batches(2000, 64)
    model = nn.ModuleList([gan.generator, gan.discriminator])

    def quality() -> float:
        with evaluating(model):
            return likeness(gan.generator(torch.randn(2000, 8)), real)

    return Program(model, gan.optimizer_g, lambda: gan.step(real[next(rows)]), 1200, quality)


@faulty(
    Fault.LOW_RATE,
    "https://github.com/ShangtongZhang/reinforcement-learning-an-introduction/pull/76",
    "the rates that the book gives for REINFORCE (2^-13 and so on) are too small to get anywhere in so many episodes",
    "a higher one (2e-4 there)",
)
def short_corridor(fault: bool) -> Program:
    """The short corridor of the book's figure 13.1: three states that look the same, left and right are swapped in the
    second, minus one a step; a softmax over two numbers, gradient ascent by episode. The rates here are 2^-13 and
    0.01, episodes end after 50 steps, four of them make a step, and the worst policy is the start. What is measured is
    how near the chance of going right is to the best one, 0.59."""
    model = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        model.weight.zero_()
        model.weight[0, 0] = 2.9
    features = torch.tensor([1.0, 0.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=2**-13 if fault else 0.01)

    def episode() -> Tensor:
        log_probs, place = [], 0
        policy = torch.distributions.Categorical(logits=model(features))
        while place < 3 and len(log_probs) < 50:
            action = policy.sample()
            log_probs.append(policy.log_prob(action))
            move = 1 if action == 1 else -1
            place = max(place + (-move if place == 1 else move), 0)
        returns = -torch.arange(len(log_probs), 0, -1.0)
        return -(torch.stack(log_probs) * (returns + 15)).sum()

    def step() -> Tensor:
        loss = sum(episode() for _ in range(4)) / 4
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            going_right = model(features).softmax(0)[1].item()
        return 1 - abs(going_right - 0.59) / 0.54

    return Program(model, optimizer, step, 200, quality)
