"""Sound programs as people write them, which learn: the doctor finds nothing in them, in the default mode."""

import math

import pytest
import torch
import torch.nn.functional as F
from doctor.harness.data import circles, pictures, table, text, waves, words
from torch import nn

from pytorch.restated import (
    SGD,
    Program,
    Recurrent,
    Transformer,
    binary_by_hand,
    categorical_by_hand,
    chosen,
    classifier,
    coin,
    convolutions,
    dense,
    digits,
    next_token,
    one_hot,
    regression,
)
from relume.torch import watch


def with_dropout():
    layers = [nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 64), nn.ReLU()]
    return Program(nn.Sequential(*layers, nn.Dropout(0.3), nn.Linear(64, 10)), F.cross_entropy, *digits(), steps=300)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.wide, self.narrow = nn.LayerNorm(64), nn.Linear(64, 128), nn.Linear(128, 64)

    def forward(self, x):
        return x + self.narrow(F.gelu(self.wide(self.norm(x))))


def residual():
    model = nn.Sequential(nn.Linear(256, 64), *(Residual() for _ in range(6)), nn.LayerNorm(64), nn.Linear(64, 10))
    return Program(model, F.cross_entropy, *digits(), kind=torch.optim.AdamW, steps=200)


def sparse():
    program = Program(
        dense(256, 512, 512, 10), F.cross_entropy, *digits(), kind=SGD, rate=0.1, options={"momentum": 0.9}
    )
    for layer in program.model[:-1:2]:
        nn.init.constant_(layer.bias, -0.1)
    return program


def parity():
    x = torch.randint(0, 2, (800, 10)).float() * 2 - 1
    t = (x[:, :3].prod(1) > 0).long()
    return Program(dense(10, 128, 2, act=nn.Tanh), F.cross_entropy, x, t, rate=5e-3, steps=600)


def exclusive_or():
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    t = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    model = dense(2, 8, 1, act=nn.Sigmoid, last=[nn.Sigmoid()])
    return Program(model, F.mse_loss, x, t, rate=0.1, steps=500, size=4)


def imbalanced(weight):
    x = torch.randn(1000, 10)
    t = (x[:, 0] + x[:, 1] > 2.2).float()[:, None]
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([weight]))
    return Program(dense(10, 32, 1), criterion, x, t, rate=3e-3, steps=500)


def autoencoder():
    x, _ = digits(600)
    return Program(dense(256, 64, 16, 64, 256, last=[nn.Sigmoid()]), F.mse_loss, x, x, rate=3e-3, steps=400)


def normalised_pixels():
    x, t = pictures(400)
    return Program(nn.Sequential(nn.BatchNorm2d(1), *convolutions()), F.cross_entropy, 255 * x, t, steps=200)


def frozen():
    program = Program(convolutions(), F.cross_entropy, *pictures(600), rate=2e-3)
    program.model[:6].requires_grad_(False)
    return program


def next_tokens():
    tokens = text(300)
    return Program(Transformer(), next_token, tokens[:, :-1], tokens[:, 1:], rate=3e-3)


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.layer = nn.Embedding(60, 16), nn.GRU(16, 32, batch_first=True, bidirectional=True)
        self.out = nn.Linear(64, 1)

    def forward(self, x):
        return torch.sigmoid(self.out(self.layer(self.embedding(x))[0].mean(1))).squeeze(1)


def sentiment():
    x, t = words(500)
    return Program(Sentiment(), nn.BCELoss(), x, t.float(), rate=3e-3)


def masks(criterion, *last):
    x, _ = pictures(300)
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1), *last)
    return Program(model, criterion, x + 0.3 * torch.randn_like(x), (x > 0.5).float(), rate=1e-2, size=16)


def dice(p, t):
    both = (p * t).sum((1, 2, 3)) + 1
    return 1 - (2 * both / ((p + t).sum((1, 2, 3)) + 1)).mean()


def focal(y, t):
    loss = F.cross_entropy(y, t, reduction="none")
    return ((1 - (-loss).exp()) ** 2 * loss).mean()


def hinge():
    x, t = circles(500)
    program = Program(dense(2, 32, 32, 1), lambda y, s: (1 - y * s).clamp(min=0).mean(), x, 2.0 * t[:, None] - 1)
    program.kind, program.rate, program.steps = SGD, 0.3, 400
    return program


def cosine(step):
    return min(step / 50, 0.5 * (1 + math.cos(math.pi * step / 300)))


def half_wrong_labels():
    program = classifier()
    wrong = torch.rand(len(program.t)) < 0.5
    program.t = torch.where(wrong, torch.randint(10, program.t.shape), program.t)
    return program


def last_layer_of_zeros():
    program = classifier()
    nn.init.zeros_(program.model[2].weight)
    return program


def positive_targets():
    program = regression(nn.ReLU(), rate=5e-3, steps=400)
    program.t = program.t - program.t.min()
    nn.init.constant_(program.model[2].bias, 1.0)
    return program


def ratings():
    x, y = table(600)
    return Program(dense(9, 64, 1), F.mse_loss, x, (2 * y + 3).round().clamp(1, 5), rate=5e-3, steps=400)


