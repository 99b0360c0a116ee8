"""What the doctor sees, against an independent measurement; and that training does not notice."""

import copy
import json

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import relume.torch
from pytorch.naive import Naive
from pytorch.nets import clouds, he, mlp, train
from relume.torch import watch


def layers(doctor):
    """What was seen of each layer, by name, in the last stretch, and the steps of this stretch."""
    record = doctor.to_dict()["record"]
    last = record["snapshots"][-1]
    return {info["name"]: seen for info, seen in zip(record["layers"], last["layers"], strict=True)}, last["steps"]


def names(doctor):
    return [info["name"] for info in doctor.to_dict()["record"]["layers"]]


@pytest.mark.parametrize("act", [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.ReLU6])
def test_counts_are_those_of_a_naive_measurement(act):
    torch.manual_seed(1)
    model = mlp(act=act)
    with torch.no_grad():
        model[0].bias[:5] = -30
        model[2].weight *= 6
    naive = Naive({"1": model[1], "3": model[3], "5": model[5]})
    with watch(model, every=1) as doctor:
        train(model, steps=90)
    seen, steps = layers(doctor)
    assert seen.keys() == {"1", "3", "5"} and steps[1] == 89
    for name, layer in seen.items():
        assert layer["zeros"] == pytest.approx(naive.zeros(name, steps))
        assert layer["input_mean"] == pytest.approx(
            naive.joined(naive.x, name, steps).mean().item(), rel=1e-4, abs=1e-5
        )
        assert layer["input_std"] == pytest.approx(naive.joined(naive.x, name, steps).std().item(), rel=1e-3)
        assert layer["output_rms"] == pytest.approx(naive.rms(naive.y, name, steps), rel=1e-4)
        assert layer["gradient_rms"] == pytest.approx(naive.rms(naive.dx, name, steps), rel=1e-4)
        if act in (nn.ReLU, nn.ReLU6):
            assert (layer["silent"], layer["dead"]) == (naive.silent(name, steps), naive.dead(name, steps))
        else:
            # The slope is below 1 % of the largest beyond 2.9932 and 5.9866.
            beyond = 2.9932 if act is nn.Tanh else 5.9866
            assert layer["saturated"] == naive.saturated(name, steps, beyond)
    assert seen["1"]["dead"] >= 5 if act is nn.ReLU else seen["1"]["saturated"] >= 5 or act is nn.ReLU6


def test_updates_and_gradients_of_parameters():
    torch.manual_seed(2)
    model = mlp(depth=1)
    weight = model[0].weight
    ratios = []
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    before = []
    optimizer.register_step_pre_hook(lambda *_: before.append(weight.detach().clone()))
    optimizer.register_step_post_hook(
        lambda *_: ratios.append(((weight - before[-1]).norm() / before[-1].norm()).item())
    )
    with watch(model, every=1) as doctor:
        train(model, steps=3, optimizer=optimizer)
    record = doctor.to_dict()["record"]
    assert [p["name"] for p in record["parameters"]] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    last = record["snapshots"][-1]["parameters"][0]
    # The update of the first step belongs to the first stretch that was trained; medians are within 5 %.
    assert last["update_ratio"] == pytest.approx(sorted(ratios)[1], rel=0.06)
    assert last["update_peak"] == pytest.approx(max(ratios), rel=1e-3)


