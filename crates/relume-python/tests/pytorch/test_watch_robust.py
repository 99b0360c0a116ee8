"""Odd models and odd training: the doctor says what it can, and training goes on."""

import copy
import html
import io
import json
import pickle
import re
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import relume
from pytorch.nets import clouds, mlp, train
from relume import _native
from relume.torch import watch
from relume.torch._watch import _optimizer_steps, _patches


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """Neither hooks nor modes nor wrapped functions outlive a watch."""
    backward, scale = torch.autograd.backward, torch.amp.GradScaler.scale
    yield
    assert torch.autograd.backward is backward and torch.amp.GradScaler.scale is scale
    assert torch.overrides._get_current_function_mode_stack() == []
    assert not _optimizer_steps.listeners and not _patches.listeners


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def reasons(doctor):
    return {unseen["name"]: unseen["reason"] for unseen in doctor.to_dict()["record"].get("unseen", [])}


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("model",), TypeError, "takes a torch.nn.Module, not str"),
        ((mlp(), "adam"), TypeError, "optimizer is a torch.optim.Optimizer, not str"),
    ],
)
def test_wrong_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        watch(*arguments)


@pytest.mark.parametrize("every", [0, -1, 1.5, "2"])
def test_wrong_intervals(every):
    with pytest.raises(ValueError, match="at least 1"):
        watch(mlp(), every=every)


def test_no_step():
    with watch(mlp()) as doctor:
        pass
    text = doctor.report(80)
    assert "No step of training was seen." in text and "No forward pass of the model was seen" in text
    assert "Nothing was seen, so nothing can be said." in text
    assert doctor.findings == []


def test_eval_only():
    model = mlp().eval()
    with watch(model) as doctor:
        model(clouds()[0])
    assert "All forward passes were in eval()" in doctor.report(200)


def test_forward_without_backward_is_no_step():
    model = mlp()
    with watch(model, every=1) as doctor:
        for _ in range(3):
            model(clouds()[0])
    assert "No step of training was seen." in doctor.report(80)


def test_a_model_without_activations():
    model = nn.Linear(8, 3)
    with watch(model, every=1) as doctor:
        train(model, steps=5, lr=0.001)
    assert doctor.to_dict()["record"]["layers"] == []
    assert doctor.findings == [] and "5 of 5 steps" in doctor.report(80)


def test_a_model_that_is_one_activation():
    model = nn.PReLU(8)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, every=1) as doctor:
        for _ in range(3):
            model(clouds()[0]).square().mean().backward()
            optimizer.step()
    assert [info["name"] for info in doctor.to_dict()["record"]["layers"]] == ["prelu"]


def test_nan_from_the_first_step():
    model = mlp()
    x, t = clouds()
    with watch(model, every=1) as doctor:
        train(model, steps=10, data=(x * float("nan"), t))
    finding = doctor.findings[0]
    assert (finding.check, finding.severity) == ("non_finite_data", "fault")
    assert "the inputs of step 0 hold NaN" in finding.summary
    json.dumps(doctor.to_dict(), allow_nan=False)


def test_empty_batches():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, every=1) as doctor:
        model(torch.empty(0, 8)).sum().backward()
        optimizer.step()
        train(model, steps=3, optimizer=optimizer)
    assert doctor.to_dict()["cost"]["steps"] == 4
    assert sum(s["samples"] for s in doctor.to_dict()["record"]["snapshots"]) == 3 * 64


def test_shared_parameters_and_modules():
    linear, act = nn.Linear(8, 8), nn.ReLU()
    model = nn.Sequential(linear, act, linear, act, nn.Linear(8, 3))
    with watch(model, every=1) as doctor:
        train(model, steps=3)
    record = doctor.to_dict()["record"]
    assert [info["name"] for info in record["layers"]] == ["1", "1#2"]
    assert [p["name"] for p in record["parameters"]] == ["0.weight", "0.bias", "4.weight", "4.bias"]


def test_one_site_with_changing_units_is_not_observed():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 3)

        def forward(self, x):
            return self.linear(x) + F.relu(x @ x.T).sum()

    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with watch(model, every=1) as doctor:
        for n in (4, 5, 6):
            model(clouds()[0][:n]).sum().backward()
            optimizer.step()
    assert reasons(doctor) == {"relu#1": "the number of its units changes from call to call"}


