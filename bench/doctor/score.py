"""Counts of right and wrong verdicts, as shares with intervals."""

import math
from collections import Counter
from typing import Any, NamedTuple

from doctor.book import Book
from doctor.labels import CONDITIONS, label
from doctor.runs import Run
from doctor.truth import SIGNS, hits, right


class Case(NamedTuple):
    """A run, what it is, and what was said of it."""

    run: Run
    label: str
    findings: list[dict[str, Any]]
    measured: dict[str, Any]

    @property
    def checks(self) -> set[str]:
        return {finding["check"] for finding in self.findings}

    def confirms(self, check: str) -> bool:
        """Whether what a check found is there: by the cause, or by the naive measurement."""
        by_cause = check in SIGNS[self.run.cause]
        return by_cause or (check in CONDITIONS and CONDITIONS[check](self.measured))

    @property
    def hit(self) -> bool:
        return bool(hits(self.run.cause, self.findings))


class Share(NamedTuple):
    """A share, as a count of a total."""

    count: int
    of: int

    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %."""
        if self.of == 0:
            return 0.0, 1.0
        z, p = 1.959964, self.count / self.of
        centre = p + z * z / (2 * self.of)
        half = z * math.sqrt(p * (1 - p) / self.of + z * z / (4 * self.of**2))
        low, high = ((centre + sign * half) / (1 + z * z / self.of) for sign in (-1, 1))
        return max(low, 0.0), min(high, 1.0)

    def __str__(self) -> str:
        if self.of == 0:
            return "none"
        low, high = self.interval()
        return f"{self.count / self.of:.3f} ({self.count} of {self.of}; {low:.2f} to {high:.2f})"


def cases(book: Book, runs: list[Run]) -> list[Case]:
    """The runs that are done, with their twins."""
    done = book.measured
    return [
        Case(run, label(run, done[run.key], done[run.twin.key]), book.findings(run), done[run.key])
        for run in runs
        if run.key in done and run.twin.key in done
    ]


def share(cases: list[Case], test: Any) -> Share:
    return Share(sum(map(bool, map(test, cases))), len(cases))


def overall(cases: list[Case]) -> dict[str, Share]:
    """The figures that have goals."""
    healthy = [case for case in cases if case.label == "healthy"]
    sick = [case for case in cases if case.label == "sick"]
    return {
        "false alarms: healthy runs with any finding": share(healthy, lambda case: case.findings),
        "recall: sick runs with a finding that is true of their cause": share(sick, lambda case: case.hit),
        "sick runs with any finding": share(sick, lambda case: case.findings),
        "first prescription right, of all sick runs": share(sick, lambda case: right(case.run.cause, case.findings)),
    }


def by_check(cases: list[Case]) -> dict[str, tuple[Share, Share, int]]:
    """By check: precision, recall on the causes that are its own, and healthy runs in which it found something."""
    table = {}
    judged = [case for case in cases if case.label != "left out"]
    names = {signs[0] for signs in SIGNS.values()} | {check for case in judged for check in case.checks}
    for check in sorted(names):
        found = [case for case in judged if check in case.checks]
        own = [case for case in judged if case.label == "sick" and SIGNS[case.run.cause][0] == check]
        true = share(found, lambda case, check=check: case.label == "sick" and case.confirms(check))
        false = sum(case.label == "healthy" for case in found)
        table[check] = true, share(own, lambda case, check=check: check in case.checks), false
    return table


def by_tool(cases: list[Case], tools: dict[str, tuple[str, ...]]) -> dict[str, tuple[Share, Share, Share]]:
    """By published definition: precision, share of sick runs that it raises an alarm in, and of healthy ones."""
    healthy = [case for case in cases if case.label == "healthy"]
    sick = [case for case in cases if case.label == "sick"]
    table = {}
    for tool, symptoms in tools.items():
        for name in [f"{tool}: {symptom}" for symptom in symptoms] + ([tool] if len(symptoms) > 1 else []):

            def alarmed(case: Case, name: str = name) -> bool:
                return any(alarm == name or alarm.startswith(f"{name}: ") for alarm in case.measured["alarms"])

            found = share(sick, alarmed), share(healthy, alarmed)
            table[name] = Share(found[0].count, found[0].count + found[1].count), *found
    return table


def left_out(cases: list[Case]) -> Counter[str]:
    return Counter(case.run.cause or "no cause" for case in cases if case.label == "left out")
