"""What is seen of every step, watched in full or not: the loss, the gradients, the first number that is not finite."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from pytorch.nets import clouds, he, mlp, train
from relume.torch import watch


def record(doctor):
    return doctor.to_dict()["record"]


def test_the_loss_of_every_step():
    torch.manual_seed(0)
    model = mlp()
    with watch(model) as doctor:
        losses = train(model, steps=300)
    course = record(doctor)["course"]["losses"]
    assert [one["loss"] for one in course["first"]] == pytest.approx(losses[:32])
    assert [one["step"] for one in course["last"]] == list(range(268, 300))
    assert [one["loss"] for one in course["last"]] == pytest.approx(losses[-32:])
    assert course["span"] == 4 and len(course["windows"]) == 75
    for window in course["windows"]:
        part = losses[window["first_step"] : window["last_step"] + 1]
        assert window["count"] == len(part) == 4 and window["non_finite"] == 0
        assert window["mean"] == pytest.approx(sum(part) / 4)
        assert (window["min"], window["max"]) == pytest.approx((min(part), max(part)))
        assert (window["first"], window["last"]) == pytest.approx((part[0], part[-1]))
    window = course["windows"][10]
    changes = [abs(losses[i] - losses[i - 1]) for i in range(40, 44)]
    assert window["change"] == pytest.approx(sum(changes) / 4)
    assert doctor.to_dict()["cost"]["watched"] < 300


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_gradients_of_every_step(dtype):
    torch.manual_seed(0)
    model = mlp(width=200).to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    norms = {name: [] for name, _ in model.named_parameters()}

    def note(*_):
        for name, parameter in model.named_parameters():
            norms[name].append(parameter.grad.double().norm().item())

    optimizer.register_step_pre_hook(note)
    x, t = clouds()
    with watch(model) as doctor:
        train(model, steps=100, optimizer=optimizer, data=(x.to(dtype), t))
    seen = {course["name"]: course for course in record(doctor)["course"]["parameters"]}
    assert list(seen) == list(norms)
    for name, expected in norms.items():
        course = seen[name]
        assert (course["steps"], course["missing"], course["zero"], course["non_finite"]) == (100, 0, 0, 0)
        # Of the weights of 200 x 200 a sample is looked at.
        rel = 0.2 if name in ("2.weight", "4.weight") else 1e-4
        assert course["last"] == pytest.approx(expected[-1], rel=rel)
        assert course["mean_square"] == pytest.approx(sum(n * n for n in expected) / 100, rel=rel)
        assert course["max"] == pytest.approx(max(expected), rel=rel)
        assert course["held"] and not course["frozen"] and course["shape"] == list(model.get_parameter(name).shape)


def test_gradients_that_are_zero_or_missing():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.out, self.unused = nn.Linear(8, 8), nn.Linear(8, 3), nn.Linear(2, 2)
            self.cut = nn.Linear(8, 8)
            self.frozen = nn.Linear(3, 3).requires_grad_(False)

        def forward(self, x):
            y = F.relu(self.first(self.cut(x).detach()) - 1e6)
            return self.frozen(self.out(y))

    model = Net()
    with watch(model) as doctor:
        train(model, steps=20)
    seen = {course["name"]: course for course in record(doctor)["course"]["parameters"]}
    assert (seen["first.weight"]["steps"], seen["first.weight"]["zero"]) == (20, 20)
    assert (seen["out.bias"]["steps"], seen["out.bias"]["zero"]) == (20, 0)
    for name in ("unused.weight", "cut.weight"):
        assert (seen[name]["steps"], seen[name]["missing"]) == (0, 20)
    assert seen["frozen.weight"]["frozen"] and not seen["first.weight"]["frozen"]


def test_gradients_that_are_sparse_or_lie_otherwise_in_memory():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.conv, self.out = nn.Embedding(9, 8, sparse=True), nn.Conv2d(3, 4, 3), nn.Linear(8, 3)

        def forward(self, i):
            y = self.embedding(i)
            pictures = y[:, :, None, None].expand(-1, -1, 3, 6)[:, :3].contiguous(memory_format=torch.channels_last)
            return self.out(torch.tanh(y)) + self.conv(pictures).mean((2, 3))[:, :3]

    torch.manual_seed(0)
    model = Net().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    norms = []
    optimizer.register_step_pre_hook(
        lambda *_: norms.append([p.grad.to_dense().norm().item() for p in model.parameters()])
    )
    with watch(model) as doctor:
        train(model, steps=9, optimizer=optimizer, data=(torch.randint(9, (64,)), clouds(64)[1]))
    last = [course["last"] for course in record(doctor)["course"]["parameters"]]
    assert last == pytest.approx(norms[-1], rel=1e-4)


def test_units_that_are_all_alike():
    model = mlp()
    nn.init.constant_(model[2].weight, 0.1)
    with watch(model) as doctor:
        train(model, steps=5)
    seen = {course["name"]: course.get("rows_equal") for course in record(doctor)["course"]["parameters"]}
    assert seen["0.weight"] is False and seen["0.bias"] is None
    assert seen["2.weight"] is False  # The first layer's units differ, and so their gradients.
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))
    nn.init.constant_(model[0].weight, 0.1)
    nn.init.constant_(model[0].bias, 0.0)
    nn.init.constant_(model[2].weight, 0.1)
    with watch(model) as doctor:
        train(model, steps=5)
    seen = {course["name"]: course.get("rows_equal") for course in record(doctor)["course"]["parameters"]}
    # Behind units that are alike all columns stay the same.
    assert seen["0.weight"] is True and seen["2.weight"] is True


@pytest.mark.parametrize("every", [None, 1, 50])
def test_nan_in_an_input_is_named_with_its_step_and_samples(every):
    torch.manual_seed(0)
    model = mlp()
    x, t = clouds(n=64 * 50)
    x[64 * 40 + 3], x[64 * 40 + 17, 2] = float("nan"), float("inf")
    with watch(model, every=every) as doctor:
        train(model, steps=50, data=(x, t))
    found = record(doctor)["course"]["first_non_finite"]
    assert found == {
        "step": 40,
        "what": "input",
        "name": "",
        "count": 9,
        "samples": [3, 17],
        "affected": 2,
        "batch": 64,
    }
    losses = record(doctor)["course"]["losses"]
    assert sum(window["non_finite"] for window in losses["windows"]) == 10


def spoilt(model, loss=F.cross_entropy, data=None, at=5):
    """What was not finite first in a training whose step 5 is special."""
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    with watch(model) as doctor:
        train(model, steps=at, optimizer=optimizer, data=data)
        train(model, steps=3, optimizer=optimizer, loss=loss, begin=at, data=data)
    return record(doctor)["course"].get("first_non_finite")


def test_other_sources_of_what_is_not_finite():
    assert spoilt(mlp()) is None
    found = spoilt(mlp(), lambda y, t: (y * 0).exp().sub(1).log().mean())
    assert (found["step"], found["what"], found["name"]) == (5, "output", "log")
    # The root of zero is finite, and its slope is not.
    found = spoilt(mlp(), lambda y, t: (y * 0).sum(1).sqrt().mean())
    assert (found["step"], found["what"]) == (5, "gradient") and found["name"] == "0.weight"

    def target(y, t):
        return F.mse_loss(y[:, 0], torch.where(torch.arange(len(t)) == 4, float("nan"), 1.0))

    found = spoilt(mlp(), target)
    assert (found["step"], found["what"], found["samples"]) == (5, "target", [4])

    def spoil(y, t):
        with torch.no_grad():
            model[2].bias[1] = float("inf")
        return F.cross_entropy(model(clouds()[0][:64]), t)

    model = mlp()
    found = spoilt(model, spoil)
    assert (found["step"], found["what"], found["name"], found["count"]) == (5, "parameter", "2.bias", 1)


@pytest.mark.parametrize("every", [1, 1000])
def test_an_activation_is_named_in_a_watched_step(every):
    """Otherwise the operation is."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.out = nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)

        def forward(self, x):
            y = self.first(x)
            return self.out(self.act(y * 1e30 * 1e30 if self.broken else y))

    model = Net()
    model.broken = False
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    with watch(model, every=every) as doctor:
        train(model, steps=3, optimizer=optimizer)
        model.broken = True
        train(model, steps=1, optimizer=optimizer)
    found = record(doctor)["course"]["first_non_finite"]
    named = ("activation", "act") if every == 1 else ("output", "relu")
    assert (found["step"], found["what"], found["name"]) == (3, *named)