def test_a_loop_over_time_has_an_end():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.act = nn.Linear(8, 8), nn.ReLU()

        def forward(self, x):
            for _ in range(100):
                x = self.act(self.linear(x))
            return x[:, :3]

    model = Loop()
    with watch(model, every=1) as doctor:
        train(model, steps=2)
    names = [info["name"] for info in doctor.to_dict()["record"]["layers"]]
    assert len(names) == 32 and names[:2] == ["act", "act#2"]


def test_hooks_of_others_work_on():
    model = mlp(depth=1)
    calls = []
    model.register_forward_hook(lambda *_: calls.append("forward"))
    model[1].register_full_backward_hook(lambda *_: calls.append("backward"))
    model[0].weight.register_hook(lambda g: calls.append("parameter"))
    model[1].register_forward_hook(lambda module, args, y: y * 2)
    with watch(model, every=1) as doctor:
        train(model, steps=2)
    assert sorted(calls) == ["backward"] * 2 + ["forward"] * 2 + ["parameter"] * 2
    assert doctor.to_dict()["cost"]["watched"] == 2


def test_two_doctors_of_one_model_see_the_same():
    model = mlp()
    first, second = watch(model, every=1), watch(model, every=1)
    train(model, steps=4)
    first.close()
    second.close()
    assert first.to_dict()["record"] == second.to_dict()["record"]
    assert hooks(model) == 0


class Faulty(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp()
        self.calls = 0

    def forward(self, x):
        y = self.net(x)
        self.calls += 1
        if self.calls == 5:
            raise self.error
        return y


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt()])
def test_an_exception_in_the_forward_pass(error):
    model = Faulty()
    model.error = error
    with pytest.raises(type(error)), watch(model, every=1) as doctor:
        train(model, steps=10)
    assert hooks(model) == 0
    found = doctor.to_dict()
    assert found["cost"]["steps"] == 4 and found["record"]["snapshots"]
    assert f"Training ended with an exception: {type(error).__name__}" in doctor.report(200)


def test_training_goes_on_after_an_exception():
    model = Faulty()
    model.error = ValueError("a bad batch")
    doctor = watch(model, every=1)
    with pytest.raises(ValueError, match="a bad batch"):
        train(model, steps=10)
    train(model, steps=3)
    doctor.close()
    assert doctor.to_dict()["cost"]["steps"] == 7


def test_an_exception_in_the_backward_pass_of_a_users_hook():
    model = mlp()
    doctor = watch(model, every=1)

    def refuse(_):
        raise ValueError("no gradient today")

    handle = model[2].weight.register_hook(refuse)
    with pytest.raises(ValueError, match="no gradient today"):
        train(model, steps=1)
    handle.remove()
    train(model, steps=2)
    doctor.close()
    assert doctor.to_dict()["cost"]["steps"] == 2


def test_a_failure_of_the_doctor_ends_the_watching_and_not_the_training(monkeypatch):
    model = mlp()
    doctor = watch(model, every=1)
    train(model, steps=2)

    def fail(*_):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(doctor._watcher.recorder, "output", fail)
    with pytest.warns(RuntimeWarning, match="a bug of ours; training goes on"):
        losses = train(model, steps=2)
    assert len(losses) == 2 and hooks(model) == 0
    assert "a bug of ours" in doctor.report(200) and doctor.to_dict()["cost"]["steps"] == 2


def test_copies_of_a_watched_model_are_not_watched():
    model = mlp()
    with watch(model, every=1) as doctor:
        train(model, steps=2)
        twin = copy.deepcopy(model)
        train(twin, steps=7)
        assert doctor.to_dict()["cost"]["steps"] == 2
        train(model, steps=1)
    assert doctor.to_dict()["cost"]["steps"] == 3


