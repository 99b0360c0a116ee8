"""The command: measures the runs naively, or scores the doctor on them."""

import argparse
import pathlib
from typing import Any

from doctor.harness import published
from doctor.harness.catalogue import Run, all_runs, recipes, run
from doctor.harness.labels import path, read, table, writer
from doctor.harness.sources import page

FINDINGS = pathlib.Path(__file__).resolve().parents[3] / "target" / "doctor-sealed.jsonl"
LABELS = path("sealed")
"""The naive table of the sealed runs, which says which of them count."""


def main() -> None:
    parser = argparse.ArgumentParser("python bench/doctor/sealed", description="The sealed part of the benchmark.")
    parser.add_argument("--measure", action="store_true", help="print the naive table of the runs")
    parser.add_argument("--record", action="store_true", help="with --measure: write into labels.csv")
    parser.add_argument("--score", action="store_true", help="train the runs that count under the doctor, and score it")
    parser.add_argument("--published", action="store_true", help="print what published definitions say of them")
    parser.add_argument("--sources", action="store_true", help="print the table of sources")
    parser.add_argument("--only", default="", help="recipes with this in their name")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once (default: %(default)s)")
    parser.add_argument("--out", type=pathlib.Path, default=FINDINGS, help="the raw findings (default: %(default)s)")
    options = parser.parse_args()
    if options.sources:
        print(sources(), end="")
    if options.measure:
        rows, write = [], writer("sealed", seeds=1)
        for row in table([run for run in all_runs("sealed") if options.only in run.name], options.jobs):
            rows.append(row)
            if options.record:
                write(row)
        print(summary(rows))
    if options.published or options.score:
        runs = [run for run in counted(LABELS) if options.only in run.name]
    if options.published:
        print(published.table(runs, options.jobs))
    if options.score:
        # Only here: the rest needs PyTorch alone.
        from doctor.sealed.score import score

        options.out.parent.mkdir(parents=True, exist_ok=True)
        print(score(runs, options.jobs, options.out))


def sources() -> str:
    return page("sealed", "Sources of the sealed part", "python bench/doctor/sealed --sources")


def counted(labels: pathlib.Path) -> list[Run]:
    """The runs that count, by the naive table."""
    return [run("sealed", row["run"]) for row in read(labels) if row["verdict"] in ("faulty", "healthy")]


def summary(rows: list[dict[str, Any]]) -> str:
    """How many runs count."""
    faulty = {row["run"].split("/")[0] for row in rows if row["verdict"] == "faulty"}
    counted = {kind: sum(row["verdict"] == kind for row in rows) for kind in ("faulty", "healthy")}
    sources = {recipes("sealed")[name].source.url for name in faulty}
    return (
        f"{counted['faulty']} faulty runs of {len(faulty)} programs from {len(sources)} sources, "
        f"{counted['healthy']} healthy runs, {len(rows) - sum(counted.values())} dropped, "
        f"{sum(row['seconds'] for row in rows):.0f} s"
    )
