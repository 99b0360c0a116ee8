"""Faults in the loop: gradients that are kept, steps that are not made, parameters that nobody updates."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table, waves, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/pytorch/pytorch/issues/47175",
    "zero_grad() at the beginning of each epoch instead of each iteration",
    "zero_grad() before each backward",
)
def zeroed_once_an_epoch(fault: bool) -> Program:
    """The nasty bug that the request names; the net is ours: digits, one hidden layer, SGD with momentum, 40 batches an
    epoch."""
    x, t = pictures(1280)
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    rows, iteration = batches(len(x), 32), 0

    def step() -> Tensor:
        nonlocal iteration
        if not fault or iteration % 40 == 0:
            optimizer.zero_grad()
        iteration += 1
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/Element-Research/rnn/issues/3",
    "the loop zeroes the gradients of the linear layer instead of those of the model: the LSTM's grow constantly",
    "zero the gradients of the whole model",
)
def only_the_last_layer_is_zeroed(fault: bool) -> Program:
    """An LSTM and a linear layer on sequences; plain gradient descent by hand in the source, SGD here."""
    x, t = waves(500)
    lstm, linear = nn.LSTM(3, 24, batch_first=True), nn.Linear(24, 4)
    model = nn.ModuleDict({"lstm": lstm, "linear": linear})
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    rows = batches(len(x), 25)

    def scores(x: Tensor) -> Tensor:
        return linear(lstm(x)[0].mean(1))

    def step() -> Tensor:
        batch = next(rows)
        (linear if fault else model).zero_grad()
        loss = F.cross_entropy(scores(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(scores(x).argmax(1), t)

    return Program(model, optimizer, step, 800, quality)


@faulty(
    Fault.MISSING_STEP,
    "https://github.com/neuraloperator/Geo-FNO/issues/3",
    "plasticity_3d.py has no optimizer.step(): the model cannot be optimised",
    "add optimizer.step()",
)
def plasticity(fault: bool) -> Program:
    """A field from a curve by an operator net (convolutions here, Fourier layers in the source), relative L2 error
    summed over the batch, Adam with weight decay 1e-4, a schedule that is stepped each epoch."""
    phase = torch.rand(400, 2)
    grid = torch.linspace(0, 1, 16)
    x = torch.sin(6.28 * (grid[None] + phase[:, :1])) * (0.5 + phase[:, 1:])
    y = x[:, None, :] * torch.linspace(0, 1, 8)[None, :, None].exp() - x.roll(3, 1)[:, None, :]
    model = nn.Sequential(
        nn.Conv1d(1, 32, 5, padding=2, padding_mode="circular"), nn.GELU(), nn.Conv1d(32, 32, 5, padding=2), nn.GELU()
    ).append(nn.Conv1d(32, 8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    rows, count = batches(400, 20), 0

    def step() -> Tensor:
        nonlocal count
        batch = next(rows)
        optimizer.zero_grad()
        difference = (model(x[batch][:, None]) - y[batch]).flatten(1).norm(dim=1)
        loss = (difference / y[batch].flatten(1).norm(dim=1)).sum()
        loss.backward()
        if not fault:
            optimizer.step()
        count += 1
        if count % 20 == 0:
            scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x[:, None]), y)

    return Program(model, optimizer, step, 600, quality)


@faulty(
    Fault.MISSING_STEP,
    "https://github.com/pytorch/pytorch/issues/3814",
    "only scheduler.step() is called, in the belief that it wraps the optimiser's",
    "call both",
)
def only_the_scheduler_steps(fault: bool) -> Program:
    """The question says only that nothing works; the classifier of texts is ours: embeddings, their mean, SGD."""
    x, t = words(600)

    class BagOfWords(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(60, 16)
            self.out = nn.Linear(16, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.embedding(x).mean(dim=1))

    model = BagOfWords()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9995)
    rows = batches(600, 30)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        if not fault:
            optimizer.step()
        scheduler.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


class Diffusion(nn.Module):
    """Tokens are embedded, noised, and decoded again."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Embedding(40, 8)
        self.net = nn.Sequential(nn.Linear(9, 64), nn.SiLU(), nn.Linear(64, 8))
        self.decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 40))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/cabralpinto/modular-diffusion/issues/17",
    "only the parameters of the net and of the encoder are added to the optimiser, not those of the decoder",
    "add those of the decoder",
)
def diffusion_of_tokens(fault: bool) -> Program:
    """Tokens to embeddings, noise of a random strength, a net that removes it, a decoder back to tokens; squared error
    plus cross-entropy, AdamW."""
    tokens = torch.randint(40, (2000,))
    model = Diffusion()
    parameters = [*model.encoder.parameters(), *model.net.parameters()]
    if not fault:
        parameters += model.decoder.parameters()
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    rows = batches(2000, 50)

    def step() -> Tensor:
        target = tokens[next(rows)]
        clean = model.encoder(target)
        level = torch.rand(len(target), 1)
        noisy = clean * (1 - level).sqrt() + torch.randn_like(clean) * level.sqrt()
        restored = model.net(torch.cat([noisy, level], 1))
        loss = F.mse_loss(restored, clean.detach()) + F.cross_entropy(model.decoder(clean), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model.decoder(model.encoder(tokens)).argmax(1), tokens)

    return Program(model, optimizer, step, 400, quality)


