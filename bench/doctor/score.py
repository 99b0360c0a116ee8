"""Counts of right and wrong verdicts, as shares with intervals."""

import math
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from doctor.harness.recipe import Fault
from doctor.names import names

FALSE_ALARM = "healthy runs with a false alarm"
ALARM = "faulty runs with an alarm"
NAMED = "faulty runs with the cause named"
FIRST = "faulty runs with the cause named first"


class Case(NamedTuple):
    """A run, what it is, and what was said of it."""

    key: str
    part: str
    """Which part of the benchmark it belongs to."""
    label: str
    """`healthy`, `faulty`, or why it is neither."""
    fault: Fault | None
    findings: list[dict[str, Any]]
    alarms: frozenset[str] = frozenset()
    """Of published definitions, as `tool: symptom`."""
    failed: str = ""
    """The error with which watching ended, if it did."""

    @property
    def kinds(self) -> list[str]:
        """Of the findings, in their order."""
        return [finding["check"] for finding in self.findings]

    @property
    def named(self) -> bool:
        return self.fault is not None and any(names(finding, self.fault) for finding in self.findings)

    @property
    def first(self) -> bool:
        """Whether the finding that stands first names the cause."""
        return self.fault is not None and any(names(finding, self.fault) for finding in self.findings[:1])


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


def share(cases: list[Case], test: Callable[[Case], object]) -> Share:
    return Share(sum(map(bool, map(test, cases))), len(cases))


def healthy(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.label == "healthy"]


def faulty(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.label == "faulty"]


def overall(cases: list[Case]) -> dict[str, Share]:
    """The figures that have goals, and how often the cause is named at all."""
    return {
        FALSE_ALARM: share(healthy(cases), lambda case: case.findings),
        ALARM: share(faulty(cases), lambda case: case.findings),
        NAMED: share(faulty(cases), lambda case: case.named),
        FIRST: share(faulty(cases), lambda case: case.first),
    }


def grouped(cases: list[Case], by: Callable[[Case], Hashable]) -> dict[Hashable, list[Case]]:
    """The faulty cases by something."""
    table: dict[Hashable, list[Case]] = {}
    for case in sorted(faulty(cases), key=lambda case: list(Fault).index(case.fault)):
        table.setdefault(by(case), []).append(case)
    return table


def by_finding(cases: list[Case]) -> dict[str, tuple[Share, int]]:
    """By kind of finding: of the faulty runs with it, those whose cause it names; and the healthy runs with it."""
    table = {}
    for kind in sorted({kind for case in cases for kind in case.kinds}):
        found = [case for case in faulty(cases) if kind in case.kinds]
        names_it = share(found, lambda case, kind=kind: case.fault and names({"check": kind}, case.fault))
        table[kind] = names_it, sum(kind in case.kinds for case in healthy(cases))
    return table


def by_tool(cases: list[Case], tools: dict[str, tuple[str, ...]]) -> dict[str, tuple[Share, Share]]:
    """By published definition: the shares of faulty and of healthy runs that it raises an alarm in."""
    table = {}
    for tool, symptoms in tools.items():
        for name in [f"{tool}: {symptom}" for symptom in symptoms] + ([tool] if len(symptoms) > 1 else []):

            def alarmed(case: Case, name: str = name) -> bool:
                return any(alarm == name or alarm.startswith(f"{name}: ") for alarm in case.alarms)

            table[name] = share(faulty(cases), alarmed), share(healthy(cases), alarmed)
    return table
