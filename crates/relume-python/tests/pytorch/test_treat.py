"""What the doctor prescribes, carried out."""

import copy
import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import _get_current_function_mode_stack

from relume.torch import Prescription, treat, watch


def net(bias=0.0):
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
    nn.init.constant_(model[2].bias, bias)
    return model


def fit(model, optimizer, steps=20, inputs=(8,), scale=1.0):
    losses = []
    for _ in range(steps):
        x = torch.randn(64, *inputs) * scale
        t = x.flatten(1)[:, :3].argmax(1)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-10:]) / 10


def examined(model, optimizer, **kwargs):
    with watch(model, every=1) as doctor:
        fit(model, optimizer, **kwargs)
    return doctor


def first(doctor, kind):
    return next(prescription for prescription in doctor.prescribe() if prescription.kind == kind)


@pytest.fixture
def sick():
    model = net(bias=-100.0)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    return model, optimizer, examined(model, optimizer)


def test_dead_units_are_revived_and_the_model_learns_again(sick):
    model, optimizer, doctor = sick
    assert fit(model, optimizer, 200) > 1.05, "it is sick: a constant has log 3"
    revive = first(doctor, "revive")
    assert revive.layers == ("3",) and revive.targets[0].module == "2" and revive.targets[0].units == tuple(range(32))
    x = torch.randn(9, 8)
    before = model(x)
    treatment = treat(model, revive, optimizer)
    assert len(treatment.changed) == 2 and treatment.left == ()
    assert torch.equal(model(x), before), "the outgoing weights are zero"
    assert not model[4].weight.any() and not model[2].bias.any() and model[2].weight.std() > 0.1
    assert not optimizer.state[model[4].weight]["momentum_buffer"].any()
    assert fit(model, optimizer, 300) < 0.5


def test_live_units_are_left_alone():
    model = net()
    with torch.no_grad():
        model[2].bias[:20] = -100.0
    optimizer = torch.optim.Adam(model.parameters(), 1e-5)
    revive = first(examined(model, optimizer), "revive")
    dead, alive = list(range(20)), list(range(20, 32))
    assert revive.targets[0].units == tuple(dead)
    weights, reading = model[2].weight.detach().clone(), model[4].weight.detach().clone()
    squares = optimizer.state[model[2].weight]["exp_avg_sq"].clone()
    treat(model, revive, optimizer)
    assert torch.equal(model[2].weight[alive], weights[alive]) and not (model[2].weight[dead] == weights[dead]).any()
    assert torch.equal(model[4].weight[:, alive], reading[:, alive]) and not model[4].weight[:, dead].any()
    assert torch.equal(optimizer.state[model[2].weight]["exp_avg_sq"][alive], squares[alive])


def test_channels_are_revived_through_normalisation_pooling_and_flattening():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3)
    )
    nn.init.constant_(model[1].bias, -100.0)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    doctor = examined(model, optimizer, inputs=(1, 8, 8))
    assert doctor.findings[0].layers == ("2",)
    found = [p for p in doctor.prescribe() if p.kind == "revive" and p.applies]
    assert found, "the convolution or its normalisation is known"
    treatment = treat(model, found[0], optimizer)
    assert treatment.left == ()
    assert not model[5].weight.any() and not model[1].bias.any()


def test_readers_that_cannot_be_known_are_left():
    class Added(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.last = nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)
            nn.init.constant_(self.first.bias, -100.0)

        def forward(self, x):
            return self.last(self.act(self.first(x)) + 0.0 * x)

    model = Added()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    revive = first(examined(model, optimizer), "revive")
    before = model.last.weight.detach().clone()
    treatment = treat(model, revive, optimizer)
    assert treatment.left == ("the outgoing weights of the units of act: they go through add()",)
    assert torch.equal(model.last.weight, before) and not model.first.bias.any()


