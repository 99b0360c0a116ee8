"""The score: each run that counts, trained under the doctor as a user would, in the default mode."""

import json
import pathlib
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import torch

import relume.torch
from doctor.score import Share
from doctor.sealed.catalogue import RECIPES, Run
from doctor.sealed.mapping import NAMES
from doctor.sealed.recipe import Program


class Scored(NamedTuple):
    """A run that counts, and the kinds and layers of what the doctor found."""

    run: Run
    findings: list[dict[str, Any]]

    @property
    def named(self) -> bool:
        """Whether a finding is of a kind that names the fault."""
        kinds = NAMES.get(RECIPES[self.run.recipe].fault, frozenset())
        return any(finding["check"] in kinds for finding in self.findings)


def watched(program: Program) -> list[dict[str, Any]]:
    """Trains under the doctor; the kinds, severities and layers of its findings."""
    with relume.torch.watch(program.model, optimizer=program.optimizer) as doctor:
        for _ in range(program.steps):
            program.step()
    return [
        {"check": found["check"], "severity": found["severity"], "layers": found["layers"]}
        for found in doctor.to_dict()["findings"]
    ]


def scored(run: Run) -> Scored:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    return Scored(run, watched(run.build()))


def score(runs: list[Run], jobs: int, out: pathlib.Path) -> str:
    """Scores the runs, writes the raw findings, one line of JSON each, and returns the table."""
    done = []
    with ProcessPoolExecutor(jobs) as pool, out.open("w") as file:
        for case in pool.map(scored, runs):
            done.append(case)
            print(json.dumps({"run": case.run.key, "findings": case.findings}), file=file, flush=True)
    return table(done)


def table(cases: list[Scored]) -> str:
    """The shares with Wilson's 95 % intervals, and counts by kind of fault."""
    faulty = [case for case in cases if case.run.faulty]
    healthy = [case for case in cases if not case.run.faulty]
    shares = {
        "faulty runs with any alarm": Share(sum(bool(case.findings) for case in faulty), len(faulty)),
        "faulty runs whose cause is named": Share(sum(case.named for case in faulty), len(faulty)),
        "healthy runs with a false alarm": Share(sum(bool(case.findings) for case in healthy), len(healthy)),
    }
    lines = ["| | share |", "| --- | --- |"] + [f"| {title} | {share} |" for title, share in shares.items()]
    return "\n".join([*lines, "", *by_fault(faulty)])


def by_fault(faulty: list[Scored]) -> list[str]:
    """For each kind of fault: the runs, those with an alarm, and those whose cause is named."""
    lines = ["| fault | runs | any alarm | cause named |", "| --- | --- | --- | --- |"]
    for fault in sorted({RECIPES[case.run.recipe].fault for case in faulty}):
        own = [case for case in faulty if RECIPES[case.run.recipe].fault is fault]
        alarms, named = sum(bool(case.findings) for case in own), sum(case.named for case in own)
        lines.append(f"| {fault} | {len(own)} | {alarms} | {named} |")
    return lines
