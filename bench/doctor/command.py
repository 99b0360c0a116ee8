"""The command: trains what is not yet done, and prints the page."""

import argparse
import pathlib
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import Any

import circumstances
import torch

from doctor.book import Book, counts
from doctor.page import page
from doctor.repair import repair
from doctor.runs import HELD_OUT, SEEDS, Run, all_runs
from doctor.score import cases
from doctor.training import train


def main() -> None:
    parser = argparse.ArgumentParser("python bench/doctor", description="The doctor on runs whose trouble is known.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="runs of each kind (default: %(default)s)")
    parser.add_argument("--only", default="", help="runs with this in their name, such as cnn or low_rate")
    parser.add_argument("--repair", action="store_true", help="also treat the sick runs held out, as prescribed")
    parser.add_argument("--jobs", type=int, default=torch.get_num_threads(), help="at once (default: one per core)")
    parser.add_argument("--adaptive", action="store_true", help="watch as by default, not every step")
    parser.add_argument("--folder", type=pathlib.Path, default=circumstances.ROOT / "target" / "doctor-benchmark")
    parser.add_argument("--record", metavar="NAME", help="write bench/results/doctor-NAME.md")
    options = parser.parse_args()
    every = None if options.adaptive else 1
    book = Book(options.folder, every)
    wanted = [run for run in all_runs(options.seeds) if options.only in run.key]
    needed = list(dict.fromkeys([run.twin for run in wanted] + wanted))
    untrained = [run for run in needed if run.key not in book.measured]
    work(partial(trained, every=every, folder=options.folder), untrained, book.add, options.jobs)
    judged = cases(book, wanted)
    if options.repair:
        sick = [case.run for case in judged if case.label == "sick" and case.run.part in HELD_OUT]
        untreated = [run for run in sick if run.key not in book.repairs]
        work(treated, untreated, book.add_repair, options.jobs)
    out = circumstances.ROOT / "bench" / "results" / f"doctor-{options.record}.md" if options.record else None
    circumstances.show(page(judged, book, every), out)


def work(job: Callable[[Run], Any], runs: list[Run], keep: Callable[[Run, Any], None], jobs: int) -> None:
    """Does a job for each run, several at once, and says how long it will take."""
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        futures = {pool.submit(job, run): run for run in runs}
        for done, future in enumerate(as_completed(futures), 1):
            keep(futures[future], future.result())
            left = (time.perf_counter() - start) / done * (len(runs) - done)
            print(f"\r{done} of {len(runs)} runs, {left:.0f} s left ", end="", file=sys.stderr, flush=True)
    if runs:
        print(file=sys.stderr)


def trained(run: Run, every: int | None, folder: pathlib.Path) -> dict[str, Any]:
    """What is measured of a run; what the doctor counted goes into a file."""
    torch.set_num_threads(1)
    measured, doctor = train(run.recipe, run.seed, every)
    doctor.save(counts(folder, run.key, every))
    return measured


def treated(run: Run) -> dict[str, Any]:
    """What each way of treating a run came to."""
    torch.set_num_threads(1)
    return repair(run)