def test_an_explosion_is_dated():
    torch.manual_seed(0)
    model = he(mlp(depth=2))
    x, t = clouds()
    with watch(model) as doctor:
        losses = train(model, steps=200, lr=1e6, data=(x, x), loss=lambda y, t: (y - t[:, :3]).square().mean())
    first = next(step for step, loss in enumerate(losses) if not math.isfinite(loss))
    assert record(doctor)["course"]["first_non_finite"]["step"] in (first - 1, first)


class Held:
    """A small training, of which everything can be replaced."""

    def __init__(self, optimizer=None, handed=False, zero=True, step=True, scheduler=False):
        torch.manual_seed(0)
        self.model = mlp(depth=1)
        x, t = clouds()
        made = (optimizer or torch.optim.SGD)(self.model.parameters(), 0.01)
        rates = torch.optim.lr_scheduler.StepLR(made, 10, 0.1) if scheduler else None
        with watch(self.model, made if handed else None) as doctor:
            for i in range(40):
                rows = slice(i % 8 * 64, (i % 8 + 1) * 64)
                if zero:
                    self.model.zero_grad()
                F.cross_entropy(self.model(x[rows]), t[rows]).backward()
                if step:
                    made.step()
                if rates is not None:
                    rates.step()
        self.setup = record(doctor)["setup"]
        self.cost = doctor.to_dict()["cost"]
        self.course = record(doctor)["course"]


