"""The score: each run that counts, trained under the doctor as a user would, in the default mode."""

import json
import pathlib
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from doctor.harness.catalogue import Run
from doctor.harness.watching import DEFAULT, watched
from doctor.score import Case, faulty, grouped, overall


def findings(run: Run) -> list[dict[str, Any]]:
    """The kinds, severities and layers of what the doctor finds."""
    found = watched(run.build(), DEFAULT).to_dict()["findings"]
    return [{name: finding[name] for name in ("check", "severity", "layers")} for finding in found]


def score(runs: list[Run], jobs: int, out: pathlib.Path) -> str:
    """Scores the runs, writes the raw findings, one line of JSON each, and returns the table."""
    done = []
    with ProcessPoolExecutor(jobs) as pool, out.open("w") as file:
        for run, found in zip(runs, pool.map(findings, runs), strict=True):
            fault = run.recipe.fault if run.faulty else None
            done.append(Case(run.key, run.part, "faulty" if run.faulty else "healthy", fault, found))
            print(json.dumps({"run": run.key, "findings": found}), file=file, flush=True)
    return table(done)


def table(cases: list[Case]) -> str:
    """The shares with Wilson's 95 % intervals, and counts by kind of fault."""
    lines = ["| | share |", "| --- | --- |"] + [f"| {title} | {share} |" for title, share in overall(cases).items()]
    return "\n".join([*lines, "", *by_fault(cases)])


def by_fault(cases: list[Case]) -> list[str]:
    """For each kind of fault: the runs, those with an alarm, and those whose cause is named, and named first."""
    lines = ["| fault | runs | any alarm | cause named | named first |", "| --- | --- | --- | --- | --- |"]
    for fault, own in grouped(faulty(cases), lambda case: case.fault).items():
        alarms, named, first = (sum(map(bool, of)) for of in zip(*((c.findings, c.named, c.first) for c in own)))
        lines.append(f"| {fault} | {len(own)} | {alarms} | {named} | {first} |")
    return lines