def test_the_learning_rate():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 100.0)
    lower = examined(model, optimizer).prescribe()[0]
    assert (lower.kind, lower.check) == ("lower_learning_rate", "update_size")
    after = 100 * lower.value
    assert after <= 10 and lower.text.endswith(f"Here: from 100 to {after:g}.")
    assert treat(model, lower, optimizer).changed == (f"the learning rate is {after:g}, it was 100",)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(after)
    with pytest.raises(ValueError, match=r"(?s)needs the optimizer.*group\[\"lr\"\] /= 10+"):
        treat(model, lower)


def test_steps_too_small_ask_for_a_higher_one():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 1e-6)
    raised = examined(model, optimizer).prescribe()[0]
    assert (raised.kind, raised.check) == ("raise_learning_rate", "update_size")
    treat(model, raised, optimizer)
    steps = examined(model, optimizer).to_dict()["record"]["snapshots"][-1]["parameters"]
    weights = steps[::2]
    assert 1e-4 < max(step["update_ratio"] for step in weights) < 1e-2


def exploding():
    """A deep network with weights three times as large as He's, whose steps are too small to change it."""
    torch.manual_seed(1)
    hidden = [layer for _ in range(12) for layer in (nn.Linear(16, 16), nn.ReLU())]
    model = nn.Sequential(*hidden, nn.Linear(16, 3))
    for layer in model[::2]:
        nn.init.normal_(layer.weight, 0.0, 3 * math.sqrt(2 / 16))
    return model


def test_gradients_are_clipped_until_the_treatment_ends():
    model = exploding()
    optimizer = torch.optim.SGD(model.parameters(), 1e-30)
    clip = first(examined(model, optimizer, inputs=(16,)), "clip")
    treatment = treat(model, clip, optimizer)

    def norm_after_a_step():
        fit(model, optimizer, 1, inputs=(16,))
        return math.sqrt(sum(p.grad.double().square().sum() for p in model.parameters()))

    assert norm_after_a_step() == pytest.approx(clip.value, rel=1e-3)
    treatment.end()
    assert norm_after_a_step() > 100


def test_another_activation_stands_in_the_named_layers_alone(sick):
    model, optimizer, doctor = sick
    exchange = first(doctor, "activation")
    assert exchange.activation == "gelu" and exchange.layers == ("3",)
    assert treat(model, exchange).changed == ("3 is GELU, it was ReLU",)
    assert isinstance(model[3], nn.GELU) and isinstance(model[1], nn.ReLU)


def test_layers_are_initialised_by_the_rule_of_their_activation(sick):
    model, optimizer, doctor = sick
    wide = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(400, 500), nn.ReLU(), nn.Linear(500, 3))
    treat(wide, first(doctor, "initialise"))
    assert wide[2].weight.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.02) and not wide[2].bias.any()
    treat(model, first(doctor, "initialise"), optimizer)
    assert fit(model, optimizer, 200) < 0.5


def test_normalisations_are_put_behind_and_trained():
    model = exploding()
    optimizer = torch.optim.SGD(model.parameters(), 0.03)
    same = exploding()
    doctor = examined(same, torch.optim.SGD(same.parameters(), 1e-30), inputs=(16,))
    normalise = first(doctor, "normalise")
    treat(model, normalise, optimizer)
    norms = [module for module in model.modules() if isinstance(module, nn.LayerNorm)]
    trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert len(norms) == 12 and all(id(norm.weight) in trained for norm in norms)
    assert fit(model, optimizer, 400, inputs=(16,)) < 1.0, "a constant has log 3"


def test_what_it_cannot_do_is_an_error_with_the_code(sick):
    model, _, doctor = sick
    raw = net()
    standardise = first(examined(raw, torch.optim.SGD(raw.parameters(), 0.1), scale=1e4), "standardise")
    with pytest.raises(ValueError, match="standardise needs inputs, the training data"):
        treat(model, standardise)
    wider = first(doctor, "wider")
    assert wider.code is None
    with pytest.raises(ValueError, match="this is for you to do: Make narrow layers wider"):
        treat(model, wider)
    with pytest.raises(ValueError, match="no module '2'; is it the one that was watched"):
        treat(nn.Sequential(nn.Linear(8, 3)), first(doctor, "revive"))