@pytest.mark.parametrize("handed", [True, False])
def test_the_optimiser(handed):
    seen = Held(lambda p, lr: torch.optim.AdamW(p, lr, weight_decay=0.1), handed, scheduler=True).setup
    assert seen["calls"] | {"leftovers_looked_for": 0, "directions_looked_at": 0} == {
        "forward": 40,
        "backward": 40,
        "optimizer": 40,
        "leftovers_looked_for": 0,
        "leftovers": 0,
        "directions_looked_at": 0,
        "uphill": 0,
    }
    (optimizer,) = seen["optimizers"]
    assert optimizer["learning_rate"] == pytest.approx({"first": 1e-2, "last": 1e-5, "min": 1e-5, "max": 1e-2})
    assert (optimizer["name"], optimizer["steps"], optimizer["held"], optimizer["foreign"]) == ("AdamW", 40, 4, 0)
    assert (optimizer["betas"], optimizer["momentum"], optimizer["weight_decay"]) == ([0.9, 0.999], None, 0.1)


@pytest.mark.parametrize("handed", [True, False])
def test_a_forgotten_step_of_the_optimiser(handed):
    seen = Held(handed=handed, step=False)
    assert (seen.setup["calls"]["backward"], seen.setup["calls"]["optimizer"]) == (40, 0)
    assert seen.cost["steps"] == 40
    assert sum(window["count"] for window in seen.course["losses"]["windows"]) == 40
    assert all(course["steps"] == 40 for course in seen.course["parameters"])


def test_forgotten_everything():
    """Neither gradients are cleared nor steps taken: from the 33rd pass on, each is taken for a step."""
    seen = Held(zero=False, step=False)
    assert (seen.setup["calls"]["backward"], seen.cost["steps"]) == (40, 9)


@pytest.mark.parametrize("handed", [True, False])
def test_an_optimiser_of_another_model(handed):
    other = mlp()
    seen = Held(lambda _, lr: torch.optim.SGD(other.parameters(), lr), handed)
    (optimizer,) = seen.setup["optimizers"]
    assert (optimizer["held"], optimizer["foreign"], optimizer["steps"]) == (0, 8, 40)
    assert not any(course["held"] for course in seen.course["parameters"])
    assert seen.cost["steps"] == 40


def test_an_optimiser_that_holds_a_part():
    seen = Held(lambda parameters, lr: torch.optim.SGD(list(parameters)[2:], lr))
    assert [course["held"] for course in seen.course["parameters"]] == [False, False, True, True]


@pytest.mark.parametrize("zero", [True, False])
@pytest.mark.parametrize("handed", [True, False])
def test_gradients_that_pile_up(zero, handed):
    calls = Held(zero=zero, handed=handed).setup["calls"]
    assert calls["leftovers_looked_for"] > 30
    assert calls["leftovers"] == (0 if zero else calls["leftovers_looked_for"])
