"""The cited programs of the benchmark (``bench/doctor``): they build, train, are cited and measured; counting is
right."""

import csv
import os
import subprocess

import pytest
from doctor import book, cited_page
from doctor.cited.runs import SEEDS, counted, unmeasured
from doctor.command import sources
from doctor.harness.catalogue import all_runs, recipes
from doctor.harness.labels import path
from doctor.harness.recipe import Fault
from doctor.harness.watching import MODES, busy
from doctor.names import NAMES, names
from doctor.score import ALARM, FALSE_ALARM, FIRST, NAMED, Case, Share, overall
from doctor.work import work

from pytorch.programs import assert_is_cited, assert_trains_the_same_twice

CITED, SEALED = recipes("cited"), recipes("sealed")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("name", CITED)
def test_programs_train_the_same_twice(name):
    assert_trains_the_same_twice("cited", name, steps=2)


@pytest.mark.parametrize("name", CITED)
def test_programs_are_cited_and_not_those_of_the_sealed_part(name):
    recipe = CITED[name]
    assert_is_cited(recipe)
    assert recipe.source.url not in {other.source.url for other in SEALED.values()}


def test_only_what_is_measured_counts():
    with path("cited").open(newline="") as file:
        measured = {row["run"] for row in csv.DictReader(file)}
    assert measured <= {run.key for run in all_runs("cited", SEEDS)}
    assert {run.key for run in counted()} <= measured
    assert not {run.name for run in counted()} & set(unmeasured())


def test_the_page_of_sources_is_printed_by_the_recipes():
    assert path("cited").with_name("SOURCES.md").read_text() == sources()


def test_findings_name_faults():
    assert set().union(*NAMES.values()) <= set(Fault)
    assert names({"check": "dead_units"}, Fault.DYING_RELU)
    assert not names({"check": "dead_units"}, Fault.LOW_RATE)
    assert not names({"check": "of_another_time"}, Fault.LOW_RATE)
    assert all(fault.group for fault in Fault)


def case(label, fault=None, *kinds):
    return Case("", "", label, fault, [{"check": kind} for kind in kinds])


def test_alarms_and_causes_are_counted():
    cases = [
        case("healthy"),
        case("healthy", None, "dead_units"),
        case("faulty", Fault.DYING_RELU, "dead_units"),
        case("faulty", Fault.DYING_RELU, "input_scale", "dead_units"),
        case("faulty", Fault.DYING_RELU, "a kind that names nothing"),
        case("faulty", Fault.DYING_RELU),
        case("left out", Fault.DYING_RELU, "dead_units"),
    ]
    assert overall(cases) == {FALSE_ALARM: Share(1, 2), ALARM: Share(3, 4), NAMED: Share(2, 4), FIRST: Share(1, 4)}


def test_intervals_are_wilsons():
    # Newcombe 1998, table I.
    low, high = Share(81, 263).interval()
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = Share(0, 20).interval()
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)


def test_the_page_lists_what_went_wrong():
    cases = [
        Case("looked_at/0/healthy", "cited", "healthy", None, [{"check": "dead_units", "severity": "fault"}]),
        Case("in_vain/0/faulty", "cited", "faulty", Fault.SYMMETRY, []),
        Case("found/0/faulty", "cited", "faulty", Fault.SYMMETRY, [{"check": "symmetric_units", "severity": "fault"}]),
    ]
    page = "\n".join(cited_page.lines(MODES[0], cases, {mode: cases for mode in MODES[1:]}))
    assert "looked_at" in page and "in_vain" in page and "found/0" not in page
    assert "0.500 (1 of 2" in page


def test_what_is_done_is_found_again(tmp_path, monkeypatch):
    run, mode = all_runs("cited")[0], MODES[0]
    book.Book(tmp_path, mode, rejudge=False).add(run, {"failed": "ValueError: x", "measured": None})
    (tmp_path / "runs.jsonl").open("a").write('{"key": "cut of')
    again = book.Book(tmp_path, mode, rejudge=False)
    assert again.entry(run)["failed"] == "ValueError: x" and again.findings(run) == []
    assert book.Book(tmp_path, MODES[1], rejudge=False).entry(run) is None
    monkeypatch.setattr(book, "LIBRARY", "another build")
    assert book.Book(tmp_path, mode, rejudge=False).entry(run) is None
    assert book.Book(tmp_path, mode, rejudge=True).entry(run) is not None


def test_busy_processes_are_there_only_meanwhile(monkeypatch):
    started = []

    class Process(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Process)
    with busy(False):
        assert not started
    with busy(True):
        assert len(started) == 2 * os.cpu_count() and all(process.poll() is None for process in started)
    assert all(process.poll() is not None for process in started)


def twice(number):
    return 2 * number


def test_work_keeps_each_result():
    kept = {}
    work("twice", twice, [1, 2, 3], kept.__setitem__, jobs=2)
    assert kept == {1: 2, 2: 4, 3: 6}


def test_work_that_is_interrupted_keeps_what_is_done():
    kept = {}

    def keep(number, result):
        kept[number] = result
        if len(kept) == 2:
            raise KeyboardInterrupt

    with pytest.raises(SystemExit):
        work("twice", twice, list(range(50)), keep, jobs=1)
    assert 2 <= len(kept) < 50 and all(result == 2 * number for number, result in kept.items())