MOMENTUM = {"momentum": 0.9}
SOUND = {
    "dropout and batch normalisation": with_dropout,
    "label smoothing": lambda: classifier(criterion=nn.CrossEntropyLoss(label_smoothing=0.1)),
    "warm-up and cosine": lambda: classifier(kind=torch.optim.AdamW, rate=3e-3, steps=300, schedule=cosine),
    "weight decay": lambda: classifier(kind=torch.optim.AdamW, rate=3e-3, options={"weight_decay": 0.1}),
    "residual": residual,
    "sparse ReLUs": sparse,
    "a plateau first": parity,
    "exclusive or": exclusive_or,
    "few positives": lambda: imbalanced(1.0),
    "few positives, weighed": lambda: imbalanced(10.0),
    "autoencoder": autoencoder,
    "convolutions": lambda: Program(
        convolutions(), F.cross_entropy, *pictures(600), kind=SGD, rate=0.02, options=MOMENTUM
    ),
    "pixels to 255, normalised": normalised_pixels,
    "frozen convolutions": frozen,
    "LSTM": lambda: Program(
        Recurrent(nn.LSTM(3, 32, batch_first=True), 4), F.cross_entropy, *waves(500), rate=5e-3, steps=300
    ),
    "RNN": lambda: Program(
        Recurrent(nn.RNN(3, 32, batch_first=True), 4),
        *(F.cross_entropy, *waves(500)),
        kind=torch.optim.RMSprop,
        rate=2e-3,
        steps=400,
    ),
    "transformer": next_tokens,
    "GRU": sentiment,
    "segmentation": lambda: masks(F.binary_cross_entropy_with_logits),
    "Dice": lambda: masks(dice, nn.Sigmoid()),
    "focal": lambda: classifier(criterion=focal),
    "hinge": hinge,
    "margins": lambda: classifier(criterion=nn.MultiMarginLoss()),
    "log-cosh": lambda: regression(criterion=lambda a, b: (a - b).cosh().log().mean(), rate=5e-3),
    "cross-entropy by hand": lambda: classifier(nn.Softmax(1), criterion=categorical_by_hand),
    "logsumexp by hand": lambda: classifier(
        criterion=lambda y, t: (y.logsumexp(1) - y.gather(1, t[:, None])[:, 0]).mean()
    ),
    "binary cross-entropy by hand": lambda: coin(nn.Sigmoid(), criterion=binary_by_hand),
    "softmax and squared error": lambda: classifier(
        nn.Softmax(1), criterion=lambda y, t: F.mse_loss(y, one_hot(t)), rate=3e-3, steps=300
    ),
    "squared error of classes": lambda: classifier(criterion=lambda y, t: F.mse_loss(y, one_hot(t))),
    "large targets": lambda: regression(factor=20.0, shift=5.0, steps=500),
    "positive targets": positive_targets,
    "ratings": ratings,
    "Huber": lambda: regression(criterion=F.smooth_l1_loss),
    "slow": lambda: classifier(kind=SGD, rate=0.05, steps=400),
    "half of the labels wrong": half_wrong_labels,
    "a last layer of zeros": last_layer_of_zeros,
    "forty steps": lambda: classifier(steps=40),
    "deep sigmoid": lambda: Program(
        dense(256, 64, 64, 10, act=nn.Sigmoid), F.cross_entropy, *digits(), rate=5e-3, steps=400
    ),
}


@pytest.mark.parametrize("make", chosen(SOUND).values(), ids=chosen(SOUND))
def test_sound_programs_have_no_finding(make):
    torch.manual_seed(1)
    doctor = make().run()
    assert doctor.findings == [], doctor.report(120)


def adversarial():
    """A generator and a discriminator with an optimiser each; the doctor is told of the generator's."""
    data = torch.randn(1000, 2) * 0.3 + torch.tensor([2.0, -1.0])
    model = nn.ModuleDict({"g": dense(4, 32, 2), "d": dense(2, 32, 1, act=lambda: nn.LeakyReLU(0.2))})
    ours, theirs = (torch.optim.Adam(model[name].parameters(), 2e-3, betas=(0.5, 0.999)) for name in "gd")
    loss = F.binary_cross_entropy_with_logits
    one, zero = torch.ones(64, 1), torch.zeros(64, 1)

    def step():
        real, noise = data[torch.randint(1000, (64,))], torch.randn(64, 4)
        theirs.zero_grad()
        (loss(model["d"](real), one) + loss(model["d"](model["g"](noise).detach()), zero)).backward()
        theirs.step()
        ours.zero_grad()
        loss(model["d"](model["g"](noise)), one).backward()
        ours.step()

    return model, ours, step


def policy():
    """Actions drawn from a policy, weighed by their reward."""
    model = dense(4, 32, 3)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)

    def step():
        state = torch.randn(32, 4)
        actions = torch.distributions.Categorical(logits=model(state))
        action = actions.sample()
        reward = (action == state[:, :3].argmax(1)).float()
        optimizer.zero_grad()
        (-actions.log_prob(action) * (reward - reward.mean())).mean().backward()
        optimizer.step()

    return model, optimizer, step


def contrastive():
    """Two views of each picture, each the class of the other."""
    x, _ = digits(600)
    model = dense(256, 64, 16)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)

    def step():
        batch = x[torch.randint(600, (32,))]
        a, b = (F.normalize(model(batch + 0.1 * torch.randn_like(batch)), dim=1) for _ in range(2))
        logits, own = a @ b.T / 0.1, torch.arange(32)
        optimizer.zero_grad()
        ((F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2).backward()
        optimizer.step()

    return model, optimizer, step


def equation():
    """y' = -y, y(0) = 1: the inputs ask for a gradient as well."""
    model = dense(1, 32, 32, 1, act=nn.Tanh)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)

    def step():
        x = (2 * torch.rand(32, 1)).requires_grad_()
        y = model(x)
        (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        optimizer.zero_grad()
        ((slope + y).square().mean() + (model(torch.zeros(1, 1)) - 1).square().mean()).backward()
        optimizer.step()

    return model, optimizer, step


@pytest.mark.parametrize("make", (adversarial, policy, contrastive, equation))
def test_sound_loops_of_their_own_have_no_finding(make):
    torch.manual_seed(1)
    model, optimizer, step = make()
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(400):
            step()
    assert doctor.findings == [], doctor.report(120)
