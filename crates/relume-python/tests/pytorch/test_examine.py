"""Examinations by experiment: which single change helps is known; nothing of the user's is touched."""

import copy
import json
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import _get_current_function_mode_stack
from torch.utils.data import DataLoader, TensorDataset

from pytorch import faulty
from pytorch.faulty import Program
from relume.torch import examine, watch
from relume.torch._examine import _course
from relume.torch._examine._experiments import EXPERIMENTS
from relume.torch._examine._judgement import beats, learning
from relume.torch._watch import _optimizer_steps

SEEDS = (41,)
"""Not one of those that thresholds were looked at with. With 42 the same was seen."""


def quietly(model, optimizer, loss_fn, batches, seconds=900, **kwargs):
    """With more time than it takes even on a busy machine."""
    return examine(model, optimizer, loss_fn, batches, seconds, **{"progress": False} | kwargs)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("make", "change", "checks"), faulty.FAULTY, ids=lambda each: getattr(each, "__name__", ""))
def test_the_change_that_makes_it_learn_is_known(make, change, checks, seed):
    examination = quietly(*make(seed).arguments())
    assert change in examination.helps, examination
    assert examination.cause in checks, examination
    helping = next(outcome for outcome in examination.experiments if outcome.name == change)
    assert helping.loss < (examination.experiments[0].loss or 1e30) and helping.learning.startswith("learns")
    assert examination.ended is None and examination.left_out == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", faulty.HEALTHY.values(), ids=faulty.HEALTHY)
def test_what_is_sound_learns_as_it_is(make, seed):
    examination = quietly(*make(seed).arguments())
    assert examination.learns and examination.cause is None and "learns as it is" in examination.headline
    assert set(examination.helps) <= {faulty.FASTER}


def test_no_mode_stays_behind():
    quietly(*faulty.softmax_in_forward(41).arguments())
    assert not _get_current_function_mode_stack()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_helps_where_there_is_nothing_to_learn(seed):
    examination = quietly(*faulty.unrelated_labels(seed).arguments())
    assert examination.helps == () and examination.cause == "not_learning" and not examination.learns
    assert "none of the changes" in examination.headline


def test_the_headline_is_corrected():
    """The doctor finds nothing in so few steps that learn almost nothing; the experiments say why."""
    examination = quietly(*Program(41, rate=0.03).arguments())
    assert examination.doctor.findings == []
    assert examination.cause == "update_size" and faulty.FASTER in examination.headline


def states(model, optimizer):
    parts = [*model.state_dict().values(), *(p.grad for p in model.parameters())]
    memory = [value for each in optimizer.state.values() for value in each.values()]
    return copy.deepcopy([*parts, *memory]), repr(optimizer.param_groups)


def generators():
    return torch.get_rng_state().tolist(), random.getstate(), repr(np.random.get_state())


class WithDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 3)
        self.frozen = nn.Parameter(torch.ones(16), requires_grad=False)

    def forward(self, x):
        random.random()
        return self.last(F.dropout(torch.relu(self.norm(self.first(x))) * self.frozen, 0.5, self.training))


