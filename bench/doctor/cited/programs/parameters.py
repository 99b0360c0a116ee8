"""Faults in which parameters are trained: frozen ones, those of another model, layers that are not registered."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, waves, words
from doctor.harness.quality import classifies, evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


class FrozenTransfer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.SiLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3)
        )
        self.bn = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32 * 9, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.silu(self.bn(self.features(x))), 2)
        return self.fc(x.flatten(1))


@faulty(
    Fault.FROZEN,
    "https://github.com/OrderLab/TrainCheck/blob/main/docs/assets/code/84911.py",
    "all parameters but those of batch normalisation are frozen, and then the new last layer, the only one that the "
    "optimiser holds, is frozen too",
    "let the last layer require gradients",
)
def frozen_last_layer(fault: bool) -> Program:
    """Transfer learning: a convolutional net with batch normalisation, a new last layer, Adadelta at 1."""
    x, t = pictures(512)
    model = FrozenTransfer()
    optimizer = torch.optim.Adadelta(model.fc.parameters(), lr=1.0)
    for name, p in model.named_parameters():
        if "bn" not in name:
            p.requires_grad = False
    for p in model.fc.parameters():
        p.requires_grad = not fault
    criterion, rows = nn.CrossEntropyLoss(), batches(512, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


def train_rnn(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, t: Tensor) -> Tensor:
    hidden = torch.zeros(len(x), 64)
    optimizer.zero_grad()
    for i in range(x.shape[1]):
        output, hidden = model(x[:, i], hidden)
    loss = F.nll_loss(output, t)
    loss.backward()
    optimizer.step()
    return loss


class CharacterRnn(nn.Module):
    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.i2h, self.i2o = nn.Linear(inputs + 64, 64), nn.Linear(inputs + 64, classes)

    def forward(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        combined = torch.cat([x, hidden], 1)
        return F.log_softmax(self.i2o(combined), 1), torch.tanh(self.i2h(combined))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/spro/practical-pytorch/issues/9",
    "the model is made a second time after the optimiser, which holds the parameters of the first",
    "make the optimiser after the second model",
)
def second_model(fault: bool) -> Program:
    """Classification of names letter by letter with an RNN written by hand, NLL loss, SGD."""
    x, t = waves(600, length=10, channels=4, classes=2)
    x = x + torch.tensor([1.0, -1.0, 0.5, 0.0]) * (t[:, None, None] - 0.5)
    model = CharacterRnn(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    if fault:
        model = CharacterRnn(4, 2)
    rows = batches(600, 20)

    def step() -> Tensor:
        batch = next(rows)
        return train_rnn(model, optimizer, x[batch], t[batch])

    def quality() -> float:
        with evaluating(model):
            hidden = torch.zeros(len(x), 64)
            for i in range(x.shape[1]):
                output, hidden = model(x[:, i], hidden)
            return right(output.argmax(1), t)

    return Program(model, optimizer, step, 700, quality)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/microsoft/nni/issues/4521",
    "speeding up a pruned model replaces its layers by smaller ones; the optimiser still holds the old parameters",
    "make a new optimiser after the layers have been replaced",
)
def pruned_model(fault: bool) -> Program:
    """Fine-tuning of a pruned convolutional net, cross-entropy, SGD with momentum."""
    x, t = pictures(512)

    def layers(width: int) -> list[nn.Module]:
        return [nn.Conv2d(1, width, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(width * 49, 10)]

    model = nn.Sequential(*layers(24))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for i, layer in enumerate(layers(12)):
        model[i] = layer
    if not fault:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    rows = batches(512, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


class SentencePair(nn.Module):
    """Whether a hypothesis follows from a premise; the hidden layers of the classifier are in a list."""

    def __init__(self, registered: bool, layers: int = 4, width: int = 12) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(60, 16)
        hids = [nn.Linear(32 if i == 0 else width, width) for i in range(layers)]
        self.hids = nn.ModuleList(hids) if registered else hids
        self.classifier = nn.Linear(width, 3)

    def forward(self, premise: Tensor, hypothesis: Tensor) -> Tensor:
        h = torch.cat([self.embedding(premise), self.embedding(hypothesis)], 1)
        for layer in self.hids:
            h = torch.tanh(layer(h))
        return self.classifier(h)


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/pytorch/pytorch/issues/715",
    "the hidden layers are kept in a Python list, so their parameters are not among those of the module",
    "keep them in an nn.ModuleList",
)
def hidden_layers_in_a_list(fault: bool) -> Program:
    """A classifier of pairs of sentences with several hidden layers and three classes, Adam."""
    premise, a = words(900, classes=2)
    hypothesis, b = words(900, classes=2)
    t = torch.where(a == b, a, 2)
    model = SentencePair(registered=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(900, 30)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(premise[batch], hypothesis[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(premise, hypothesis).argmax(1), t)

    return Program(model, optimizer, step, 400, quality)


class FilterBank(nn.Module):
    """One small convolution per octave, as in learnt wavelets; their mean energies are classified."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        banks = [nn.Conv1d(3, 2, 3, dilation=2**i, padding=2**i, bias=False) for i in range(3)]
        self.banks = nn.ModuleList(banks) if registered else banks
        self.out = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        return self.out(torch.cat([bank(x).square().mean(-1) for bank in self.banks], 1))


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/kymatio/murenn/issues/42",
    "the convolutions of the octaves are in Python lists inside of the module",
    "use torch.nn.ModuleList and ParameterList",
)
def filter_bank_in_a_list(fault: bool) -> Program:
    """A bank of learnt one-dimensional filters, their energies classified, cross-entropy, Adam."""
    x, t = waves(800)
    x = x + 0.7 * torch.randn_like(x)
    model = FilterBank(registered=not fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    rows = batches(800, 50)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class SharedVae(nn.Module):
    """A variational autoencoder as a Lightning module has it: the loss is computed by `training_step`."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 16))
        self.decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 40))

    def training_step(self, x: Tensor) -> Tensor:
        mean, log_variance = self.encoder(x).chunk(2, -1)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(-1).mean()
        return F.mse_loss(self.decoder(z), x, reduction="none").sum(-1).mean() + 0.1 * kl

    def reconstruct(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x).chunk(2, -1)[0])


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/zdebruine/MMVAE/issues/39",
    "the optimiser of the shared VAE holds the parameters of the encoder only, not those of the decoder",
    "give it the parameters of both",
)
def encoder_only(fault: bool) -> Program:
    """A variational autoencoder of expression profiles, squared error and KL divergence, Adam."""
    factors, loadings = torch.randn(600, 5), torch.randn(5, 40)
    x = torch.tanh(factors @ loadings) + 0.1 * torch.randn(600, 40)
    model = SharedVae()
    optimizer = torch.optim.Adam((model.encoder if fault else model).parameters(), lr=2e-3)
    rows = batches(600, 30)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = model.training_step(x[next(rows)])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model.reconstruct(x), x)

    return Program(model, optimizer, step, 500, quality)


class Recommender(nn.Module):
    """Factors of users and items that were trained elsewhere, and biases."""

    def __init__(self, users: int, items: int, freeze: bool) -> None:
        super().__init__()
        self.user = nn.Embedding.from_pretrained(0.3 * torch.randn(users, 8), freeze=freeze)
        self.item = nn.Embedding.from_pretrained(0.3 * torch.randn(items, 8), freeze=freeze)
        self.item_bias = nn.Embedding(items, 1)

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        return (self.user(user) * self.item(item)).sum(-1) + self.item_bias(item)[:, 0]


@faulty(
    Fault.FROZEN,
    "https://github.com/RUCAIBox/RecBole/issues/2046",
    "a context-aware model with pre-trained embeddings does not learn: from_pretrained freezes them by default",
    "pass freeze=False",
)
def frozen_embeddings(fault: bool) -> Program:
    """Factorisation of ratings with pre-trained embeddings and item biases, mean squared error, Adam."""
    users, items, n = 40, 30, 1200
    user, item = torch.randint(users, (n,)), torch.randint(items, (n,))
    y = (torch.randn(users, 3)[user] * torch.randn(items, 3)[item]).sum(-1) + 0.1 * torch.randn(n)
    model = Recommender(users, items, freeze=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    rows = batches(n, 60)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.mse_loss(model(user[batch], item[batch]), y[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(user, item), y)

    return Program(model, optimizer, step, 400, quality)
