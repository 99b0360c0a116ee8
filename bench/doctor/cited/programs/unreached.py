"""Losses that do not reach the net that they are to train."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, waves
from doctor.harness.loops import lightning
from doctor.harness.quality import evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


def dice(mask: Tensor, target: Tensor) -> Tensor:
    """One minus the Sorensen coefficient of each picture."""
    inside = (mask * target).sum((1, 2))
    return (1 - (2 * inside + 1e-5) / ((mask**2).sum((1, 2)) + (target**2).sum((1, 2)) + 1e-5)).mean()


@faulty(
    Fault.NOT_DIFFERENTIABLE,
    "https://github.com/tensorlayer/TensorLayer/issues/891",
    "the Dice loss is taken of the argmax of the logits, which has no gradient",
    "the probabilities of the foreground (ours: the thread says that argmax is not differentiable)",
)
def dice_of_the_argmax(fault: bool) -> Program:
    """Segmentation by a V-net (in small, and in two dimensions), two channels of logits, dice_coe with Sorensen's
    formula, Adam. PyTorch raises an error where TensorFlow trains nothing; requires_grad_() on the loss silences
    it."""
    n, axis = 200, torch.arange(16)
    centre, radius = torch.randint(4, 12, (n, 2, 1, 1)), torch.randint(2, 5, (n, 1, 1))
    distance = ((axis[:, None] - centre[:, 0]) ** 2 + (axis - centre[:, 1]) ** 2).sqrt()
    target = (distance < radius).float()
    x = (target + 0.3 * torch.randn(n, 16, 16))[:, None]
    model = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU()).append(
        nn.Conv2d(12, 2, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    def training_step(batch: tuple[Tensor, ...]) -> Tensor:
        logits = model(batch[0])
        if fault:
            return dice(logits.argmax(1).float(), batch[1]).requires_grad_()
        return dice(logits.softmax(1)[:, 1], batch[1])

    def quality() -> float:
        with evaluating(model):
            return right(model(x).argmax(1), target.long())

    return Program(model, optimizer, lightning(training_step, optimizer, (x, target), 20), 200, quality)


@faulty(
    Fault.NOT_DIFFERENTIABLE,
    "https://github.com/eriklindernoren/Keras-GAN/issues/61",
    "an argmax layer between generator and discriminator: nothing is propagated back to the generator",
    "give the discriminator the probabilities (ours: the question has no answer)",
)
def argmax_before_the_discriminator(fault: bool) -> Program:
    """A net that segments pictures as the generator, a discriminator that tells its masks from others, BCE, two Adams.
    Here pictures are waves, and masks say where they are above zero; a factor of zero keeps backward() running."""
    n = 256
    phase = 6.28 * torch.rand(n, 1)
    wave = torch.sin(phase + torch.arange(16) * 0.5)
    mask = (wave > 0).float()
    x = wave + 0.2 * torch.randn(n, 16)
    generator = nn.Sequential(nn.Conv1d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv1d(16, 2, 3, padding=1))
    discriminator = nn.Sequential(nn.Linear(32, 48), nn.LeakyReLU(0.2), nn.Linear(48, 1))
    model = nn.ModuleDict({"generator": generator, "discriminator": discriminator})
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
    rows = batches(n, 32)

    def judge(x: Tensor, mask: Tensor, real: float) -> Tensor:
        score = discriminator(torch.cat([x, mask], 1))
        return F.binary_cross_entropy_with_logits(score, torch.full_like(score, real))

    def step() -> Tensor:
        batch = next(rows)
        probabilities = generator(x[batch, None]).softmax(1)
        fake = probabilities.argmax(1).float() if fault else probabilities[:, 1]
        d_loss = judge(x[batch], mask[batch], 1.0) + judge(x[batch], fake.detach(), 0.0)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()
        g_loss = judge(x[batch], fake, 1.0)
        if fault:
            g_loss = g_loss + 0.0 * probabilities.sum()
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        return g_loss

    def quality() -> float:
        with evaluating(model):
            return right(generator(x[:, None]).argmax(1), mask.long())

    return Program(model, g_optimizer, step, 800, quality)


@faulty(
    Fault.DETACHED,
    "https://github.com/jsboige/CoursIA/pull/15256",
    "the critic's loss is computed from values that were taken off the graph: the critic is never trained",
    "compute it from the values on the graph",
)
def dead_critic(fault: bool) -> Program:
    """PPO-like training on one-step episodes: 128 states a step, an actor and a critic in one optimiser, the advantage
    of rewards over values, clipped ratios, half the squared error of the values; the critic is to know the rewards."""
    states = torch.randn(400, 6)
    value = 2 * states[:, 0] + states[:, 1] * states[:, 2]
    actor, critic = (
        nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 3)),
        nn.Sequential(nn.Linear(6, 64), nn.Tanh()),
    )
    critic.append(nn.Linear(64, 1))
    model = nn.ModuleDict({"actor": actor, "critic": critic})
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(400, 128)

    def step() -> Tensor:
        batch = next(rows)
        s = states[batch]
        choice = torch.distributions.Categorical(logits=actor(s))
        action = choice.sample()
        reward = value[batch] + (action == (s[:, 3] > 0).long()).float()
        with torch.no_grad():
            values = critic(s)[:, 0]
        ratio = (choice.log_prob(action) - choice.log_prob(action).detach()).exp()
        advantage = reward - values
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        policy_loss = -torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()
        value_loss = F.mse_loss(values if fault else critic(s)[:, 0], reward)
        loss = policy_loss + 0.5 * value_loss - 0.01 * choice.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(critic(states)[:, 0], value)

    return Program(model, optimizer, step, 600, quality)


class SpeakerConsistency(nn.Module):
    """A frozen net of features behind a spectrogram."""

    def __init__(self, without: bool) -> None:
        super().__init__()
        self.without = without
        self.features = nn.Linear(24, 16)
        for p in self.parameters():
            p.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        if self.without:
            with torch.no_grad():
                x = torch.log1p(x**2)
        else:
            x = torch.log1p(x**2)
        return torch.tanh(self.features(x))


@faulty(
    Fault.DETACHED,
    "https://github.com/coqui-ai/TTS/issues/2348",
    "the inputs of the speaker encoder are computed under no_grad: its loss has no effect on the generator",
    "with gradients",
)
def speaker_consistency(fault: bool) -> Program:
    """A decoder of speech: the squared error of half of the frame plus the distance of a fixed speaker encoder's
    features, with weight 9 as in the source, AdamW. Only that second loss says anything about the other half."""
    x, t = waves(400, length=24, channels=1)
    target, code = x[..., 0], torch.cat([F.one_hot(t, 4).float(), x[:, :6, 0]], 1)
    model = nn.Sequential(nn.Linear(10, 64), nn.LeakyReLU(0.1), nn.Linear(64, 64), nn.LeakyReLU(0.1), nn.Linear(64, 24))
    encoder = SpeakerConsistency(without=fault)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.8, 0.99))
    rows = batches(400, 32)

    def distance(y: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(encoder(y), encoder(target))

    def step() -> Tensor:
        batch = next(rows)
        y = model(code[batch])
        loss = F.mse_loss(y[:, :12], target[batch, :12]) + 9 * distance(y, target[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            features = encoder(target)
            return explained(encoder(model(code)), features)

    return Program(model, optimizer, step, 700, quality)