@pytest.fixture
def started():
    """A training that is under way, with a scheduler, in eval, with a hook."""
    program = Program(1)
    program.model = WithDropout()
    head = [{"params": program.model.last.parameters(), "lr": 0.1}]
    body = [{"params": [*program.model.first.parameters(), *program.model.norm.parameters()], "lr": 0.02}]
    optimizer = torch.optim.SGD(head + body, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    _, _, loss_fn, batches = program.arguments()
    for batch in batches[:3]:
        optimizer.zero_grad()
        loss_fn(program.model, batch).backward()
        optimizer.step()
        schedule.step()
    program.model.eval()
    program.model.norm.train()
    return program.model, optimizer, loss_fn, batches


def test_nothing_of_the_users_is_touched(started):
    model, optimizer, loss_fn, batches = started
    hook = model.register_forward_hook(lambda *args: None)
    before, groups = states(model, optimizer)
    modes = [module.training for module in model.modules()]
    drawn = generators()
    with torch.no_grad():
        examination = quietly(model, optimizer, loss_fn, batches)
    assert len(examination.experiments) > 5
    after, groups_after = states(model, optimizer)
    assert groups == groups_after and len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert old is new is None or (torch.equal(old, new) if isinstance(old, torch.Tensor) else old == new)
    assert [module.training for module in model.modules()] == modes
    assert generators() == drawn
    assert list(model._forward_hooks) == [hook.id] and not model._forward_pre_hooks
    assert not optimizer._optimizer_step_pre_hooks and not model.frozen.requires_grad
    assert not _get_current_function_mode_stack()
    assert not _optimizer_steps.listeners


def test_batches_that_a_loss_changes_are_not_touched():
    program = faulty.raw_inputs(3)
    model, optimizer, _, batches = program.arguments()
    before = program.x.clone()
    batches = [(x.detach().requires_grad_(), t) for x, t in batches]

    def loss_fn(model, batch):
        x = batch[0]
        batch[1].clamp_(max=1)
        y = model(x)
        smooth = torch.autograd.grad(y.sum(), x, create_graph=True)[0].square().mean()
        loss = F.cross_entropy(y, batch[1]) + 1e-3 * smooth
        return loss

    examination = quietly(model, optimizer, loss_fn, batches, steps=20)
    assert len(examination.experiments) > 5
    assert torch.equal(torch.cat([x for x, _ in batches]), before) and all(x.grad is None for x, _ in batches)
    assert max(t.max().item() for _, t in batches) == 2


def test_the_same_twice_whatever_was_drawn_before(started):
    first = quietly(*started)
    torch.rand(5)
    random.random()
    again = quietly(*started)
    assert first.to_dict() == again.to_dict() and len(first.experiments) > 5


def test_a_loader_draws_the_same_and_keeps_its_generator():
    program = Program(1, rate=0.1)
    data = TensorDataset(program.x, program.t)
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(data, 64, shuffle=True, generator=generator)
    model, optimizer, loss_fn, _ = program.arguments()
    state, drawn = generator.get_state(), generators()
    first = quietly(model, optimizer, loss_fn, loader)
    assert torch.equal(generator.get_state(), state) and generators() == drawn
    assert first.to_dict() == quietly(model, optimizer, loss_fn, loader).to_dict()
    assert first.batches == 60 and "60 batches" in first.report(100)


def test_no_more_is_taken_of_an_iterator_than_there_are_steps():
    program = Program(1)
    model, optimizer, loss_fn, batches = program.arguments()
    iterator = iter(batches)
    assert quietly(model, optimizer, loss_fn, iterator, steps=20).batches == 20
    assert next(iterator) is batches[20]
    assert quietly(model, optimizer, loss_fn, batches[:7]).batches == 7


@pytest.mark.parametrize("kind", ["dict", "tensor", "part of the model"])
def test_batches_and_losses_as_people_write_them(kind):
    program = faulty.raw_inputs(3)
    batches = list(zip(program.x.split(64), program.t.split(64), strict=True))

    class Returns(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = program.model

        def forward(self, input=None, labels=None):
            return {"loss": F.cross_entropy(self.net(input), labels)}

    model, loss_fn = program.model, None
    if kind == "dict":
        model = Returns()
        batches = [{"input": x, "labels": t} for x, t in batches]
        loss_fn = lambda model, batch: model(**batch)["loss"]  # noqa: E731
    elif kind == "tensor":
        model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 8))
        batches = list(program.x.split(64))
        loss_fn = lambda model, batch: F.mse_loss(model(batch), (batch - 500) / 200)  # noqa: E731
    else:
        model = Returns()
        loss_fn = lambda model, batch: F.cross_entropy(model.net(batch[0]), batch[1])  # noqa: E731
    examination = quietly(model, torch.optim.SGD(model.parameters(), 0.1), loss_fn, batches)
    assert faulty.STANDARDISED in examination.helps and examination.cause == "input_scale", examination


