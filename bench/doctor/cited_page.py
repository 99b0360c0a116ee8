"""The part of the page on cited programs."""

from collections.abc import Iterator

from doctor.cited.runs import unmeasured, verdicts
from doctor.harness.watching import Mode
from doctor.score import Case, faulty, healthy, overall
from doctor.tables import faults, findings, goals, published, wrong


def lines(mode: Mode, cases: list[Case], others: dict[Mode, list[Case]]) -> Iterator[str]:
    yield "\n## Cited programs\n"
    yield "Programs of other people, restated ([sources](../doctor/cited/SOURCES.md)), each faulty one with its twin,"
    yield "the repaired program. Labels are by the source and by a naive measurement, both, over three seeds, or over"
    yield "one of those that once were sealed ([labels](../doctor/cited/labels.csv)). Checks were mended by these"
    yield "programs, so that the figures say what the doctor knows of what it was shown; what it knows of other"
    yield "programs is the sealed part's to say."
    out = sum(verdict not in ("faulty", "healthy") for verdict in verdicts().values())
    yield f"\n{len(healthy(cases))} healthy and {len(faulty(cases))} faulty runs; {out} of all are left out by the rule"
    yield f"in `harness/naive.py`, and {len(unmeasured())} programs because they are not measured yet."
    yield from goals({"cited programs": cases})
    failed = sum(bool(case.failed) for case in cases)
    yield f"\nWatching ended with an error in {failed} runs."
    yield "\n### By where the fault is"
    yield from faults("where", cases, lambda case: case.fault.group)
    yield "\n### By cause"
    yield from faults("cause", cases, lambda case: case.fault)
    yield "\n### By finding"
    yield from findings(cases)
    yield "\n### Published definitions on the same runs"
    yield from published(cases)
    if any(others.values()):
        yield f"\n### Watched otherwise\n\nThe last column compares with the findings {mode.name}."
        yield from modes({mode: cases} | others)
    yield "\n### What the doctor got wrong\n"
    yield from wrong(cases)


def modes(watched: dict[Mode, list[Case]]) -> Iterator[str]:
    """The figures by mode, over the runs that are done in it."""
    here, *_ = watched
    kinds = {case.key: case.kinds for case in watched[here]}
    names = list(overall([]))
    yield f"\n| watched | {' | '.join(names)} | runs with other findings |"
    yield "|:--|" + ":--|" * len(names) + "--:|"
    for mode, cases in watched.items():
        if cases:
            shares = overall(cases)
            other = sum(case.kinds != kinds[case.key] for case in cases)
            yield f"| {mode.name} | {' | '.join(str(shares[name]) for name in names)} | {other} of {len(cases)} |"
