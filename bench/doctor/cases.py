"""The runs that are done, with what they are and what was said of them."""

from doctor.book import Alarms, Book
from doctor.cited.runs import counted, verdicts
from doctor.generated.labels import label
from doctor.generated.runs import Run as Generated
from doctor.generated.runs import all_runs
from doctor.generated.truth import FAULTS
from doctor.harness.catalogue import Run as Cited
from doctor.score import Case

QUICK = 4
"""Of the cited programs, a quick look takes one in so many."""


def wanted_cited(only: str, quick: bool) -> list[Cited]:
    """The cited runs that count, or those of them that are asked for by their names."""
    runs = [run for run in counted() if only in run.key]
    names = list(dict.fromkeys(run.name for run in runs))[:: QUICK if quick else 1]
    return [run for run in runs if run.name in names]


def wanted_generated(only: str, quick: bool, seeds: int) -> list[Generated]:
    runs = [run for run in all_runs(1 if quick else seeds) if only in run.key]
    return [run for run in runs if run.part == "even seeds"] if quick else runs


def cited_cases(book: Book, alarms: Alarms, runs: list[Cited]) -> list[Case]:
    cases = []
    for run in runs:
        entry = book.entry(run)
        if entry is not None:
            fault = run.recipe.fault if run.faulty else None
            said = frozenset(alarms.get(run) or ())
            found = book.findings(run)
            cases.append(Case(run.key, run.part, verdicts()[run], fault, found, said, entry["failed"]))
    return cases


def generated_cases(book: Book, runs: list[Generated]) -> list[Case]:
    cases = []
    for run in runs:
        entry, twin = book.entry(run), book.entry(run.twin)
        if entry is None or twin is None:
            continue
        measured, healthy = entry["measured"], twin["measured"]
        known = label(run, measured, healthy) if measured and healthy else "left out"
        fault = FAULTS[run.cause] if run.cause else None
        said = frozenset(measured["alarms"] if measured else ())
        cases.append(Case(run.key, run.part, known, fault, book.findings(run), said, entry["failed"]))
    return cases
