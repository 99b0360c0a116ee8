"""The sealed part of the benchmark (``bench/doctor/sealed``): its programs build, train and are cited. What the doctor
says about them is not looked at."""

import csv

import pytest
from doctor.harness.catalogue import all_runs, recipes
from doctor.sealed.command import LABELS, sources

from pytorch.programs import assert_is_cited, assert_trains_the_same_twice

RECIPES = recipes("sealed")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("name", RECIPES)
def test_programs_train_the_same_twice(name):
    assert_trains_the_same_twice("sealed", name, steps=3)


@pytest.mark.parametrize("name", RECIPES)
def test_programs_are_cited(name):
    assert_is_cited(RECIPES[name])


def test_the_labels_are_those_of_all_runs():
    with LABELS.open(newline="") as file:
        labels = {row["run"]: row["verdict"] for row in csv.DictReader(file)}
    assert labels.keys() == {run.key for run in all_runs("sealed")}
    assert sum(verdict == "faulty" for verdict in labels.values()) >= 60
    assert sum(verdict == "healthy" for verdict in labels.values()) >= 100


def test_the_page_of_sources_is_printed_by_the_recipes():
    assert LABELS.with_name("SOURCES.md").read_text() == sources()
