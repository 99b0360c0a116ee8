"""Which steps are watched in full: by their numbers alone."""

import time

import pytest
import torch
from torch import nn

from pytorch.nets import mlp, train
from relume.torch import watch
from relume.torch._watch._schedule import Schedule


def watched(steps, every=None, budget=None, seconds=lambda step: (1.0, 0.1)):
    schedule = Schedule(every, budget)
    numbers = []
    for step in range(steps):
        own = 0.0
        duration, cost = seconds(step)
        if schedule.begin():
            numbers.append(step)
            own = cost
        schedule.end(duration + own, own)
    return numbers, schedule


def test_densely_at_first_and_then_spread_with_always_recent_ones():
    numbers, _ = watched(100_000)
    assert numbers[:32] == list(range(32))
    gaps = [b - a for a, b in zip(numbers, numbers[1:], strict=False)]
    assert all(gap <= max(1, a / 16) and gap <= max(64, a / 256) for a, gap in zip(numbers, gaps, strict=False))
    assert max(gaps) <= 256
    for steps in (50, 300, 1000, 10_000, 100_000):
        share = sum(number < steps for number in numbers) / steps
        assert steps * share > min(steps / 2, 36) and (share < 0.035 or steps < 10_000)
        assert max(n for n in numbers if n < steps) > steps - max(65, steps / 256)


def test_it_depends_on_no_clock():
    slow, _ = watched(500, seconds=lambda step: (step % 7, 100.0))
    assert slow == watched(500)[0]
    assert watched(100, every=7)[0] == list(range(0, 100, 7))


def test_a_budget_binds_and_says_so():
    numbers, schedule = watched(1000, budget=0.01)
    free, _ = watched(1000)
    assert 1 < len(numbers) < len(free) and schedule.left_out == len(free) - len(numbers)
    # Each costs 0.1: the one that exceeds the limit is the last until there is time again.
    assert 0.1 * len(numbers) <= 0.01 * 1000 + 0.1
    numbers, _ = watched(1000, budget=2.0)
    assert len(numbers) == 20


def test_findings_do_not_depend_on_the_load():
    seen = []
    for pause in (0.0, 0.003):
        torch.manual_seed(0)
        model = mlp()
        model.register_forward_hook(lambda *_, pause=pause: time.sleep(pause))
        with watch(model) as doctor:
            train(model, steps=120)
        seen.append(doctor.to_dict())
    assert seen[0]["record"] == seen[1]["record"] and seen[0]["findings"] == seen[1]["findings"]


@pytest.mark.parametrize("budget", [0, -1, float("nan"), float("inf"), "a lot", True])
def test_wrong_budgets(budget):
    with pytest.raises(ValueError, match="budget"):
        watch(nn.Linear(2, 2), budget=budget)


def test_the_report_says_that_a_budget_bound():
    model = mlp()
    with watch(model, budget=1e-6) as doctor:
        train(model, steps=50)
    assert doctor.to_dict()["cost"]["watched"] == 1
    assert "budget left out" in doctor.report(200)
