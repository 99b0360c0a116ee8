"""Treatments tried against two controls."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from pytorch import tiny
from relume.torch import trial, watch


def healthy():
    return tiny.make_model(nn.ReLU)


def sick():
    model = healthy()
    nn.init.constant_(model[2].bias, -100.0)
    return model


@pytest.fixture(scope="module")
def prescriptions():
    torch.manual_seed(0)
    model = sick()
    with watch(model, every=1) as doctor:
        tiny.fit(model)
    found = {}
    for prescription in doctor.prescribe():
        found.setdefault(prescription.kind, prescription)
    # A lower rate is not prescribed here; it is what is tried beside.
    slower = replace(found["initialise"], kind="lower_learning_rate", targets=(), value=0.1)
    return found | {"lower_learning_rate": slower}


def quietly(*args, **kwargs):
    return trial(*args, **{"progress": False, "seeds": 12} | kwargs)


def test_a_treatment_of_a_sick_model_beats_both_controls(prescriptions, tmp_path):
    tried = [prescriptions[kind] for kind in ("lower_learning_rate", "initialise")]
    result = quietly(sick, tiny.train, tried)
    assert result.controls == ("unchanged", "learning rate × 0.1")
    assert result.verdicts["initialise in 3"] == "helps"
    # Neither control learns; whether that is the same to within half a point takes more seeds than these.
    assert result.verdicts["learning rate × 0.1"] in ("does not help", "undecided")
    assert "initialise in 3: helps" in result.report() and "helps" in repr(result)
    result.to_html(tmp_path / "page.html")
    assert "initialise in 3" in (tmp_path / "page.html").read_text()


def test_dead_units_of_the_model_are_revived(prescriptions):
    assert quietly(sick, tiny.train, [prescriptions["revive"]]).verdicts == {"revive in 3": "helps"}


def test_the_same_treatment_of_a_healthy_model_does_not_help(prescriptions):
    """It draws new weights for one layer, which is no more than another seed."""
    verdicts = quietly(healthy, tiny.train, [prescriptions["initialise"]], margin=0.1).verdicts
    assert verdicts == {"initialise in 3": "does not help"}


def test_a_learning_rate_alone_is_known_for_what_it_is(prescriptions):
    """Ten times too small a learning rate: what helps is the learning rate, and nothing beside it does."""

    def train(model, seed):
        optimizer = torch.optim.SGD(model.parameters(), 1e-4)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
        x, t = tiny.DATA
        for _ in range(40):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[:400]), t[:400]).backward()
            optimizer.step()
            schedule.step()
            assert optimizer.param_groups[0]["lr"] == 1e-4
        return tiny.accuracy(model)

    faster = replace(prescriptions["lower_learning_rate"], kind="raise_learning_rate", value=1000.0)
    verdicts = quietly(healthy, train, [faster, prescriptions["initialise"]]).verdicts
    assert verdicts["learning rate × 1000"] == "helps" and verdicts["initialise in 3"] != "helps"


def test_steps_are_clipped_and_scaled_as_by_hand(prescriptions, tmp_path):
    clip = replace(prescriptions["lower_learning_rate"], kind="clip", value=0.01)
    seen = {}

    def train(model, seed):
        before = [p.detach().clone() for p in model.parameters()]
        tiny.fit(model, steps=1, lr=0.1)
        moved = [(p.detach() - old).square().sum() for p, old in zip(model.parameters(), before, strict=True)]
        seen.setdefault(seed, []).append(sum(moved).sqrt().item())
        return 0.5

    quietly(healthy, train, [clip], seeds=1)
    unchanged, slower, clipped = seen[0]
    assert slower == pytest.approx(unchanged / 10, rel=1e-3)
    assert clipped == pytest.approx(0.1 * 0.01, rel=1e-3)


def test_arguments_that_will_not_do(prescriptions):
    cannot = replace(prescriptions["initialise"], applies=False)
    for model, tried, error, words in [
        (healthy(), [prescriptions["initialise"]], TypeError, "make_model"),
        (healthy, [], ValueError, "no prescription"),
        (healthy, [prescriptions["initialise"]] * 2, ValueError, "prescribed twice"),
        (healthy, [cannot], ValueError, "cannot be tried"),
        (lambda: 3, [prescriptions["initialise"]], TypeError, "returned a int"),
    ]:
        with pytest.raises(error, match=words):
            quietly(model, tiny.train, tried)
