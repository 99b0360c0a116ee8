"""The runs of the cited programs, and what they are by their sources and the naive measurement, both."""

from functools import cache

from doctor.harness.catalogue import Run, all_runs, run
from doctor.harness.labels import measured, path, read

SEEDS = 3
"""So many trainings must agree with the source; of programs that were part of a sealed part the one that was measured
there."""


def unmeasured() -> list[str]:
    """The programs of which a run is not in the naive table."""
    known = measured("cited")
    return list(dict.fromkeys(run.name for run in all_runs("cited") if run.key not in known))


@cache
def verdicts() -> dict[Run, str]:
    """`faulty` or `healthy` where all seeds agree, else the first reason why a run is left out; by the first seed."""
    rows: dict[Run, list[str]] = {}
    for row in read(path("cited")):
        rows.setdefault(run("cited", row["run"])._replace(seed=0), []).append(row["verdict"])
    missing = set(unmeasured())
    rows = {each: said for each, said in rows.items() if each.name not in missing}
    return {each: next((v for v in said if v != said[0]), said[0]) for each, said in rows.items()}


def counted() -> list[Run]:
    """The runs that count: one per program and side, since those with other seeds would not be independent."""
    known = verdicts()
    return [run for run in all_runs("cited") if known.get(run) in ("faulty", "healthy")]