def test_functions_cannot_be_exchanged():
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(8, 8), nn.Linear(8, 3)
            nn.init.constant_(self.first.bias, -100.0)

        def forward(self, x):
            return self.last(F.relu(self.first(x)))

    model = Functional()
    doctor = examined(model, torch.optim.SGD(model.parameters(), 0.1))
    exchange = first(doctor, "activation")
    assert not exchange.applies
    with pytest.raises(ValueError, match="F.gelu instead of relu"):
        treat(model, exchange)
    assert treat(model, first(doctor, "revive")).left == ()


def test_nothing_is_prescribed_twice_nor_to_a_healthy_model(sick):
    *_, doctor = sick
    prescribed = doctor.prescribe()
    changes = [(p.kind, p.targets, p.activation) for p in prescribed]
    assert len(set(changes)) == len(changes) > 3
    model = net()
    assert examined(model, torch.optim.Adam(model.parameters(), 0.01), steps=200).prescribe() == []


def test_a_recurrent_layer_draws_its_own_weights():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(8, 16, batch_first=True)
            self.last = nn.Linear(16, 3)

        def forward(self, x):
            return self.last(self.lstm(x)[0][:, -1])

    torch.manual_seed(0)
    model = Net()
    for name, bias in model.lstm.named_parameters():
        if "bias" in name:
            nn.init.constant_(bias, -20.0)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    with watch(model, every=1) as doctor:
        fit(model, optimizer, 120, inputs=(6, 8))
    treatment = treat(model, first(doctor, "initialise"), optimizer)
    assert treatment.changed == ("initialised lstm as PyTorch does",) and treatment.left == ()
    assert max(p.abs().max() for p in model.lstm.parameters()) <= 0.25
    assert not any(state["exp_avg"].any() for p, state in optimizer.state.items() if len(p) == 64)