def test_pickling_a_watched_model_warns_and_works():
    model = mlp()
    with watch(model):
        with pytest.warns(UserWarning, match="close the doctor before pickling"):
            text = pickle.dumps(model)
        torch.save(model.state_dict(), io.BytesIO())
    twin = pickle.loads(text)
    x = clouds()[0]
    assert torch.equal(twin(x), model(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pickle.dumps(model)


def test_a_transformers_fused_path_in_eval_stays_as_it_is():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).requires_grad_(False)
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
            self.out = nn.Linear(8, 3)

        def forward(self, x):
            with torch.no_grad():
                x = self.frozen(x)
            return self.out(self.layer(x).mean(1))

    torch.manual_seed(0)
    model = Net()
    model.frozen.eval()
    data = torch.randn(64, 5, 8), torch.zeros(64).long()
    twin = copy.deepcopy(model)
    with watch(model, every=1) as doctor:
        train(model, steps=3, data=data)
    train(twin, steps=3, data=data)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), twin.parameters(), strict=True))
    assert [info["name"] for info in doctor.to_dict()["record"]["layers"]] == ["layer.relu#1"]


@pytest.mark.parametrize("part", ["root", "wrapped", "in place"])
def test_compiled_parts_are_not_observed(part):
    inner = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    if part == "in place":
        inner.compile(backend="eager")
    if part == "wrapped":
        inner = torch.compile(inner, backend="eager")
    model = nn.Sequential(inner, nn.Tanh(), nn.Linear(8, 3))
    if part == "root":
        model = torch.compile(model, backend="eager")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with watch(model, every=1) as doctor:
            train(model, steps=3)
    record = doctor.to_dict()["record"]
    assert doctor.to_dict()["cost"]["steps"] == 3
    assert "inside a compiled graph" in reasons(doctor).values()
    assert len(record["layers"]) == (0 if part == "root" else 1)
    assert all(p["update_ratio"] for p in record["snapshots"][-1]["parameters"][::2])


@pytest.mark.filterwarnings("ignore:.*is deprecated")
@pytest.mark.parametrize("whole", [True, False])
def test_scripted_parts_are_not_observed(whole):
    inner = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    if whole:
        model = torch.jit.script(nn.Sequential(inner, nn.Linear(8, 3)))
    else:
        model = nn.Sequential(torch.jit.script(inner), nn.Tanh(), nn.Linear(8, 3))
    with watch(model, every=1) as doctor:
        train(model, steps=3)
    assert doctor.to_dict()["cost"]["steps"] == 3
    assert [info["name"] for info in doctor.to_dict()["record"]["layers"]] == ([] if whole else ["1"])
    course = doctor.to_dict()["record"]["course"]
    assert len(course["losses"]["first"]) == 3 and all(p["steps"] == 3 for p in course["parameters"])


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointed_parts(reentrant):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.block = nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))

        def forward(self, x):
            return torch.utils.checkpoint.checkpoint(self.block, self.first(x), use_reentrant=reentrant)

    model = Net()
    with watch(model, every=1) as doctor:
        train(model, steps=3)
    assert sum(s["samples"] for s in doctor.to_dict()["record"]["snapshots"]) == 3 * 64


