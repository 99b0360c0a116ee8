"""A small part of the labelled benchmark (``bench/doctor``), so that verdicts cannot rot: generated recipes."""

from functools import cache

import pytest
import torch
from doctor.generated.labels import label
from doctor.generated.runs import Run
from doctor.generated.training import train
from doctor.generated.truth import named, right
from doctor.harness.watching import MODES

EVERY_STEP = next(mode for mode in MODES if mode.every == 1)

HEALTHY = ["mlp-relu", "mlp-sigmoid", "sgd-relu", "table-relu", "deep-relu", "sparse-relu", "few-dead-table"]
FAULTY = [
    ("table-relu", "born_dead", (2, 14)),
    ("mlp-relu", "negative_bias", 30.0),
    ("mlp-relu", "high_rate", 100.0),
    ("mlp-sigmoid", "deep_saturating", 14),
    ("deep-relu", "unscaled_weights", 6.0),
    ("sgd-relu", "low_rate", 1e7),
]


@cache
def trained(run):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return train(run.recipe, run.seed, EVERY_STEP)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("base", HEALTHY)
def test_healthy_runs_have_no_finding(base):
    run = Run(base, None, None, seed=1)
    measured, doctor = trained(run)
    assert label(run, measured, measured) == "healthy"
    assert doctor.findings == []


@pytest.mark.parametrize(("base", "cause", "severity"), FAULTY)
def test_causes_are_found_and_the_first_prescription_is_right(base, cause, severity):
    run = Run(base, cause, severity, seed=1)
    measured, doctor = trained(run)
    assert label(run, measured, trained(run.twin)[0]) == "faulty"
    findings = doctor.to_dict()["findings"]
    assert named(cause, findings) and right(cause, findings)
