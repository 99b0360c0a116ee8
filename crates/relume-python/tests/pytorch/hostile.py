"""Training as people write it, each in a few lines: what a doctor must neither break nor miscount."""

import copy
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn.utils import parametrizations, parametrize
from torch.utils.checkpoint import checkpoint

STEPS = 9
RANDOM = torch.Generator().manual_seed(7)
X, T = torch.randn(16, 6, generator=RANDOM), torch.arange(16) % 3


class Program(NamedTuple):
    """A model and its training, and what a doctor should count."""

    make: object
    train: object
    steps: int = STEPS
    forwards: int = STEPS
    """Forward passes in all steps."""
    backwards: int = STEPS


def net():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def plain(model, loss_of=lambda y: F.cross_entropy(y, T), call=lambda model: model(X), optimizer=None, between=None):
    """The usual loop, of which the programs change one thing each."""
    optimizer = optimizer(model) if optimizer else torch.optim.SGD(model.parameters(), 0.1)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss_of(call(model)).backward()
        optimizer.step()
        if between is not None:
            between(model, step)


def acting(act):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.out = nn.Linear(6, 8), nn.Linear(8, 3)

        def forward(self, x):
            return self.out(act(self.first(x)))

    return Net


def zeroed(x):
    x = x.clone()
    x[x < 0] = 0
    return x


def filled(x):
    return x.masked_fill(x < 0, 0.0)


ACTS = {
    "F.relu_": lambda x: F.relu_(x),
    "x.relu_()": lambda x: x.relu_(),
    "x * (x > 0)": lambda x: x * (x > 0),
    "x * (x > 0).float()": lambda x: x * (x > 0).float(),
    "(x > 0) * x": lambda x: (x > 0) * x,
    "where(x > 0, x, 0)": lambda x: torch.where(x > 0, x, 0.0),
    "where(x > 0, x, zeros)": lambda x: torch.where(x > 0, x, torch.zeros_like(x)),
    "x.clamp(min=0)": lambda x: x.clamp(min=0),
    "maximum": lambda x: torch.maximum(x, torch.zeros_like(x)),
    "masked_fill": filled,
    "x.clamp_(min=0)": lambda x: x.clamp_(min=0),
}
"""Rectifiers, which are seen as such."""

UNSEEN = {
    "x[x < 0] = 0": zeroed,
    "where(x > 0, x, 0.1 * x)": lambda x: torch.where(x > 0, x, 0.1 * x),
}
"""Activations that are not, which the report says."""


class Shared(nn.Module):
    """The output layer is the embedding, as in language models."""

    def __init__(self):
        super().__init__()
        self.embedding, self.hidden, self.out = nn.Embedding(3, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.out.weight = self.embedding.weight

    def forward(self, t):
        return self.out(torch.tanh(self.hidden(self.embedding(t))))


class Sparse(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.Embedding(20, 6, sparse=True), nn.Linear(6, 3)

    def forward(self, t):
        return self.out(F.relu(self.embedding(t)))


class Complex(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.out = nn.Parameter(torch.randn(6, 8, dtype=torch.complex64)), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(F.relu((x.to(torch.complex64) @ self.weight).abs() - 1))


class Checkpointed(nn.Module):
    def __init__(self, reentrant):
        super().__init__()
        self.first, self.block, self.reentrant = nn.Linear(6, 6), net(), reentrant

    def forward(self, x):
        return checkpoint(self.block, self.first(x), use_reentrant=self.reentrant)


class Gan(nn.Module):
    def __init__(self):
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6))
        self.discriminator = nn.Sequential(nn.Linear(6, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))


def gan(model):
    loss, one, zero = F.binary_cross_entropy_with_logits, torch.ones(16, 1), torch.zeros(16, 1)
    first = torch.optim.Adam(model.discriminator.parameters(), 1e-2)
    second = torch.optim.Adam(model.generator.parameters(), 1e-2)
    for _ in range(STEPS):
        z = torch.randn(16, 4)
        first.zero_grad()
        fake = model.generator(z).detach()
        (loss(model.discriminator(X), one) + loss(model.discriminator(fake), zero)).backward()
        first.step()
        second.zero_grad()
        loss(model.discriminator(model.generator(z)), one).backward()
        second.step()


def contrastive(model):
    def loss(model):
        a, b = model(X), model(X + 0.1 * torch.randn(16, 6))
        return F.cross_entropy(F.normalize(a) @ F.normalize(b).T, torch.arange(16))

    plain(model, lambda loss: loss, loss)


def evaluate(model, step):
    model.eval()
    with torch.no_grad():
        model(X)
    with torch.inference_mode():
        model(X)
    model(X)
    model.train()


def closures(model):
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), T)
        loss.backward()
        return loss

    for _ in range(STEPS):
        optimizer.step(closure)


def two_optimizers(model):
    first, second = torch.optim.SGD(model[0].parameters(), 0.1), torch.optim.Adam(model[2].parameters())
    for _ in range(STEPS):
        model.zero_grad()
        F.cross_entropy(model(X), T).backward()
        first.step()
        second.step()


def twice(model):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(STEPS):
        optimizer.zero_grad()
        y = model(X)
        F.cross_entropy(y, T).backward(retain_graph=True)
        (0.1 * y.square().mean()).backward()
        optimizer.step()


def accumulating(model):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for i in range(3 * STEPS):
        (F.cross_entropy(model(X), T) / 3).backward()
        if i % 3 == 2:
            optimizer.step()
            optimizer.zero_grad()