def test_steps_without_an_optimizer():
    model = mlp()
    x, t = clouds()
    with watch(model, every=1) as doctor:
        for _ in range(4):
            gradients = torch.autograd.grad(F.cross_entropy(model(x), t), list(model.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                    parameter -= 0.1 * gradient
    assert doctor.to_dict()["cost"]["steps"] == 4
    assert "The loss went from" in doctor.report(200)


def test_losses_that_are_handed_over():
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    with watch(model, every=1) as doctor:
        for loss in (4.0, 2.0, torch.tensor(1.0)):
            model(clouds()[0]).sum().backward()
            doctor.loss(loss)
            optimizer.step()
    assert "The loss went from 4 to 1." in doctor.report(200)


def test_what_a_constant_prediction_gives_is_found_from_the_targets():
    x, t = clouds()
    shares = torch.bincount(t[:192]) / 192

    def absolute(t):
        return (t - t.median(0).values).abs().mean().item()

    spread = absolute(x[:192, :2])
    cases = [
        (F.cross_entropy, t, 3, -(shares * shares.log()).sum().item()),
        (F.mse_loss, x[:, :2] * 3, 2, (x[:192, :2] * 3).var(0, correction=0).mean().item()),
        (F.l1_loss, x[:, :2], 2, spread),
        (lambda y, t: F.l1_loss(t, y), x[:, :2], 2, spread),
        (lambda y, t: (y.reshape(-1) - t.reshape(-1)).abs().mean(), x[:, :1], 1, absolute(x[:192, :1])),
        (lambda y, t: F.l1_loss(2 * y, t), x[:, :2], 2, None),
        (lambda y, t: F.l1_loss(y, t, reduction="sum"), x[:, :2], 2, spread * 128),
        (lambda y, t: F.cross_entropy(y, t) * 2, t, 3, -(shares * shares.log()).sum().item()),
        (lambda y, t: F.nll_loss(y.softmax(1), t), t, 3, None),
    ]
    for loss, target, outputs, expected in cases:
        model = mlp(outputs=outputs)
        with watch(model, every=1) as doctor:
            train(model, steps=3, data=(x, target), loss=loss)
        found = doctor.to_dict()["record"]["baseline_loss"]
        assert found == (expected if expected is None else pytest.approx(expected, rel=1e-4))


def test_live_lines(capsys):
    model = mlp()
    with torch.no_grad():
        model[2].bias -= 100
    with watch(model, every=1, live=True):
        train(model, steps=30)
        with torch.no_grad():
            model[2].bias += 100
        train(model, steps=300)
    lines = capsys.readouterr().out.splitlines()
    assert any("fault: " in line and "dead" in line for line in lines), lines
    assert any("resolved: dead_units" in line for line in lines), lines


def test_saved_counts_are_added_up(tmp_path):
    model = mlp()
    doctors = []
    for _ in range(2):
        with watch(model, every=1) as doctor:
            train(model, steps=5)
        doctors.append(doctor)
        doctor.save(tmp_path / f"{len(doctors)}.relume")
    runs = [_native.Run.load(tmp_path / f"{i}.relume") for i in (1, 2)]
    assert json.loads(runs[0].json())["record"] == doctors[0].to_dict()["record"]
    runs[0].merge(runs[1])
    merged = json.loads(runs[0].json())["record"]["snapshots"]
    assert sum(s["samples"] for s in merged) == 2 * 5 * 64
    with watch(model := mlp(width=7), every=1) as other:
        train(model, steps=2)
    with pytest.raises(ValueError, match="layers of the two networks differ"):
        runs[0].merge(other._run())
    (tmp_path / "broken").write_text('{"schema": "relume-run/1"')
    with pytest.raises(ValueError, match="broken"):
        _native.Run.load(tmp_path / "broken")
    with pytest.raises(OSError, match="nowhere"):
        doctors[0].save(tmp_path / "nowhere" / "x.relume")


def test_the_page(tmp_path):
    model = mlp()
    with watch(model, every=1) as doctor:
        train(model, steps=5)
    doctor.to_html(tmp_path / "doctor.html")
    text = (tmp_path / "doctor.html").read_text()
    assert (
        text.startswith("<!DOCTYPE html>")
        and "Nothing wrong was found." in text
        and "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    )


@pytest.mark.parametrize(("act", "lr"), [(nn.ReLU, 30.0), (nn.Sigmoid, 0.05)])
def test_the_code_on_the_page_runs(tmp_path, act, lr):
    torch.manual_seed(0)
    model = mlp(depth=8, act=act)
    with watch(model, every=1) as doctor:
        train(model, steps=120, lr=lr)
    doctor.to_html(tmp_path / "doctor.html")
    snippets = re.findall(r"<code>(.*?)</code>", (tmp_path / "doctor.html").read_text(), re.S)
    x, _ = clouds()
    assert doctor.findings and snippets
    kinds = set()
    for snippet in map(html.unescape, snippets):
        mended = copy.deepcopy(model)
        optimizer = torch.optim.SGD(mended.parameters(), lr)
        optimizer.step()
        names = {"torch": torch, "nn": nn, "relume": relume, "model": mended, "optimizer": optimizer, "x": x}
        names["doctor"] = doctor
        exec(snippet, names)
        # What is left is a model that runs, and an optimiser of its parameters.
        assert mended(x).shape == (len(x), 3) and isinstance(names["optimizer"], torch.optim.Optimizer)
        kinds |= {type(module).__name__ for module in mended.modules()}
    assert {"GELU", "LayerNorm"} <= kinds


def test_optimizers_of_other_models_end_no_steps():
    model, other = mlp(), mlp()
    with watch(model, every=1) as doctor:
        train(model, steps=2)
        train(other, steps=5)
        train(model, steps=2)
    assert doctor.to_dict()["cost"]["steps"] == 4
