"""Passes and steps, however they come about: parts that are called by themselves, closures, accumulation."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from pytorch.nets import clouds, mlp, train
from relume.torch import watch

X, T = clouds()


def steps(doctor):
    return doctor.to_dict()["cost"]["steps"]


def batches(n):
    for i in range(n):
        rows = torch.arange(i * 64, (i + 1) * 64) % len(X)
        yield X[rows], T[rows]


class Container(nn.Module):
    """Its own forward is not called in training, as in Lightning."""

    def __init__(self):
        super().__init__()
        self.net = mlp()
        nn.init.constant_(self.net[2].bias, -100.0)

    def forward(self, x):
        raise AssertionError("not called")

    def training_step(self, x, t):
        return F.cross_entropy(self.net(x), t)


@pytest.mark.parametrize("every", [1, None])
def test_a_part_that_is_called_by_itself(every):
    model = Container()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with watch(model, every=every) as doctor:
        for x, t in batches(80):
            optimizer.zero_grad()
            model.training_step(x, t).backward()
            optimizer.step()
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 80
    assert [layer["name"] for layer in record["layers"]] == ["net.1", "net.3", "net.5"]
    assert record["snapshots"][-1]["layers"][1]["dead"] == 32
    assert sum(window["count"] for window in record["course"]["losses"]["windows"]) == 80
    assert record["baseline_loss"] is not None


def test_an_actor_and_a_critic_with_methods():
    class Agent(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(8, 16), nn.Tanh())
            self.actor, self.critic = nn.Linear(16, 3), nn.Linear(16, 1)

        def act(self, x):
            return self.actor(self.body(x))

        def value(self, x):
            return F.relu(self.critic(self.body(x)))

    model = Agent()
    optimizer = torch.optim.Adam(model.parameters())
    with watch(model, every=1) as doctor:
        for x, t in batches(10):
            loss = F.cross_entropy(model.act(x), t) + model.value(x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 10 and [layer["name"] for layer in record["layers"]] == ["body.1"]
    assert record["snapshots"][-1]["layers"][0]["gradient_rms"] > 0


def test_a_generator_and_a_discriminator():
    class Gan(nn.Module):
        def __init__(self):
            super().__init__()
            self.generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
            self.discriminator = nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))

    torch.manual_seed(0)
    model = Gan()
    one, zero = torch.ones(64, 1), torch.zeros(64, 1)
    of_generator = torch.optim.Adam(model.generator.parameters(), 1e-3)
    of_discriminator = torch.optim.Adam(model.discriminator.parameters(), 1e-3)
    loss = F.binary_cross_entropy_with_logits
    with watch(model) as doctor:
        for x, _ in batches(40):
            z = torch.randn(64, 4)
            of_discriminator.zero_grad()
            fake = model.generator(z).detach()
            (loss(model.discriminator(x), one) + loss(model.discriminator(fake), zero)).backward()
            of_discriminator.step()
            of_generator.zero_grad()
            loss(model.discriminator(model.generator(z)), one).backward()
            of_generator.step()
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 80
    assert {layer["name"] for layer in record["layers"]} == {"generator.1", "discriminator.1"}
    assert [optimizer["held"] for optimizer in record["setup"]["optimizers"]] == [4, 4]
    assert record["setup"]["calls"]["leftovers"] == 0
    assert all(course["held"] for course in record["course"]["parameters"])


def test_evaluation_of_a_part_is_none_of_training():
    model = Container()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with watch(model, every=1) as doctor:
        for x, t in batches(6):
            optimizer.zero_grad()
            model.training_step(x, t).backward()
            optimizer.step()
            model.eval()
            with torch.no_grad():
                model.net(1e6 * x)
            model.train()
    record = doctor.to_dict()["record"]
    assert sum(s["samples"] for s in record["snapshots"]) == 6 * 64
    assert record["setup"]["inputs"]["values"]["max"] < 100


@pytest.mark.parametrize("handed", [True, False])
@pytest.mark.parametrize("lbfgs", [True, False])
def test_closures(handed, lbfgs):
    torch.manual_seed(0)
    model = mlp(depth=1)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4) if lbfgs else torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, optimizer if handed else None, every=1) as doctor:
        for x, t in batches(30):

            def closure(x=x, t=t):
                loss = F.cross_entropy(model(x), t)
                optimizer.zero_grad()
                loss.backward()
                return loss

            optimizer.step(closure)
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 30 == record["setup"]["calls"]["optimizer"]
    assert all(course["steps"] == 30 for course in record["course"]["parameters"])
    assert record["snapshots"][-1]["parameters"][0]["update_peak"] > 0


@pytest.mark.parametrize("divided", [True, False])
@pytest.mark.parametrize("handed", [True, False])
@pytest.mark.parametrize("to_none", [True, False])
def test_accumulation(divided, handed, to_none):
    torch.manual_seed(0)
    model = mlp(depth=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    seen = []
    with watch(model, optimizer if handed else None) as doctor:
        for i, (x, t) in enumerate(batches(80)):
            loss = F.cross_entropy(model(x), t)
            seen.append(loss.item())
            (loss / 4 if divided else loss).backward()
            if i % 4 == 3:
                optimizer.step()
                optimizer.zero_grad(set_to_none=to_none)
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 20
    found = [one["loss"] for one in record["course"]["losses"]["first"]]
    assert found == pytest.approx([sum(seen[i : i + 4]) / 4 for i in range(0, 80, 4)], rel=1e-5)
    assert record["setup"]["calls"]["leftovers"] == 0
    assert 0.9 < record["baseline_loss"] < 1.1


def test_two_optimisers_that_share_a_step():
    model = mlp(depth=1)
    first = torch.optim.SGD(model[0].parameters(), 0.05)
    second = torch.optim.Adam(model[2].parameters())
    with watch(model, every=1) as doctor:
        for x, t in batches(12):
            first.zero_grad()
            second.zero_grad()
            F.cross_entropy(model(x), t).backward()
            first.step()
            second.step()
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 12
    assert [optimizer["steps"] for optimizer in record["setup"]["optimizers"]] == [12, 12]
    updates = dict(zip([p["name"] for p in record["parameters"]], record["snapshots"][-1]["parameters"], strict=True))
    assert all(updates[name]["update_ratio"] > 0 for name in ("0.weight", "2.weight"))


def test_gradients_that_are_asked_for():
    """Without ``backward``, as in learning to learn."""
    torch.manual_seed(0)
    model = mlp(depth=1)
    losses = []
    with watch(model, every=1) as doctor:
        for x, t in batches(10):
            loss = F.cross_entropy(model(x), t)
            losses.append(loss.item())
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                    parameter -= 0.1 * gradient
    assert steps(doctor) == 10
    course = doctor.to_dict()["record"]["course"]["losses"]
    assert [one["loss"] for one in course["first"]] == pytest.approx(losses)


@pytest.mark.parametrize("which", ["compiled", "inside", "in place"])
def test_of_a_compiled_model_losses_gradients_and_updates_are_known(which):
    torch.manual_seed(0)
    inner = mlp()
    model = inner
    if which == "in place":
        inner.compile(backend="eager")
    else:
        model = torch.compile(inner, backend="eager")
    with watch(inner if which == "inside" else model) as doctor:
        losses = train(model, steps=30)
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 30
    assert [one["loss"] for one in record["course"]["losses"]["first"]] == pytest.approx(losses[:30])
    assert all(course["steps"] == 30 for course in record["course"]["parameters"])
    assert all(p["update_ratio"] for p in record["snapshots"][-1]["parameters"][::2])
    assert record["baseline_loss"] is not None
    if record["layers"] == []:
        assert "nothing is known of its layers" in doctor.report(300)
    # What was not seen is not called healthy.
    assert "Nothing wrong was found" not in doctor.report(300)


def test_a_loss_that_no_gradient_comes_from():
    """Its step is a step of training all the same."""
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with watch(model) as doctor:
        for x, t in batches(20):
            optimizer.zero_grad()
            loss = (model(x).argmax(1) == t).float().mean().requires_grad_()
            loss.backward()
            optimizer.step()
    record = doctor.to_dict()["record"]
    assert steps(doctor) == 20 and record["setup"]["loss"]["reaches_network"] is False
    assert all(course["missing"] == 20 for course in record["course"]["parameters"])
    assert sum(window["count"] for window in record["course"]["losses"]["windows"]) == 20


def test_losses_that_are_computed_in_turns_are_all_known():
    model, other = nn.Linear(8, 3), nn.Linear(8, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    losses = (
        lambda y: y.sum(),
        lambda y: F.mse_loss(y, torch.zeros_like(y)),
        lambda y: F.cross_entropy(y, T[:64]),
        lambda y: F.cross_entropy(y, T[:64]) / 4,
        lambda y: torch.stack([y.sum() * 0.0, *(part.square().mean() for part in y.split(16))]).sum(),
        lambda y: ((y.exp().log() + 0.0).square() + 0.0).mean().sqrt(),
    )
    stated = []
    with watch(model) as doctor:
        for i in range(120):
            of_other = losses[(i + 1) % len(losses)](other(X[:64]))
            optimizer.zero_grad()
            loss = losses[i * i % 7 % len(losses)](model(X[:64]))
            of_other.backward()
            loss.backward()
            optimizer.step()
            stated.append(loss.item() * (4 if i * i % 7 % len(losses) == 3 else 1))
    course = doctor.to_dict()["record"]["course"]["losses"]
    assert sum(window["count"] for window in course["windows"]) == 120
    assert [one["loss"] for one in course["first"]] == pytest.approx(stated[: len(course["first"])])
    mean = sum(window["mean"] * window["count"] for window in course["windows"]) / 120
    assert mean == pytest.approx(sum(stated) / 120, rel=1e-5)


def test_losses_of_other_models_are_left_out():
    torch.manual_seed(0)
    model, other = mlp(), mlp()
    optimizer = torch.optim.SGD([*model.parameters(), *other.parameters()], 0.05)
    losses = []
    with watch(model) as doctor:
        for x, t in batches(20):
            optimizer.zero_grad()
            y = other(x)
            loss = F.cross_entropy(model(x), t)
            (100 * y.square().mean() + 100).backward()
            loss.backward()
            losses.append(loss.item())
            optimizer.step()
    course = doctor.to_dict()["record"]["course"]["losses"]
    assert [one["loss"] for one in course["first"]] == pytest.approx(losses)


class Acts(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.first, self.out, self.act = nn.Linear(8, 16), nn.Linear(16, 3), act

    def forward(self, x):
        return self.out(self.act(self.first(x)))


@pytest.mark.parametrize(
    ("act", "name", "activation"),
    [
        (lambda x: x.clamp(min=0), "clamp#1", "relu"),
        (lambda x: torch.clamp(x, 0), "clamp#1", "relu"),
        (lambda x: x.clamp_min(0.0), "clamp_min#1", "relu"),
        (lambda x: x.clip(min=0), "clip#1", "relu"),
        (lambda x: torch.maximum(x, torch.zeros_like(x)), "maximum#1", "relu"),
        (lambda x: torch.max(x, torch.zeros(())), "max#1", "relu"),
        (lambda x: x.clamp(-1, 1), "clamp#1", "hard_tanh(min=-1, max=1)"),
        (lambda x: x.clamp(0, 6), "clamp#1", "relu6"),
    ],
)
def test_bounds_act_as_activations(act, name, activation):
    torch.manual_seed(0)
    model = Acts(act)
    nn.init.constant_(model.first.bias[:4].detach(), -100.0)
    with torch.no_grad():
        model.first.bias[:4] = -100.0
    with watch(model, every=1) as doctor:
        train(model, steps=20)
    record = doctor.to_dict()["record"]
    (layer,) = record["layers"]
    assert layer["name"] == name and layer["activation"].startswith(activation)
    if activation.startswith("relu"):
        assert record["snapshots"][-1]["layers"][0]["dead"] == 4
        assert record["weights"] == {name: "first.weight"}


@pytest.mark.parametrize("act", [lambda x: torch.where(x > 0, x, 0.01 * x), lambda x: x * (x > x.mean())])
def test_masks_are_listed_as_not_observed(act):
    model = Acts(act)
    with watch(model, every=1) as doctor:
        train(model, steps=3)
    (unseen,) = doctor.to_dict()["record"]["unseen"]
    assert unseen["name"] in ("where#1", "mul#1") and "mask" in unseen["reason"]


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "batch_first": True}])
def test_a_recurrent_layer_of_rectifiers_can_be_dead(options):
    class Net(nn.Module):
        def __init__(self, bias):
            super().__init__()
            self.layer, self.out = nn.RNN(4, 32, nonlinearity="relu", **options), nn.Linear(32, 1)
            for name, parameter in self.layer.named_parameters():
                if "bias_ih" in name:
                    nn.init.constant_(parameter, bias)

        def forward(self, x):
            return self.out(self.layer(x)[0][:, -1])

    for bias, least, most in ((-50.0, 32, 32), (0.0, 0, 8)):
        torch.manual_seed(0)
        model = Net(bias)
        x = torch.randn(64, 5, 4)
        with watch(model, every=1) as doctor:
            train(model, steps=30, data=(x, x.mean((1, 2))[:, None]), loss=F.mse_loss)
        assert least <= doctor.to_dict()["record"]["snapshots"][-1]["layers"][0]["dead"] <= most