class Mixed(nn.Module):
    """Modules and functions, in place and not, one module used twice."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.block = nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.again = nn.Conv2d(4, 4, 3, padding=1)
        self.act = nn.LeakyReLU(0.2)
        self.fc = nn.Linear(4, 3)
        self.unused = nn.ELU()

    def forward(self, x):
        x = self.block(self.conv(x))
        x = self.act(self.again(x))
        x = self.act(x + F.gelu(self.again(x), approximate="tanh"))
        x = x.mean((2, 3)).relu_()
        return self.fc(torch.tanh(input=x).sigmoid())


def images(n=256):
    random = torch.Generator().manual_seed(0)
    x = torch.randn(n, 1, 8, 8, generator=random)
    return x, (x.mean((1, 2, 3)) > 0).long()


def test_modules_and_functions_are_found_in_order():
    model = Mixed()
    with watch(model, every=1) as doctor:
        train(model, steps=3, data=images())
    record = doctor.to_dict()["record"]
    found = {info["name"]: (info["activation"], info["units"]) for info in record["layers"]}
    assert list(found.items()) == [
        ("block.1", ("relu", 4)),
        ("act", ("leaky_relu(slope=0.2)", 4)),
        ("gelu#1", ("gelu_tanh", 4)),
        ("act#2", ("leaky_relu(slope=0.2)", 4)),
        ("relu#1", ("relu", 4)),
        ("tanh#1", ("tanh", 4)),
        ("sigmoid#1", ("sigmoid", 4)),
    ]
    assert record["unseen"] == [{"name": "unused", "reason": "never called in a training step that was watched"}]
    assert "unused: not observed: never called" in doctor.report(200)
    assert record["weights"]["act"] == "again.weight"
    assert all(layer["gradient_rms"] > 0 for layer in record["snapshots"][-1]["layers"])


def test_in_place_activations_do_not_falsify_what_goes_in():
    torch.manual_seed(0)
    inplace, plain = Mixed(), Mixed()
    plain.load_state_dict(inplace.state_dict())
    plain.block[1] = nn.ReLU()
    doctors = []
    for model in (inplace, plain):
        with watch(model, every=1) as doctor:
            train(model, steps=3, data=images())
        doctors.append(doctor.to_dict()["record"]["snapshots"][-1]["layers"])
    assert doctors[0] == doctors[1]
    assert doctors[0][0]["input_mean"] < doctors[0][0]["output_rms"]


@pytest.mark.parametrize("channels_last", [False, True])
def test_units_of_pictures_are_channels(channels_last):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2))
    with torch.no_grad():
        model[0].bias[:2] = -20
    x, t = images()
    if channels_last:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
        assert model[0](x[:2]).is_contiguous(memory_format=torch.channels_last)
    naive = Naive({"1": model[1]}, axis=1)
    with watch(model, every=1) as doctor:
        train(model, steps=40, data=(x, t))
    seen, steps = layers(doctor)
    assert seen["1"]["dead"] == naive.dead("1", steps) >= 2
    assert seen["1"]["zeros"] == pytest.approx(naive.zeros("1", steps))
    assert doctor.to_dict()["record"]["snapshots"][0]["samples"] == 64


def test_units_of_sequences_and_of_one_dimensional_convolutions():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(3, 5, 3)
            self.linear = nn.Linear(6, 7)
            self.out = nn.Linear(7, 2)

        def forward(self, x):
            x = F.relu(self.conv(x))
            return self.out(F.silu(self.linear(x)).mean(1))

    model = Net()
    with watch(model, every=1) as doctor:
        train(model, steps=2, data=(torch.randn(64, 3, 8), torch.zeros(64).long()))
    assert [info["units"] for info in doctor.to_dict()["record"]["layers"]] == [5, 7]


def weights_after(model, watched, **options):
    """The weights after training, with or without the doctor."""
    torch.manual_seed(3)
    model = copy.deepcopy(model)
    if watched:
        with watch(model, **options):
            train(model, steps=20, data=images())
    else:
        train(model, steps=20, data=images())
    return [value.clone() for value in model.state_dict().values()]


@pytest.mark.parametrize("every", [1, 3, None])
@pytest.mark.parametrize("ours", [False, True], ids=["PyTorch", "relume"])
def test_training_gives_the_same_bits(every, ours):
    torch.manual_seed(0)
    model = nn.Sequential(Mixed(), nn.Dropout(0.2), nn.Linear(3, 16), nn.Mish(), nn.Linear(16, 3))
    if ours:
        relume.torch.replace(model)
    for a, b in zip(weights_after(model, False), weights_after(model, True, every=every), strict=True):
        assert torch.equal(a, b)


def test_relumes_own_modules_and_functions_are_seen_and_computed_by_relume():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 16)
            self.act = relume.torch.Mish()

        def forward(self, x):
            y = self.act(self.linear(x))
            self.node = y.grad_fn
            return relume.torch.softplus(y)[:, :3]

    model = Net()
    with watch(model, every=1) as doctor:
        train(model, steps=3)
        assert type(model.node).__name__ == "FromInputBackward"
    assert names(doctor) == ["act", "softplus#1"]
    assert all(layer["gradient_rms"] > 0 for layer in layers(doctor)[0].values())


def test_eval_passes_are_not_mixed_in():
    model = mlp(depth=1)
    with watch(model, every=1) as doctor:
        for step in range(5):
            train(model, steps=1, begin=step)
            model.eval()
            with torch.no_grad():
                model(torch.full((512, 8), 1e6))
            model.train()
            with torch.no_grad():
                model(torch.full((512, 8), 1e6))
    record = doctor.to_dict()["record"]
    assert sum(s["samples"] for s in record["snapshots"]) == 5 * 64
    assert all(s["layers"][0]["input_std"] < 100 for s in record["snapshots"])


def test_gradient_accumulation_is_one_step():
    torch.manual_seed(0)
    model = mlp(depth=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    x, t = clouds()
    with watch(model, every=1) as doctor:
        for _ in range(6):
            optimizer.zero_grad()
            for part in range(4):
                rows = slice(part * 32, (part + 1) * 32)
                (F.cross_entropy(model(x[rows]), t[rows]) / 4).backward()
            optimizer.step()
    found = doctor.to_dict()
    # Before the first step of an optimiser it is not known that there is one, so its parts count by themselves.
    assert found["cost"]["steps"] in (6, 9)
    assert sum(s["samples"] for s in found["record"]["snapshots"]) == 6 * 128


def test_frozen_layers_have_no_gradient_and_no_updates():
    model = mlp(depth=3)
    for parameter in model[:3].parameters():
        parameter.requires_grad_(False)
    with watch(model, every=1) as doctor:
        train(model, steps=40)
    seen, _ = layers(doctor)
    assert [layer.get("gradient_rms") is None for layer in seen.values()] == [True, True, False]
    assert [p["name"] for p in doctor.to_dict()["record"]["parameters"]] == ["4.weight", "4.bias", "6.weight", "6.bias"]
    assert doctor.findings == []


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_types_of_numbers(dtype):
    torch.manual_seed(0)
    model = mlp(depth=1).to(dtype)
    naive = Naive({"1": model[1]})
    x, t = clouds()
    with watch(model, every=1) as doctor:
        train(model, steps=4, data=(x.to(dtype), t))
    seen, steps = layers(doctor)
    assert seen["1"]["zeros"] == pytest.approx(naive.zeros("1", steps))
    assert seen["1"]["gradient_rms"] == pytest.approx(naive.rms(naive.dx, "1", steps), rel=1e-4)


def test_double_precision_keeps_what_single_would_lose():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1)).double()
    with watch(model, every=1) as doctor:
        train(
            model,
            steps=3,
            data=(torch.randn(512, 4).double(), torch.zeros(512, 1)),
            lr=1e-300,
            loss=lambda y, t: (y - t).square().mean() * 1e-60,
        )
    record = doctor.to_dict()["record"]
    assert record["snapshots"][-1]["layers"][0]["dead"] == 0
    assert record["snapshots"][-1]["layers"][0]["non_finite"] == 0


def test_autocast_with_a_gradient_scaler_is_judged_unscaled():
    results = []
    for scaled in (False, True):
        torch.manual_seed(0)
        model = mlp(depth=2)
        optimizer = torch.optim.SGD(model.parameters(), 0.01)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, enabled=scaled)
        x, t = clouds()
        with watch(model, every=1) as doctor:
            for step in range(4):
                optimizer.zero_grad()
                with torch.autocast("cpu", torch.bfloat16):
                    loss = F.cross_entropy(model(x[:64]), t[:64])
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
        record = doctor.to_dict()["record"]
        results.append((record["snapshots"][-1], doctor))
    plain, scaled = (snapshot for snapshot, _ in results)
    assert scaled["loss"] == pytest.approx(plain["loss"], rel=1e-2)
    for a, b in zip(plain["layers"], scaled["layers"], strict=True):
        assert b["gradient_rms"] == pytest.approx(a["gradient_rms"], rel=0.05)
    for a, b in zip(plain["parameters"], scaled["parameters"], strict=True):
        assert b["gradient_rms"] == pytest.approx(a["gradient_rms"], rel=0.05)


def test_steps_that_the_scaler_leaves_out_are_no_explosion():
    model = mlp(depth=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126)
    x, t = clouds()
    with watch(model, every=1) as doctor:
        for _ in range(40):
            optimizer.zero_grad()
            scaler.scale(100 * F.cross_entropy(model(x[:64]), t[:64])).backward()
            scaler.step(optimizer)
            scaler.update()
    assert "left out" in doctor.report(200)
    assert not [f for f in doctor.findings if f.check == "exploding_gradient"]


def test_memory_does_not_grow_with_steps():
    model = mlp(depth=1, width=4)
    doctor = watch(model, every=1)
    windows = []
    for steps in (100, 900, 1000):
        train(model, steps=steps, batch=4)
        windows.append(len(json.loads(doctor._watcher.recorder.run.dumps())["windows"]))
    doctor.close()
    assert all(16 < n <= 33 for n in windows)
    assert doctor.to_dict()["record"]["snapshots"][-1]["steps"][1] == 1999


def test_a_healthy_sparse_net_is_left_in_peace():
    torch.manual_seed(0)
    model = he(mlp(depth=2, width=256))
    with torch.no_grad():
        for linear in (model[0], model[2]):
            linear.bias -= 1.0
    with watch(model, every=1) as doctor:
        losses = train(model, steps=200, lr=0.1)
    seen, _ = layers(doctor)
    assert losses[-1] < 0.2 * losses[0]
    assert all(0.5 < layer["zeros"] < 0.85 for layer in seen.values()), seen
    assert doctor.findings == []
    assert "Nothing wrong was found." in doctor.report()


def sick(cause):
    torch.manual_seed(0)
    if cause == "dead":
        model = he(mlp(depth=3))
        nn.init.constant_(model[2].bias, -100.0)
        return model, 0.05
    if cause == "vanishing":
        return mlp(depth=10, act=nn.Sigmoid), 0.01
    return he(mlp(depth=8), gain=8.0), 1e-7


@pytest.mark.parametrize(
    ("cause", "check"),
    [
        ("dead", "born_dead"),
        ("dead", "dead_units"),
        ("vanishing", "vanishing_gradient"),
        ("exploding", "exploding_gradient"),
    ],
)
def test_sick_nets_are_found(cause, check):
    model, lr = sick(cause)
    with watch(model, every=1) as doctor:
        train(model, steps=100, lr=lr, data=(clouds()[0], torch.randint(3, (512,))))
    assert check in [finding.check for finding in doctor.findings], doctor.report()
    finding = next(finding for finding in doctor.findings if finding.check == check)
    assert finding.certainty and finding.evidence
    assert bool(finding.prescription) == (finding.follows_from is None), "what follows is not treated by itself"
    if cause == "dead":
        assert finding.layers[0] == "3"
    assert check.replace("_", " ") in doctor.report()
