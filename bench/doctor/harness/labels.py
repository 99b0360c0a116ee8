"""The table of what the runs of a part are by the naive measurement: `labels.csv`."""

import csv
import pathlib
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import torch

from doctor.harness.catalogue import Run, all_runs
from doctor.harness.naive import Measured, measure, verdict

COLUMNS = ("run", "verdict", *Measured._fields)


def path(part: str) -> pathlib.Path:
    return pathlib.Path(__file__).resolve().parents[1] / part / "labels.csv"


def read(file: pathlib.Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def measured(part: str) -> set[str]:
    """The runs in the table."""
    return {row["run"] for row in read(path(part))} if path(part).exists() else set()


def measurement(run: Run) -> Measured:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    return measure(run)


def table(runs: list[Run], jobs: int) -> Iterator[dict[str, Any]]:
    """Measures the runs, and prints a line for each as soon as it is known."""
    known: dict[Run, Measured] = {}
    print(" ".join(f"{column:>10}" for column in COLUMNS[2:]), " verdict, run")
    with ProcessPoolExecutor(jobs) as pool:
        # A healthy twin comes before its faulty run.
        for run, found in zip(runs, pool.map(measurement, runs), strict=True):
            known[run] = found
            row = {"run": run.key, "verdict": verdict(run, found, known[run.twin])} | found._asdict()
            print(" ".join(f"{shown(value):>10}" for value in found), f" {row['verdict']}, {run.key}", flush=True)
            yield row


def shown(value: float | int | None) -> str:
    return "-" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def writer(part: str, seeds: int) -> Callable[[dict[str, Any]], None]:
    """Puts a row in the place of that of the same run, in the order of all runs."""
    file = path(part)
    order = [run.key for run in all_runs(part, seeds)]

    def write(row: dict[str, Any]) -> None:
        known: dict[str, dict[str, Any]] = {}
        if file.exists():
            known = {row["run"]: row for row in read(file)}
        known[row["run"]] = {name: shown(row[name]) if name in Measured._fields else row[name] for name in COLUMNS}
        temporary = file.with_suffix(".tmp")
        with temporary.open("w", newline="") as lines:
            rows = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
            rows.writeheader()
            rows.writerows(known[key] for key in order if key in known)
        temporary.replace(file)

    return write
