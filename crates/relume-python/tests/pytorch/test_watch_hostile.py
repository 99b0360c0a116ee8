"""Training as people write it: nothing breaks, nothing is changed, steps and passes are counted right."""

import warnings

import pytest
import torch

from pytorch.hostile import ACTS, PROGRAMS, STEPS, UNSEEN, net, plain
from relume.torch import watch


def trained(program, **options):
    torch.manual_seed(0)
    model = program.make()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="relume")
        if options:
            with watch(model, **options) as doctor:
                program.train(model)
        else:
            doctor = program.train(model)
    return model, doctor


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("name", PROGRAMS)
def test_bits_steps_and_passes(name, every):
    program = PROGRAMS[name]
    expected, _ = trained(program)
    model, doctor = trained(program, every=every)
    for mine, theirs in zip(model.state_dict().values(), expected.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)
    found = doctor.to_dict()
    calls = found["record"]["setup"]["calls"]
    assert found["cost"]["steps"] == program.steps
    assert (calls["forward"], calls["backward"]) == (program.forwards, program.backwards)
    assert found["cost"]["watched"] == len(range(0, program.steps, every))
    losses = found["record"]["course"].get("losses", {"windows": []})
    assert sum(window["count"] for window in losses["windows"]) == (program.steps if program.backwards else 0)
    assert not any("failed" in note for note in found["notes"])


@pytest.mark.parametrize("name", ACTS)
def test_rectifiers_are_seen_as_such(name):
    _, doctor = trained(PROGRAMS[name], every=1)
    (layer,) = doctor.to_dict()["record"]["layers"]
    assert layer["activation"] == "relu" and layer["units"] == 8 and layer["fan_in"] == 6
    assert doctor.to_dict()["record"]["snapshots"][-1]["layers"][0]["gradient_rms"] > 0


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_not_seen_is_said(name):
    _, doctor = trained(PROGRAMS[name], every=1)
    assert any("mask" in unseen["reason"] for unseen in doctor.to_dict()["record"]["unseen"])


def test_where_forward_is_called_by_itself_the_parts_are_seen():
    _, doctor = trained(PROGRAMS["model.forward(x)"], every=1)
    record = doctor.to_dict()["record"]
    assert [layer["name"] for layer in record["layers"]] == ["1"]
    assert record["weights"] == {"1": "0.weight"}
    assert "not called, but its parts: 0, 1, 2." in doctor.report(300)


def test_transforms_are_said_to_be_unseen():
    _, doctor = trained(PROGRAMS["torch.func"], every=1)
    assert "inside a transform of torch.func" in doctor.report(300)


@pytest.mark.parametrize("method", ["before", "after"])
def test_a_failure_beside_an_optimiser_ends_the_watching_and_not_the_training(method, monkeypatch):
    """Hooks of optimisers must not be taken away while they run."""
    model = net()
    with watch(model, every=1) as doctor:

        def fail(*_):
            raise RuntimeError("a bug of ours")

        monkeypatch.setattr(doctor._watcher.recorder, method, fail)
        with pytest.warns(RuntimeWarning, match="a bug of ours; training goes on"):
            plain(model)
    assert "a bug of ours" in doctor.report(200)


def test_an_optimiser_that_is_wrapped_is_known():
    class Wrapped(torch.optim.Optimizer):
        """As Accelerate does it."""

        def __init__(self, optimizer):
            self.optimizer = optimizer

    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with watch(model, Wrapped(optimizer), every=1) as doctor:
        plain(model, optimizer=lambda _: optimizer)
    assert doctor.to_dict()["cost"]["steps"] == STEPS