def test_an_activation_of_another_kind_draws_the_weights_by_its_rule():
    torch.manual_seed(0)
    layers = [layer for i in range(8) for layer in (nn.Linear(8 if i == 0 else 64, 64), nn.Sigmoid())]
    model = nn.Sequential(*layers, nn.Linear(64, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    exchange = first(examined(model, optimizer, steps=120), "activation")
    changed = treat(model, exchange, optimizer).changed
    assert "1 is GELU, it was Sigmoid" in changed and "initialised 2 by He's rule" in changed
    assert model[2].weight.std().item() == pytest.approx(math.sqrt(2 / 64), rel=0.1)


def test_what_was_normalised_can_be_treated_again(sick):
    """One treatment after another on the same layer, in any order."""
    for later in ("initialise", "activation", "revive", "normalise"):
        model = net(bias=-100.0)
        optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
        doctor = examined(model, optimizer)
        for group in optimizer.param_groups:
            group["lr"] = 0.003
        treat(model, first(doctor, "normalise"), optimizer)
        linear, norm = model[2]
        treatment = treat(model, first(doctor, later), optimizer)
        assert treatment.changed and treatment.left == (), later
        assert model[2][0] is linear and model[2][1] is norm
        if later == "initialise":
            assert not linear.bias.any()
        # What was added has the rate that its layer has now, not the one that the optimiser began with.
        group = next(g for g in optimizer.param_groups if any(p is norm.weight for p in g["params"]))
        assert group["lr"] == 0.003 and any(p is linear.weight for p in group["params"])
        assert len(optimizer.param_groups) == 1
        fit(model, optimizer, 20)


def test_all_or_nothing(sick):
    """A treatment that cannot be finished changes nothing."""
    _, _, doctor = sick
    exchange = first(doctor, "activation")
    two = replace(exchange, targets=(*exchange.targets, replace(exchange.targets[0], layer="9", module="9")))
    model = net()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    kinds = [type(module) for module in model]
    with pytest.raises(ValueError, match="no module '9'"):
        treat(model, two)
    assert [type(module) for module in model] == kinds
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_inputs_are_standardised_by_the_training_data():
    torch.manual_seed(3)
    x = 500 + 200 * torch.randn(640, 8)
    x[:, 7] = 3.0
    standardise = prescribed("standardise")
    model = net()
    seen = []
    model[0].register_forward_hook(lambda module, args, output: seen.append(args[0]))
    treatment = treat(model, standardise, inputs=x)
    assert treatment.changed == ("standardised the inputs of Sequential",)
    model(x)
    expected = ((x - x.mean(0)) / x.std(0).clamp_min(1e-6)).clamp(-5, 5)
    assert torch.allclose(seen[0], expected, atol=1e-4) and not seen[0][:, 7].any()
    copied = net()
    treat(copied, standardise, inputs=torch.randn(9, 8))
    copied.load_state_dict(model.state_dict())
    assert torch.equal(copied(x), model(x)), "the numbers are part of the model"
    assert torch.equal(copy.deepcopy(model)(x), model(x))
    assert treat(model, standardise, inputs=x).changed == ("the inputs are standardised already",)


def test_inputs_that_cannot_be_standardised_leave_the_model_as_it_was():
    standardise = prescribed("standardise")
    model = net()
    names = list(model.state_dict())
    for inputs, words in [
        (torch.ones(9, 8), "all the same"),
        (torch.zeros(9, dtype=torch.int64), "no floating-point"),
        (torch.tensor([[1.0], [float("nan")]]), "not finite"),
    ]:
        with pytest.raises(ValueError, match=words):
            treat(model, standardise, inputs=inputs)
    assert list(model.state_dict()) == names and not model._forward_pre_hooks


class EndsWith(nn.Module):
    """A softmax in forward; reshaped behind it, and called elsewhere, too."""

    def __init__(self, end):
        super().__init__()
        self.inner, self.act, self.end = nn.Linear(8, 3), nn.ReLU(), end

    def logits(self, x):
        return self.inner(x * torch.softmax(x, 1))

    def forward(self, x):
        return self.end(self.logits(x))


@pytest.mark.parametrize(
    "end",
    [
        lambda y: F.softmax(y, dim=1),
        lambda y: torch.sigmoid(y),
        lambda y: y.tanh(),
        lambda y: F.relu(y),
        lambda y: torch.relu_(y),
        nn.Softmax(1),
        nn.Sequential(nn.Flatten(), nn.Sigmoid()),
    ],
)
def test_the_last_activation_is_taken_away(end, take_away):
    torch.manual_seed(5)
    model, x = EndsWith(end), torch.randn(64, 8)
    expected, before = model.logits(x), model(x)
    assert not torch.allclose(expected, before)
    (change,) = treat(model, take_away).changed
    assert "last activation" in change
    assert torch.equal(model(x), expected) and torch.equal(copy.deepcopy(model)(x), expected)
    with watch(model, every=1):
        assert torch.equal(model(x), expected)
    with pytest.raises(RuntimeError, match="shape"):
        model(torch.randn(64, 5))
    assert not _get_current_function_mode_stack(), "no mode stays behind"
    model(x).sum().backward()
    assert model.inner.weight.grad is not None


def test_of_an_activation_that_is_used_twice_only_the_last_use_goes(take_away):
    class Twice(EndsWith):
        def forward(self, x):
            return self.act(self.logits(self.act(x))).squeeze(1)

    torch.manual_seed(5)
    model, x = Twice(None), torch.randn(64, 8)
    treat(model, take_away)
    assert torch.equal(model(x), model.logits(x.relu()))


def test_where_there_is_no_last_activation_nothing_is_changed(take_away):
    class Branches(nn.Module):
        def forward(self, x):
            return x.relu() if x.sum() > 0 else x

    for model, words in [
        (net(), "none behind the last layer"),
        (nn.Sequential(nn.Linear(8, 3), nn.LogSoftmax(1)), "none behind the last layer"),
        (Branches(), "torch.fx cannot trace"),
    ]:
        before = str(model)
        with pytest.raises(ValueError, match=words):
            treat(model, take_away)
        assert str(model) == before and not model._forward_hooks


@pytest.fixture
def take_away():
    return prescribed("take_last_activation_away")


def prescribed(kind):
    """As the doctor prescribes it, whatever was seen."""
    return Prescription("", kind, (), None, None, kind, None, applies=True)
