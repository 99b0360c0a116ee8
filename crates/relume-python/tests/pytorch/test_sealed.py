"""The sealed part of the benchmark (``bench/doctor/sealed``): its programs build, train and are cited. What the doctor
says about them is not looked at."""

import csv
import math
import pathlib
import sys
import warnings

import pytest
import torch

sys.path.append(str(pathlib.Path(__file__).parents[4] / "bench"))

from doctor.harness.catalogue import Run, all_runs, recipes  # noqa: E402
from doctor.sealed.command import LABELS, sources  # noqa: E402

RECIPES = recipes("sealed")


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def losses(run, steps=3):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = run.build()
        return [program.step().item() for _ in range(steps)], program


@pytest.mark.parametrize("name", RECIPES)
def test_programs_train_the_same_twice(name):
    for faulty in (False, True) if RECIPES[name].fault else (False,):
        first, program = losses(Run("sealed", name, 0, faulty))
        again, _ = losses(Run("sealed", name, 0, faulty))
        assert first == pytest.approx(again, rel=1e-6, nan_ok=True)
        if not faulty:
            assert all(map(math.isfinite, [*first, program.quality()]))


@pytest.mark.parametrize("name", RECIPES)
def test_programs_are_cited(name):
    recipe = RECIPES[name]
    assert recipe.source.url.startswith("https://") and recipe.facts
    assert (recipe.fault is None) == (recipe.source.wrong == "") == (recipe.source.fix == "")


def test_the_labels_are_those_of_all_runs():
    with LABELS.open(newline="") as file:
        labels = {row["run"]: row["verdict"] for row in csv.DictReader(file)}
    assert labels.keys() == {run.key for run in all_runs("sealed")}
    assert sum(verdict == "faulty" for verdict in labels.values()) >= 60
    assert sum(verdict == "healthy" for verdict in labels.values()) >= 100


def test_the_page_of_sources_is_printed_by_the_recipes():
    assert LABELS.with_name("SOURCES.md").read_text() == sources()