def mixed(model):
    optimizer, scaler = torch.optim.SGD(model.parameters(), 0.1), torch.amp.GradScaler("cpu", init_scale=128.0)
    for _ in range(STEPS):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(model(X), T)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()


def without_graph(model):
    """The loss is computed where no gradient is kept: PyTorch refuses, and the program goes on."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for step in range(STEPS):
        optimizer.zero_grad()
        y = model(X)
        with torch.no_grad():
            loss = F.cross_entropy(y, T)
        try:
            loss.backward()
        except RuntimeError:
            F.cross_entropy(y, T).backward()
        optimizer.step()


def penalised(model):
    """A gradient penalty, which asks for gradients while the loss is computed."""

    def loss(model):
        x = X.clone().requires_grad_()
        y = model(x)
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return F.cross_entropy(y, T) + 0.1 * g.square().sum()

    plain(model, lambda loss: loss, loss)


def functional(model):
    """Gradients of each sample, by a transform of the model."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1)

    def loss(parameters, x, t):
        return F.cross_entropy(functional_call(model, parameters, (x[None],)), t[None])

    for _ in range(STEPS):
        parameters = {name: p.detach() for name, p in model.named_parameters()}
        gradients = vmap(grad(loss), (None, 0, 0))(parameters, X, T)
        for name, parameter in model.named_parameters():
            parameter.grad = gradients[name].mean(0)
        optimizer.step()


def pruned(model):
    """Layers become smaller while they are trained."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for step in range(STEPS):
        if step == 4:
            model[0].weight.data, model[0].bias.data = model[0].weight.data[:4].clone(), model[0].bias.data[:4].clone()
            model[2].weight.data = model[2].weight.data[:, :4].clone()
            for parameter in model.parameters():
                parameter.grad = None
        optimizer.zero_grad()
        F.cross_entropy(model(X), T).backward()
        optimizer.step()


def scheduled(model):
    optimizer = torch.optim.AdamW([{"params": model[0].parameters(), "lr": 1e-2}], 1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for step in range(STEPS):
        if step == 2:
            optimizer.add_param_group({"params": list(model[2].parameters()), "lr": 1e-2, "initial_lr": 1e-2})
            schedule.base_lrs.append(1e-2)
        optimizer.zero_grad()
        F.cross_entropy(model(X), T).backward()
        optimizer.step()
        schedule.step()


def averaged(model):
    average = torch.optim.swa_utils.AveragedModel(model)

    def update(model, step):
        average.update_parameters(model)
        copy.deepcopy(model)(X).sum().backward()

    plain(model, between=update)


def normed(model):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(STEPS):
        optimizer.zero_grad()
        with parametrize.cached():
            loss = F.cross_entropy(model(X), T)
        loss.backward()
        optimizer.step()


def parametrized(how):
    def make():
        model = net()
        how(model[0])
        return model

    return make


def frozen():
    model = net()
    model[0].requires_grad_(False)
    return model


def replaced(model, step):
    """A head that is exchanged on the way."""
    if step == 5:
        model[1] = nn.Tanh()


PROGRAMS = {
    **{name: Program(acting(act), plain) for name, act in (ACTS | UNSEEN).items()},
    "model.forward(x)": Program(net, lambda model: plain(model, call=lambda model: model.forward(X))),
    "DataParallel": Program(lambda: nn.DataParallel(net()), plain),
    "weights shared": Program(Shared, lambda model: plain(model, call=lambda model: model(T))),
    "sparse gradients": Program(
        Sparse,
        lambda model: plain(
            model, call=lambda model: model(T), optimizer=lambda model: torch.optim.SGD(model.parameters(), 0.1)
        ),
    ),
    "complex numbers": Program(Complex, plain),
    "checkpoint": Program(lambda: Checkpointed(False), plain),
    "reentrant checkpoint": Program(lambda: Checkpointed(True), plain),
    "GAN": Program(Gan, gan, 2 * STEPS, 3 * STEPS, 2 * STEPS),
    "contrastive": Program(net, contrastive, forwards=2 * STEPS),
    "evaluations between": Program(net, lambda model: plain(model, between=evaluate)),
    "LBFGS": Program(net, closures, forwards=3 * STEPS, backwards=3 * STEPS),
    "two optimisers": Program(net, two_optimizers),
    "backward twice": Program(net, twice, backwards=2 * STEPS),
    "accumulation": Program(net, accumulating, forwards=3 * STEPS, backwards=3 * STEPS),
    "mixed precision": Program(net, mixed),
    "loss without graph": Program(net, without_graph),
    "gradient penalty": Program(net, penalised),
    "torch.func": Program(net, functional, forwards=0, backwards=0),
    "pruned": Program(net, pruned),
    "scheduled": Program(net, scheduled),
    "averaged": Program(net, averaged),
    "frozen": Program(frozen, plain),
    "a part replaced": Program(net, lambda model: plain(model, between=replaced)),
    "weight_norm": Program(parametrized(parametrizations.weight_norm), plain),
    "spectral_norm": Program(parametrized(parametrizations.spectral_norm), plain),
    "orthogonal, cached": Program(parametrized(parametrizations.orthogonal), normed),
    "foreach": Program(
        net, lambda model: plain(model, optimizer=lambda m: torch.optim.AdamW(m.parameters(), foreach=True))
    ),
    "double precision": Program(
        lambda: net().double(), lambda model: plain(model, call=lambda model: model(X.double()))
    ),
}