@pytest.mark.parametrize("kind", ["LBFGS", "RMSprop", "Adagrad", "NAdam", "Rprop", "ASGD"])
def test_any_optimizer_is_copied_with_what_it_remembers(kind):
    program = Program(2)
    model, _, loss_fn, batches = program.arguments()
    rate = 0.1 if kind in ("LBFGS", "Adagrad") else 0.01
    optimizer = getattr(torch.optim, kind)(model.parameters(), lr=rate)

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(model, batches[0])
        loss.backward()
        return loss

    optimizer.step(closure)
    examination = quietly(model, optimizer, loss_fn, batches[:1])
    assert examination.experiments[0].losses[-1] < examination.experiments[0].losses[0]


class Clock:
    """A time that goes on at each look."""

    def __init__(self, by):
        self.now, self.by = 0.0, by

    def __call__(self):
        self.now += self.by
        return self.now


def test_what_there_was_no_time_for_is_said(monkeypatch):
    arguments = faulty.raw_inputs(3).arguments()
    whole = quietly(*arguments)
    monkeypatch.setattr(_course, "monotonic", Clock(0.1))
    cut = quietly(*arguments, seconds=30)
    assert cut.ended == "out of time" and 1 < len(cut.experiments) < len(whole.experiments)
    names = [outcome.name for outcome in whole.experiments]
    assert [*(outcome.name for outcome in cut.experiments), *cut.left_out] == names
    # What did run is what it would have been.
    for short, long in zip(cut.experiments, whole.experiments, strict=False):
        assert short == long
    assert "out of time" in str(cut) and "Not all experiments ran" in cut.headline


def test_too_little_time_for_the_unchanged_training(monkeypatch):
    monkeypatch.setattr(_course, "monotonic", Clock(0.1))
    cut = quietly(*faulty.raw_inputs(3).arguments(), seconds=2)
    assert len(cut.experiments) == 1 and cut.experiments[0].learning is None and not cut.learns
    assert cut.ended == "out of time" and "cut short" in str(cut)


def test_an_interruption_gives_what_is_known(monkeypatch):
    calls = 0

    def interrupted(model, batch):
        nonlocal calls
        calls += 1
        if calls == 200:
            raise KeyboardInterrupt
        return F.cross_entropy(model(batch[0]), batch[1])

    model, optimizer, _, batches = faulty.raw_inputs(3).arguments()
    known = quietly(model, optimizer, interrupted, batches)
    assert known.ended == "interrupted" and len(known.experiments) == 3
    assert known.left_out[0] == EXPERIMENTS[3].name and "interrupted" in known.report(100)


def test_progress_is_shown_of_what_takes_longer(monkeypatch, capsys):
    arguments = faulty.raw_inputs(3).arguments()
    monkeypatch.setattr(_course, "monotonic", Clock(0.0))
    examine(*arguments)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(_course, "monotonic", Clock(0.01))
    examine(*arguments)
    assert "examining: " in capsys.readouterr().err


def test_a_result_in_text_data_and_html():
    examination = quietly(*faulty.raw_inputs(3).arguments())
    lines = examination.report(100).splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert [line for line in lines if line.startswith(faulty.STANDARDISED) and "helps" in line]
    data = json.loads(json.dumps(examination.to_dict()))
    assert data["cause"] == "input_scale" and data["experiments"][0]["name"] == "unchanged"
    page = examination._repr_html_()
    assert page.count("<svg") == len(examination.experiments) and f"<b>{faulty.STANDARDISED}</b>" in page
    assert "input_scale" in repr(examination)


def test_the_judgement_is_the_doctors():
    model, optimizer, loss_fn, batches = Program(4, rate=0.1).arguments()
    examination = quietly(model, optimizer, loss_fn, batches)
    unchanged = examination.experiments[0]
    with watch(model, optimizer=optimizer) as doctor:
        for batch in batches:
            optimizer.zero_grad()
            loss_fn(model, batch).backward()
            optimizer.step()
    seen = doctor.to_dict()
    assert unchanged.learning == seen["learning"]["state"]
    assert examination.reference == pytest.approx(seen["record"]["baseline_loss"])
    assert learning(unchanged.losses, examination.reference) == unchanged.learning


