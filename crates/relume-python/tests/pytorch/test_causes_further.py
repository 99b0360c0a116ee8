"""Further runs with one thing wrong, and next to each the same run without it, or one that looks like it."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD, Adam, AdamW

from relume.torch import watch

STEPS = 300
ROWS = 32


def classes(n=1024, k=3):
    x = torch.randn(n, 8)
    return x, x[:, :k].argmax(1)


def layered(outputs=3, activation=nn.ReLU, depth=2, between=()):
    layers = [nn.Linear(8, 64), activation(), *between]
    for _ in range(depth - 1):
        layers += [nn.Linear(64, 64), activation(), *between]
    return nn.Sequential(*layers, nn.Linear(64, outputs))


def doctor_of(model, optimizer, loss, data, steps=STEPS, rows=ROWS, shuffled=True):
    x, t = data
    with watch(model, optimizer=optimizer) as doctor:
        for step in range(steps):
            some = (
                torch.randint(0, len(x), (rows,)) if shuffled else torch.arange(rows * step, rows * (step + 1)) % len(x)
            )
            optimizer.zero_grad()
            loss(model(x[some]), t[some]).backward()
            optimizer.step()
    return doctor


def checks(doctor):
    return [finding.check for finding in doctor.findings]


def decay(kind, rate, amount):
    model = layered()
    return doctor_of(model, kind(model.parameters(), rate, weight_decay=amount), F.cross_entropy, classes())


def penalised(factor):
    model = layered()

    def loss(y, t):
        return F.cross_entropy(y, t) + factor * sum(p.square().sum() for p in model.parameters())

    return doctor_of(model, Adam(model.parameters(), 2e-3), loss, classes(), 500)


def dropping(share):
    model = layered(between=(nn.Dropout(share),))
    return doctor_of(model, Adam(model.parameters(), 1e-3), F.cross_entropy, classes())


def frozen():
    """Random features of 64 units are enough for a layer behind them."""
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 3))
    for parameter in model[0].parameters():
        parameter.requires_grad = False
    return doctor_of(model, Adam(model[2].parameters(), 1e-2), F.cross_entropy, classes())


def in_an_order(shuffled):
    x, t = classes(960)
    order = t.argsort()
    model = layered()
    return doctor_of(model, SGD(model.parameters(), 0.1), F.cross_entropy, (x[order], t[order]), shuffled=shuffled)


def by_batch(rows):
    x, t = torch.randn(512, 1, 6, 6), torch.randint(0, 4, (512,))
    x = x + (t - 1.5)[:, None, None, None]
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(128, 4))
    return doctor_of(model, Adam(model.parameters(), 1e-3), F.cross_entropy, (x, t), 400, rows)


def kl(loss, logarithms=False):
    x = torch.randn(1024, 8)
    t = F.softmax(3 * x[:, :5] - 2 * x[:, 1:6], 1)
    model = layered(5)
    data = x, t.log() if logarithms else t
    return doctor_of(model, Adam(model.parameters(), 3e-3), loss, data)


def over_time(softmax_axis):
    """Sequences of 6 letters of 10, each to be named by the next letter of the alphabet."""
    x = torch.randint(0, 10, (1024, 6))
    model = nn.Sequential(nn.Embedding(10, 32), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10))

    def loss(y, t):
        return F.nll_loss(F.log_softmax(y, softmax_axis).reshape(-1, 10), t.reshape(-1))

    return doctor_of(model, Adam(model.parameters(), 3e-3), loss, (x, (x + 1) % 10))


def several_labels(loss):
    x = torch.randn(1024, 8)
    model = layered(5)
    return doctor_of(model, Adam(model.parameters(), 1e-3), loss, (x, (x[:, :5] > 0).float()))


def mixed_up(y, t):
    """Mixup: two classes at once, which come to 1 in every sample."""
    both = 0.7 * F.one_hot(t, 3).float() + 0.3 * F.one_hot(t.flip(0), 3).float()
    return F.cross_entropy(y, both)


class Recurrent(nn.Module):
    def __init__(self, layer, of_mean):
        super().__init__()
        self.layer, self.of_mean, self.last = layer, of_mean, nn.Linear(32, 2)

    def forward(self, x):
        if isinstance(self.layer, nn.RNNCellBase):
            state, states = x.new_zeros(len(x), 32), []
            for step in range(x.shape[1]):
                state = self.layer(x[:, step], state)
                states.append(state)
            y = torch.stack(states, 1)
        else:
            y = self.layer(x)[0]
        return self.last(y.mean(1) if self.of_mean else y[:, -1])


def remembering(layer, early, of_mean=False):
    """What the class depends on comes at the beginning of 50 steps, or at their end."""
    x = torch.randn(1024, 50, 2)
    model = Recurrent(layer(), of_mean)
    data = x, (x[:, 0 if early else -1, 0] > 0).long()
    return doctor_of(model, Adam(model.parameters(), 2e-3), F.cross_entropy, data, 200)


def rnn():
    return nn.RNN(2, 32, batch_first=True)


def lstm():
    return nn.LSTM(2, 32, batch_first=True)


def cell():
    return nn.RNNCell(2, 32)


def wide_weights(deviation):
    model = layered(activation=nn.Sigmoid, depth=3)
    for layer in model[::2]:
        nn.init.normal_(layer.weight, 0, deviation)
    return doctor_of(model, SGD(model.parameters(), 0.02), F.cross_entropy, classes())


def large_weights():
    model = layered(depth=5)
    for layer in model[::2]:
        nn.init.normal_(layer.weight, 0, 0.5)
    return doctor_of(model, Adam(model.parameters(), 1e-3), F.cross_entropy, classes())


def short_and_slow(rate, steps):
    model = layered()
    return doctor_of(model, SGD(model.parameters(), rate), F.cross_entropy, classes(), steps)


def ended_by_its_schedule(factor):
    model = layered(5)
    optimizer = Adam(model.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, factor)
    x, t = classes(k=5)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(400):
            some = torch.randint(0, len(x), (ROWS,))
            optimizer.zero_grad()
            F.cross_entropy(model(x[some]), t[some]).backward()
            optimizer.step()
            schedule.step()
    return doctor


def embedded(rate):
    """Triplets whose hardest negatives are as near as positives: with large steps all points become one."""
    centres = torch.randn(5, 8) * (0.3 if rate > 1e-2 else 3.0)
    model = layered(8)
    optimizer = Adam(model.parameters(), rate)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(400):
            k = torch.randint(0, 5, (64,))
            other = (k + torch.randint(1, 5, (64,))) % 5
            a, p, n = (model(centres[i] + torch.randn(64, 8)) for i in (k, k, other))
            loss = F.relu((a - p).square().sum(1) - torch.cdist(a, n).min(1).values ** 2 + 0.5).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return doctor


def one_output(last, loss):
    x = torch.randn(1024, 8)
    model = nn.Sequential(*layered(1), *last)
    optimizer = SGD(model.parameters(), 0.05)
    return doctor_of(model, optimizer, lambda y, t: loss(y[:, 0], t), (x, (x[:, 0] > x[:, 1]).float()), 400)


def labelled(labels):
    x, t = classes()
    model = layered()
    return doctor_of(model, Adam(model.parameters(), 1e-3), F.cross_entropy, (x, labels(t)))


def shuffled_anew():
    """The labels come in an order of their own in each pass."""
    x, t = classes()
    model = layered()

    def loss(y, _):
        return F.cross_entropy(y, t[torch.randint(0, len(t), (len(y),))])

    return doctor_of(model, Adam(model.parameters(), 1e-3), loss, (x, t))


def turned(optimizer, sign, closure=False):
    """Gradients that are multiplied before the step."""
    x, t = classes()
    model = layered()
    optimizer = optimizer(model.parameters())
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(STEPS):
            some = torch.randint(0, len(x), (ROWS,))

            def backward(some=some):
                optimizer.zero_grad()
                loss = F.cross_entropy(model(x[some]), t[some])
                loss.backward()
                for parameter in model.parameters():
                    parameter.grad.mul_(sign)
                return loss

            if closure:
                optimizer.step(backward)
            else:
                backward()
                optimizer.step()
    return doctor


def infinite_inputs():
    """An LSTM hides them from the loss; its gradient is not a number."""
    x = torch.randn(1024, 6, 2)
    t = x.mean((1, 2))[:, None]
    x[300] = float("inf")
    model = Recurrent(lstm(), of_mean=False)
    model.last = nn.Linear(32, 1)
    return doctor_of(model, Adam(model.parameters(), 1e-3), F.mse_loss, (x, t), 100, shuffled=False)


def an_axis_too_many(shape):
    x = torch.randn(1024, 8)
    model = layered(1)
    data = x, (x[:, 0] - x[:, 1]).reshape(shape)
    return doctor_of(model, Adam(model.parameters(), 1e-3), F.mse_loss, data)


class ByHand(nn.Module):
    """Products with matrices whose columns are the units."""

    def __init__(self, deviation):
        super().__init__()
        self.w = nn.ParameterList([torch.full((8, 16), 0.1), torch.full((16, 3), 0.1)])
        for w in self.w if deviation else ():
            nn.init.normal_(w, 0, deviation)

    def forward(self, x):
        return torch.relu(x @ self.w[0]) @ self.w[1]


def by_hand(deviation):
    model = ByHand(deviation)
    return doctor_of(model, Adam(model.parameters(), 1e-2), F.cross_entropy, classes())


def one_against_others(n):
    """The similarity to one other view comes first, those to the rest after it, as MoCo has it."""
    x = torch.randn(n, 8)
    model = layered(8)

    def loss(y, x):
        other = F.normalize(x + 0.1 * torch.randn_like(x), dim=1)
        similar = F.normalize(y, dim=1) @ other.T
        own = similar.diagonal()[:, None]
        rest = similar.masked_select(~torch.eye(len(y), dtype=torch.bool)).reshape(len(y), -1)
        return F.cross_entropy(torch.cat([own, rest], 1) / 0.2, torch.zeros(len(y), dtype=torch.long))

    return doctor_of(model, Adam(model.parameters(), 1e-3), loss, (x, x))


def divergence_of_probabilities(y, t):
    return F.kl_div(F.softmax(y, 1), t, reduction="batchmean")


def the_wrong_way_round(y, t):
    return F.kl_div(t, F.log_softmax(y, 1), reduction="batchmean")


def divergence(y, t):
    return F.kl_div(F.log_softmax(y, 1), t, reduction="batchmean")


def divergence_of_logarithms(y, t):
    return F.kl_div(F.log_softmax(y, 1), t, reduction="batchmean", log_target=True)


FAULTY = {
    "decay, SGD": (lambda: decay(SGD, 0.05, 1.0), "weight_decay"),
    "decay, Adam": (lambda: decay(Adam, 1e-3, 0.5), "weight_decay"),
    "decay, AdamW": (lambda: decay(AdamW, 1e-2, 10.0), "weight_decay"),
    "penalty": (lambda: penalised(0.5), "weight_decay"),
    "dropout": (lambda: dropping(0.95), "dropout"),
    "in an order": (lambda: in_an_order(False), "unshuffled_data"),
    "batch of one": (lambda: by_batch(1), "batch_of_one"),
    "divergence of probabilities": (lambda: kl(divergence_of_probabilities), "loss_mismatch"),
    "divergence the wrong way round": (lambda: kl(the_wrong_way_round), "loss_mismatch"),
    "divergence from logarithms": (lambda: kl(divergence, True), "loss_mismatch"),
    "another axis": (lambda: over_time(1), "loss_mismatch"),
    "several labels": (lambda: several_labels(F.cross_entropy), "loss_mismatch"),
    "early, RNN": (lambda: remembering(rnn, True), "vanishing_gradient"),
    "early, LSTM": (lambda: remembering(lstm, True), "vanishing_gradient"),
    "early, cell": (lambda: remembering(cell, True), "vanishing_gradient"),
    "wide weights": (lambda: wide_weights(3.0), "saturated_units"),
    "large weights": (large_weights, "exploding_gradient"),
    "60 small steps": (lambda: short_and_slow(1e-4, 60), "update_size"),
    "schedule": (lambda: ended_by_its_schedule(0.9), "update_size"),
    "embeddings of one point": (lambda: embedded(3e-2), "constant_output"),
    "two sigmoids": (lambda: one_output([nn.Sigmoid()], F.binary_cross_entropy_with_logits), "output_range"),
    "one class": (lambda: labelled(lambda t: t // 255), "constant_targets"),
    "every class": (lambda: labelled(lambda t: torch.ones(len(t), 3)), "constant_targets"),
    "shuffled anew": (shuffled_anew, "unrelated_targets"),
    "turned, SGD": (lambda: turned(lambda p: SGD(p, 0.05, momentum=0.9), -1), "uphill_steps"),
    "turned, Adam": (lambda: turned(lambda p: Adam(p, 1e-3), -1), "uphill_steps"),
    "turned, closure": (lambda: turned(lambda p: Adam(p, 1e-3), -1, closure=True), "uphill_steps"),
    "maximised": (lambda: turned(lambda p: Adam(p, 1e-3, maximize=True), 1), "uphill_steps"),
    "infinite inputs": (infinite_inputs, "non_finite_data"),
    "an axis too many": (lambda: an_axis_too_many((-1, 1, 1)), "broadcast_shapes"),
    "equal columns": (lambda: by_hand(0), "symmetric_units"),
    "relu before a sigmoid": (lambda: one_output([nn.ReLU(), nn.Sigmoid()], F.binary_cross_entropy), "output_range"),
}

SOUND = {
    "decay, SGD": lambda: decay(SGD, 0.1, 1e-3),
    "decay, Adam": lambda: decay(Adam, 1e-3, 1e-3),
    "decay, AdamW": lambda: decay(AdamW, 3e-3, 0.3),
    "penalty": lambda: penalised(1e-4),
    "dropout": lambda: dropping(0.5),
    "frozen": frozen,
    "shuffled": lambda: in_an_order(True),
    "batches": lambda: by_batch(16),
    "divergence": lambda: kl(divergence),
    "divergence from logarithms": lambda: kl(divergence_of_logarithms, True),
    "right axis": lambda: over_time(2),
    "several labels": lambda: several_labels(F.binary_cross_entropy_with_logits),
    "two classes at once": lambda: doctor_of(m := layered(), Adam(m.parameters(), 3e-3), mixed_up, classes()),
    "late, RNN": lambda: remembering(rnn, False),
    "late, cell": lambda: remembering(cell, False),
    "mean over time": lambda: remembering(lstm, True, of_mean=True),
    "usual weights": lambda: wide_weights(0.3),
    "60 steps": lambda: short_and_slow(0.3, 60),
    "schedule": lambda: ended_by_its_schedule(0.998),
    "embeddings": lambda: embedded(1e-3),
    "not turned": lambda: turned(lambda p: Adam(p, 1e-3), 0.5, closure=True),
    "turned and maximised": lambda: turned(lambda p: Adam(p, 1e-3, maximize=True), -1),
    "one against others": lambda: one_against_others(1024),
    "no axis too many": lambda: an_axis_too_many((-1, 1)),
    "columns that differ": lambda: by_hand(0.3),
    "one sigmoid": lambda: one_output([], F.binary_cross_entropy_with_logits),
    "sigmoid": lambda: one_output([nn.Sigmoid()], F.binary_cross_entropy),
}


@pytest.mark.parametrize("name", list(FAULTY))
def test_the_cause_is_named_first(name):
    torch.manual_seed(3)
    run, check = FAULTY[name]
    doctor = run()
    assert checks(doctor)[:1] == [check], doctor.report(120)
    assert doctor.findings[0].prescription and doctor.findings[0].remedies


@pytest.mark.parametrize("name", list(SOUND))
def test_the_same_without_it_has_no_finding(name):
    torch.manual_seed(3)
    doctor = SOUND[name]()
    assert checks(doctor) == [], doctor.report(120)
