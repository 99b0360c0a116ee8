"""Faults that are seen in how layers are called: axes, dropout, weight decay, schedules, frozen layers."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from relume.torch import watch

SAMPLES, TIME = 96, 10


def sequences(seed=0):
    """Sequences whose class is the sign of what stands at the first step."""
    torch.manual_seed(seed)
    x = torch.randn(SAMPLES * 4, TIME, 3)
    return x, (x[:, 0, 0] > 0).long()


def clusters(seed=0):
    torch.manual_seed(seed)
    centres = 2 * torch.randn(4, 8)
    t = torch.randint(4, (600,))
    return centres[t] + torch.randn(600, 8), t


class Recurrent(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.rnn = nn.LSTM(3, 16, batch_first=batch_first)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


class TimeFirst(Recurrent):
    """The same, of a program that puts time first itself."""

    def __init__(self):
        super().__init__(False)

    def forward(self, x):
        return self.out(self.rnn(x.transpose(0, 1))[0][-1])


class Attentive(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.inside = nn.Linear(3, 16)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=batch_first)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        h = self.inside(x)
        return self.out(self.attention(h, h, h)[0].mean(1))


class Pooled(nn.Module):
    """A weighted mean over time, by a softmax."""

    def __init__(self, dim):
        super().__init__()
        self.inside, self.score, self.out = nn.Linear(3, 16), nn.Linear(16, 1), nn.Linear(16, 2)
        self.dim = dim

    def forward(self, x):
        h = torch.tanh(self.inside(x))
        return self.out((F.softmax(self.score(h).squeeze(-1), dim=self.dim)[..., None] * h).sum(1))


def trained(model, data, optimizer, loss_fn=F.cross_entropy, steps=150, batch=SAMPLES, schedule=None):
    x, t = data
    with watch(model, optimizer=optimizer) as doctor:
        for step in range(steps):
            rows = torch.randint(len(x), (batch,))
            loss = loss_fn(model(x[rows]), t[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if schedule is not None:
                schedule(step, optimizer)
    return doctor


def checks(doctor):
    return [finding.check for finding in doctor.findings]


def adam(model, rate=1e-3, **options):
    return torch.optim.Adam(model.parameters(), rate, **options)


@pytest.mark.parametrize("make", [lambda: Recurrent(False), lambda: Attentive(False), lambda: Pooled(0)])
def test_layers_that_run_over_the_samples(make):
    torch.manual_seed(1)
    model = make()
    doctor = trained(model, sequences(), adam(model))
    assert "mixed_samples" in checks(doctor), doctor.report()


@pytest.mark.parametrize("make", [lambda: Recurrent(True), TimeFirst, lambda: Attentive(True), lambda: Pooled(1)])
def test_layers_that_run_along_time(make):
    torch.manual_seed(1)
    model = make()
    assert "mixed_samples" not in checks(trained(model, sequences(), adam(model)))


def test_a_tagger_of_single_sentences_mixes_nothing():
    torch.manual_seed(1)
    words, rnn, out = nn.Embedding(30, 8), nn.LSTM(8, 16), nn.Linear(16, 3)

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.rnn, self.out = words, rnn, out

        def forward(self, sentence):
            return self.out(self.rnn(self.words(sentence)[:, None])[0][:, 0])

    model = Tagger()
    x = torch.randint(30, (400,))
    assert "mixed_samples" not in checks(trained(model, (x, x % 3), adam(model, 1e-2), batch=12))


@pytest.mark.parametrize("share", [0.9, 0.2])
def test_dropout(share):
    torch.manual_seed(2)
    hidden = [(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(share)), (nn.Linear(16, 16), nn.ReLU(), nn.Dropout(share))]
    model = nn.Sequential(*(layer for layers in hidden for layer in layers), nn.Linear(16, 4))
    found = checks(trained(model, clusters(), adam(model, 3e-3)))
    assert (found[:1] == ["dropout"]) == (share > 0.5), found


@pytest.mark.parametrize(
    ("optimizer", "decay", "strong"), [("Adam", 5.0, True), ("SGD", 2.0, True), ("Adam", 1e-4, False)]
)
def test_weight_decay(optimizer, decay, strong):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
    rate = {"Adam": 1e-2, "SGD": 0.1}[optimizer]
    made = getattr(torch.optim, optimizer)(model.parameters(), rate, weight_decay=decay)
    found = checks(trained(model, clusters(), made, steps=300))
    assert (found[:1] == ["weight_decay"]) == strong, found


@pytest.mark.parametrize(("after", "early"), [(15, True), (280, False)])
def test_a_rate_that_comes_down(after, early):
    torch.manual_seed(4)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))

    def schedule(step, optimizer):
        if step >= after:
            optimizer.param_groups[0]["lr"] *= 0.1

    found = checks(trained(model, clusters(), torch.optim.SGD(model.parameters(), 0.01), steps=300, schedule=schedule))
    assert (found[:1] == ["update_size"]) == early, found


def focal(logits, t):
    """A focal loss of a single output, as people write it."""
    cross_entropy = F.binary_cross_entropy_with_logits(logits.flatten(), t, reduction="none")
    likely = torch.exp(-cross_entropy)
    return (0.25 * (1 - likely) ** 2 * cross_entropy).mean()


@pytest.mark.parametrize("twice", [True, False])
def test_a_sigmoid_before_a_loss_of_ones_own(twice):
    torch.manual_seed(5)
    x, t = clusters()
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    loss = (lambda y, t: focal(torch.sigmoid(y), t)) if twice else focal
    found = checks(trained(model, (x, (t > 1).float()), adam(model), loss))
    assert (found[:1] == ["loss_mismatch"]) == twice, found


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_layers_are_nothing_where_the_rest_learns(frozen):
    torch.manual_seed(6)
    x = torch.rand(600, 8) * 2 - 1
    t = (x[:, 0] * x[:, 1] > 0).long() + 2 * (x[:, 2] * x[:, 3] > 0).long()
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
    model[:4].requires_grad_(not frozen)
    found = checks(trained(model, (x, t), adam(model, 3e-3), steps=600))
    assert "frozen_parameters" not in found


def test_batch_normalisation_of_single_samples():
    torch.manual_seed(7)
    x = torch.randn(300, 1, 6, 6)
    t = (x.mean((1, 2, 3)) > 0).long()
    net = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)]
    for batch, expected in [(1, True), (16, False)]:
        model = nn.Sequential(*net)
        found = checks(trained(model, (x, t), adam(model), steps=120, batch=batch))
        assert ("batch_of_one" in found) == expected, found


def test_wrong_arguments_are_pytorchs_to_refuse():
    class Wrong(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(8, 4)

        def forward(self, x):
            return F.dropout(self.layer(x), p="half")

    model = Wrong()
    with warnings.catch_warnings(), pytest.raises(TypeError, match="str"):
        warnings.simplefilter("error")
        trained(model, clusters(), adam(model))


def test_nested_tensors_are_left_alone():
    torch.manual_seed(8)
    layer = nn.Linear(8, 4)

    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            parts = torch.nested.as_nested_tensor(list(self.layer(x).split(32)), layout=torch.jagged)
            return torch.cat(F.dropout(parts, 0.1).unbind())

    model = Nested()
    assert checks(trained(model, clusters(), adam(model, 1e-2))) == []