def test_noise_alone_never_beats():
    """Two courses of the same level: of 2,000 pairs hardly one is called clearly better."""
    noise = np.random.default_rng(0)
    pairs = 1 + 0.3 * noise.standard_normal((2000, 2, 60))
    assert sum(beats(a, b, 1.0) for a, b in pairs.tolist()) <= 5
    shifted = pairs - np.array([0.8, 0.0])[None, :, None]
    assert sum(beats(a, b, 1.0) for a, b in shifted.tolist()) > 1900


def test_wrong_arguments_are_errors_that_say_what_to_do():
    model, optimizer, loss_fn, batches = Program(1).arguments()

    class Keeps(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(8, 3)

        def forward(self, x):
            self.kept = self.layer(x)
            return self.kept

    keeps = Keeps()
    keeps(batches[0][0])
    for arguments, error, words in [
        ((3, optimizer, loss_fn, batches), TypeError, "takes a torch.nn.Module"),
        ((model, 0.1, loss_fn, batches), TypeError, "torch.optim.Optimizer"),
        ((model, optimizer, nn.CrossEntropyLoss(), batches), TypeError, r"loss_fn\(model, batch\)"),
        ((model, optimizer, F.cross_entropy, batches), TypeError, r"loss_fn\(model, batch\)"),
        ((model, optimizer, loss_fn, []), ValueError, "empty"),
        ((model, optimizer, loss_fn, iter([])), ValueError, "used up"),
        ((model, optimizer, loss_fn, batches[0]), TypeError, r"one batch.*list of them"),
        ((model, optimizer, loss_fn, batches[0][0]), TypeError, "a tensor of shape"),
        ((model, optimizer, loss_fn, 5), TypeError, "list of batches"),
        ((model, optimizer, lambda m, b: 0.5, batches), ValueError, r"a float.*loss.item"),
        ((model, optimizer, lambda m, b: m(b[0]), batches), ValueError, r"shape \(64, 3\).*mean"),
        ((model, optimizer, lambda m, b: m(b[0]).sum().detach(), batches), ValueError, "no gradient"),
        ((model, optimizer, lambda m, b: model(b[0]).sum(), batches), ValueError, "uses the model that was given"),
        ((model, optimizer, loss_fn, [(torch.ones(64, 5), batches[0][1])]), ValueError, r"batch 0.*\(64, 5\)"),
        ((keeps, torch.optim.SGD(keeps.parameters(), 0.1), loss_fn, batches), TypeError, r"detach\(\)"),
    ]:
        with pytest.raises(error, match=words):
            quietly(*arguments)
    for wrong in (0, -1, float("nan"), "long", True):
        with pytest.raises(ValueError, match="seconds"):
            quietly(model, optimizer, loss_fn, batches, wrong)
    with pytest.raises(ValueError, match="steps"):
        quietly(model, optimizer, loss_fn, batches, steps=3)
    assert all(p.grad is None for p in model.parameters())


def test_an_experiment_that_cannot_be_tried_says_why():
    """Binary cross-entropy of what is no probability is an error of PyTorch's, not of the examination."""
    program = Program(3, outputs=1, loss=F.binary_cross_entropy, last=[nn.Sigmoid()], rate=1e-4)
    program.t = (program.x[:, :1] > 0).float()
    by_name = {outcome.name: outcome for outcome in quietly(*program.arguments()).experiments}
    assert "between 0 and 1" in by_name[faulty.WITHOUT_LAST].untried and by_name[faulty.WITHOUT_LAST].helps is None


def test_a_model_that_is_watched_can_be_examined():
    model, optimizer, loss_fn, batches = Program(1).arguments()
    with watch(model, optimizer=optimizer) as doctor:
        for batch in batches[:3]:
            optimizer.zero_grad()
            loss_fn(model, batch).backward()
            optimizer.step()
        examination = quietly(model, optimizer, loss_fn, batches)
    assert examination.learns
    assert doctor.to_dict()["learning"]["steps"] == 3
