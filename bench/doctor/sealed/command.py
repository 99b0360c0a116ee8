"""The command: measures the runs naively, or scores the doctor on them."""

import argparse
import csv
import pathlib
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import torch

from doctor.sealed import published
from doctor.sealed.catalogue import RECIPES, Run, all_runs
from doctor.sealed.naive import Measured, measure, verdict
from doctor.sealed.sources import page

HERE = pathlib.Path(__file__).resolve().parent
FINDINGS = HERE.parents[2] / "target" / "doctor-sealed.jsonl"
LABELS = HERE / "labels.csv"
"""The naive table of the sealed runs, which says which of them count."""
COLUMNS = ("run", "verdict", *Measured._fields)


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
        print(page(), end="")
    if options.measure:
        rows = []
        for row in table([run for run in all_runs() if options.only in run.recipe], options.jobs):
            rows.append(row)
            if options.record:
                write(LABELS, row)
        print(summary(rows))
    if options.published or options.score:
        runs = [run for run in counted(LABELS) if options.only in run.recipe]
    if options.published:
        print(published.table(runs, options.jobs))
    if options.score:
        # Only here: the rest needs PyTorch alone.
        from doctor.sealed.score import score

        options.out.parent.mkdir(parents=True, exist_ok=True)
        print(score(runs, options.jobs, options.out))


def counted(labels: pathlib.Path) -> list[Run]:
    """The runs that count, by the naive table."""
    with labels.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict"] in ("faulty", "healthy")]
    return [Run(name, int(seed), side == "faulty") for name, seed, side in (row["run"].split("/") for row in rows)]


def measured(run: Run) -> Measured:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    return measure(run)


def table(runs: list[Run], jobs: int) -> Iterator[dict[str, Any]]:
    """Measures the runs, and prints a line for each as soon as it is known."""
    known: dict[Run, Measured] = {}
    print(" ".join(f"{column:>10}" for column in COLUMNS[2:]), " verdict, run")
    with ProcessPoolExecutor(jobs) as pool:
        # A healthy twin comes before its faulty run.
        for run, found in zip(runs, pool.map(measured, runs), strict=True):
            known[run] = found
            row = {"run": run.key, "verdict": verdict(run, found, known[run.twin])} | found._asdict()
            print(" ".join(f"{shown(value):>10}" for value in found), f" {row['verdict']}, {run.key}", flush=True)
            yield row


def shown(value: float | int | None) -> str:
    return "-" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def summary(rows: list[dict[str, Any]]) -> str:
    """How many runs count."""
    faulty = {row["run"].split("/")[0] for row in rows if row["verdict"] == "faulty"}
    counted = {kind: sum(row["verdict"] == kind for row in rows) for kind in ("faulty", "healthy")}
    sources = {RECIPES[name].source.url for name in faulty}
    return (
        f"{counted['faulty']} faulty runs of {len(faulty)} programs from {len(sources)} sources, "
        f"{counted['healthy']} healthy runs, {len(rows) - sum(counted.values())} dropped, "
        f"{sum(row['seconds'] for row in rows):.0f} s"
    )


def write(path: pathlib.Path, row: dict[str, Any]) -> None:
    """Puts the row in the place of that of the same run, in the order of all runs."""
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        with path.open(newline="") as file:
            known = {row["run"]: row for row in csv.DictReader(file)}
    known[row["run"]] = {name: shown(row[name]) if name in Measured._fields else row[name] for name in COLUMNS}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(known[run.key] for run in all_runs() if run.key in known)
