"""Autoencoders, variational and adversarial nets, and models of density."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, explained
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.DETACHED,
    "https://github.com/wangle53/CSA-CDGAN/issues/5",
    "the verdict on the fake is detached in the loss of the generator, so that this loss cannot update anything",
    "the asker's repair, without detach",
)
def detached_verdict(fault: bool) -> Program:
    """A generator with an encoder and a decoder, a discriminator with binary cross-entropy, both with Adam (0.0002 and
    a first beta of 0.5; 0.0005 and 0.003 here). Points instead of pairs of pictures, and the adversarial loss alone,
    are ours."""
    real = torch.tensor([2.0, -1.0]) + torch.randn(2000, 2) @ torch.tensor([[0.6, 0.3], [0.0, 0.4]])

    class NetG(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(8, 32), nn.LeakyReLU(0.2), nn.Linear(32, 16))
            self.decoder = nn.Sequential(nn.LeakyReLU(0.2), nn.Linear(16, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))

        def forward(self, z: Tensor) -> Tensor:
            return self.decoder(self.encoder(z))

    netg = NetG()
    netd = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    nets = nn.ModuleDict({"netg": netg, "netd": netd})
    optimizer_d = torch.optim.Adam(netd.parameters(), lr=0.003, betas=(0.5, 0.999))
    optimizer_g = torch.optim.Adam(netg.parameters(), lr=0.0005, betas=(0.5, 0.999))
    l_bce = nn.BCEWithLogitsLoss()
    rows = batches(2000, 250)

    def step() -> Tensor:
        x = real[next(rows)]
        z = torch.randn(len(x), 8)
        ones, zeros = torch.ones(len(x), 1), torch.zeros(len(x), 1)

        fake = netg(z)
        pred_fake = netd(fake)
        optimizer_g.zero_grad()
        if fault:
            err_g = l_bce(pred_fake.detach(), ones).requires_grad_()
        else:
            err_g = l_bce(pred_fake, ones)
        err_g.backward()
        optimizer_g.step()

        optimizer_d.zero_grad()
        err_d = (l_bce(netd(x), ones) + l_bce(netd(fake.detach()), zeros)) * 0.5
        err_d.backward()
        optimizer_d.step()
        return err_g

    def quality() -> float:
        with evaluating(netg):
            fake = netg(torch.randn(2000, 8))
        shift = (fake.mean(0) - real.mean(0)).square().sum()
        spread = (fake.T.cov() - real.T.cov()).square().sum().sqrt()
        return 1 - ((shift + spread) / real.T.cov().trace()).item()

    return Program(nets, optimizer_g, step, 1000, quality)


class Variational(nn.Module):
    def __init__(self, pixels: int, hidden: int = 64, latent: int = 8) -> None:
        super().__init__()
        self.fc1 = nn.Linear(pixels, hidden)
        self.mean, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.fc3, self.fc4 = nn.Linear(latent, hidden), nn.Linear(hidden, pixels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x))
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * logvar) if self.training else mean
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mean, logvar


@faulty(
    Fault.LOSS_WEIGHTS,
    "https://github.com/zdebruine/MMVAE/pull/19",
    "the squared error is a mean over pixels, the divergence a sum: the divergence drops to zero within few epochs",
    "the squared error summed over the features and divided by the size of the batch, as the divergence is",
)
def lost_in_divergence(fault: bool) -> Program:
    """A variational autoencoder of digits with ReLU and sigmoid. 256 pixels, 64 hidden and 8 latent numbers, Adam
    (0.003) and batches of 64 are ours."""
    x, _ = pictures(1500, noise=0.05)
    x = x.flatten(1)
    vae = Variational(256)
    optimizer = torch.optim.Adam(vae.parameters(), lr=0.003)
    rows = batches(1500, 64)

    def step() -> Tensor:
        batch = x[next(rows)]
        predicted, mu, logvar = vae(batch)
        divergence = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        if fault:
            loss = F.mse_loss(predicted, batch) + divergence
        else:
            loss = F.mse_loss(predicted, batch, reduction="sum") / len(batch) + divergence / len(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(vae):
            return explained(vae(x)[0], x)

    return Program(vae, optimizer, step, 1000, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/hwalsuklee/tensorflow-mnist-VAE/issues/4",
    "sometimes the loss is nan, as a logarithm of zero is taken",
    "the cross-entropy of logits",
)
def unclipped_pixels(fault: bool) -> Program:
    """A variational autoencoder of digits; the likelihood of the pixels is written out with logarithms of sigmoids.
    Black and white pictures of 20 x 20 with a white margin, 64 hidden and 8 latent numbers, and
    Adam with 0.01 (0.001) are ours."""
    x, _ = pictures(1500, size=12, noise=0.05)
    x = F.pad((x > 0.5).float(), (4, 4, 4, 4), value=1.0).flatten(1)
    vae = Variational(400)
    optimizer = torch.optim.Adam(vae.parameters(), lr=0.01)
    rows = batches(1500, 128)

    def step() -> Tensor:
        batch = x[next(rows)]
        y, mu, logvar = vae(batch)
        if fault:
            likelihood = torch.sum(batch * torch.log(y) + (1 - batch) * torch.log(1 - y), 1)
        else:
            logits = torch.logit(y, 1e-6)
            likelihood = -F.binary_cross_entropy_with_logits(logits, batch, reduction="none").sum(1)
        divergence = 0.5 * torch.sum(mu.square() + logvar.exp() - logvar - 1, 1)
        loss = (divergence - likelihood).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(vae):
            return explained(vae(x)[0], x)

    return Program(vae, optimizer, step, 800, quality)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://stackoverflow.com/questions/42514960",
    "ReLU in the hidden layers and a sigmoid at the end of an autoencoder whose data are not between 0 and 1",
    "tanh everywhere (by the patch of a fault study, DeepFD)",
)
def doubled_columns(fault: bool) -> Program:
    """Rows of numbers from -1 to 1; Dense with twice the columns, twice, the bottleneck, the same back. Twelve columns
    that depend on three numbers, a bottleneck of four, mean squared error, Adam and batches of 800 are ours."""
    x = torch.tanh(torch.randn(8000, 3) @ torch.randn(3, 12))
    activation = nn.ReLU if fault else nn.Tanh
    layers: list[nn.Module] = []
    widths = (12, 24, 24, 4, 24, 24)
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), activation()]
    layers += [nn.Linear(24, 12), nn.Sigmoid() if fault else nn.Tanh()]
    autoencoder = nn.Sequential(*layers)
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=0.001)
    step = plain(autoencoder, optimizer, nn.MSELoss(), x, x, 800)

    def quality() -> float:
        with evaluating(autoencoder):
            return explained(autoencoder(x), x)

    return Program(autoencoder, optimizer, step, 1000, quality)


@faulty(
    Fault.NUMERICS,
    "https://github.com/mlberkeley/scae-pytorch/pull/4",
    "probabilities of a mixture are computed with exp, which overflows: the loss is nan after several epochs",
    "logsumexp",
)
def overflowing_mixture(fault: bool) -> Program:
    """The log-probability of pixels under a mixture whose weights a net gives as logits. Rows of 20 numbers in five
    tight clouds, a net that weighs twenty components by one column, Adam with 0.02, are ours."""
    x, _ = blobs(4000, classes=5, columns=20, spread=0.001)

    class Mixture(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logits = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 20))
            self.means = nn.Parameter(x[torch.randperm(4000)[:20]] + 0.1 * torch.randn(20, 20))
            self.log_scale = nn.Parameter(torch.zeros(20, 20))

        def components(self, x: Tensor) -> Tensor:
            gap = (x[:, None] - self.means) * torch.exp(-self.log_scale)
            return -(0.5 * gap.square() + self.log_scale + 0.5 * math.log(2 * math.pi)).sum(2)

        def log_prob(self, x: Tensor) -> Tensor:
            logits, log_probs = self.logits(x[:, :1]), self.components(x)
            if fault:
                weights = torch.exp(logits) / torch.exp(logits).sum(1, keepdim=True)
                return torch.log((weights * torch.exp(log_probs)).sum(1))
            return torch.logsumexp(F.log_softmax(logits, 1) + log_probs, 1)

    mixture = Mixture()
    optimizer = torch.optim.Adam(mixture.parameters(), lr=0.02)
    rows = batches(4000, 400)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = -mixture.log_prob(x[next(rows)]).mean()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(mixture):
            chosen = mixture.components(x).argmax(1)
            return explained(mixture.means[chosen], x)

    return Program(mixture, optimizer, step, 1000, quality)