class Brackets(nn.Module):
    """A recurrent net whose layers are made by a method that anybody may call again."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.translate()

    def translate(self) -> None:
        self.embed = nn.Embedding(3, 8)
        self.step = nn.Linear(8 + self.hidden, self.hidden)
        self.decide = nn.Linear(self.hidden, 2)

    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros(len(x), self.hidden)
        for symbol in self.embed(x).unbind(1):
            state = torch.tanh(self.step(torch.cat([symbol, state], 1)))
        return self.decide(state)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/pytorch/pytorch/issues/14467",
    "the layers of the recurrent net are made anew after the optimiser was given the parameters",
    "make the optimiser for the parameters that the model has (ours: the request is for a warning)",
)
def bracket_language(fault: bool) -> Program:
    """Whether a word of brackets is open at its end, by a recurrent net of tanh, cross-entropy, Adam."""
    x = torch.randint(3, (600, 8))
    t = (((x == 1).long() - (x == 2).long()).sum(1) > 0).long()
    model = Brackets(24)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    if fault:
        model.translate()
    return Program(
        model, optimizer, plain(model, optimizer, F.cross_entropy, x, t, 30), 500, lambda: classifies(model, x, t)
    )


@faulty(
    Fault.FROZEN,
    "https://github.com/harvitronix/five-video-classification-methods/pull/26",
    "the new layers on top, which are to be tuned, are frozen as well",
    "freeze all but the new top layers",
)
def top_layers_frozen(fault: bool) -> Program:
    """Frames of videos to classes: features of a fixed net (random here), two dense layers on top, SGD with momentum.
    The last layer alone is trained in the faulty program."""
    x, t = pictures(600, classes=8, channels=3)
    base = nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2), nn.ReLU(), nn.Conv2d(16, 8, 3, stride=2), nn.ReLU(), nn.Flatten()
    )
    top = nn.Sequential(nn.Linear(72, 64), nn.ReLU(), nn.Linear(64, 8))
    model = nn.Sequential(base, top)
    for p in base.parameters():
        p.requires_grad = False
    if fault:
        for p in top.parameters():
            p.requires_grad_(False)
        top[2].bias.requires_grad_(True)
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.05, momentum=0.9)
    step = plain(model, optimizer, F.cross_entropy, x, t, 32)
    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))


@faulty(
    Fault.SCHEDULE,
    "https://github.com/pytorch/tutorials/pull/640",
    "scheduler.step() once a batch: StepLR with 7 epochs and a factor of 0.1 ends after a few dozen batches",
    "scheduler.step() once an epoch",
)
def transfer_learning(fault: bool) -> Program:
    """Two kinds of pictures by a net that is tuned, batches of 4, SGD at 0.001 with momentum 0.9, StepLR(7, 0.1) as in
    the transfer learning tutorial (7 epochs of 60 batches; the net is small and starts from scratch here, at 0.005)."""
    x, t = pictures(240, classes=2, channels=3, noise=0.3)
    model = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(4)).extend(
        [nn.Flatten(), nn.Linear(192, 32), nn.ReLU(), nn.Linear(32, 2)]
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)
    exp_lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    rows, iteration = batches(240, 4), 0

    def step() -> Tensor:
        nonlocal iteration
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        iteration += 1
        if fault or iteration % 60 == 0:
            exp_lr_scheduler.step()
        return loss

    return Program(model, optimizer, step, 480, lambda: classifies(model, x, t))


@faulty(
    Fault.SCHEDULE,
    "https://github.com/jaehyunnn/ViTPose_pytorch/issues/20",
    "the decay of the rate by layer is applied at every step instead of once: it falls to 0 soon after the warm-up",
    "apply it once, when the optimiser is made",
)
def decay_by_layer(fault: bool) -> Program:
    """Keypoints (here two numbers of a table's rows) by a net of four blocks, AdamW, warm-up, 0.75 per layer."""
    x, y = table(600)
    blocks = [nn.Sequential(nn.Linear(9 if i == 0 else 48, 48), nn.LayerNorm(48), nn.GELU()) for i in range(4)]
    model = nn.Sequential(*blocks, nn.Linear(48, 1))
    groups = [{"params": list(layer.parameters()), "layer": i} for i, layer in enumerate(model)]
    optimizer = torch.optim.AdamW(groups, lr=3e-3)
    if not fault:
        for group in optimizer.param_groups:
            group["lr"] *= 0.75 ** (4 - group["layer"])
    base = [group["lr"] for group in optimizer.param_groups]
    rows, iteration = batches(600, 32), 0

    def step() -> Tensor:
        nonlocal iteration
        iteration += 1
        for group, rate in zip(optimizer.param_groups, base, strict=True):
            if iteration <= 20:
                group["lr"] = rate * iteration / 20
            elif fault:
                group["lr"] *= 0.75 ** (4 - group["layer"])
        batch = next(rows)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))
