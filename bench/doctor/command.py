"""The command: trains what is not yet done, and prints the page."""

import argparse
import pathlib
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

import circumstances
import torch

from doctor.book import Book
from doctor.page import page
from doctor.runs import SEEDS, Run, all_runs
from doctor.score import cases
from doctor.training import train


def main() -> None:
    parser = argparse.ArgumentParser("python bench/doctor", description="The doctor on runs whose trouble is known.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="runs of each kind (default: %(default)s)")
    parser.add_argument("--only", default="", help="runs with this in their name, such as cnn or low_rate")
    parser.add_argument("--jobs", type=int, default=torch.get_num_threads(), help="at once (default: one per core)")
    parser.add_argument("--adaptive", action="store_true", help="watch as by default, not every step")
    parser.add_argument("--folder", type=pathlib.Path, default=circumstances.ROOT / "target" / "doctor-benchmark")
    parser.add_argument("--record", metavar="NAME", help="write bench/results/doctor-NAME.md")
    options = parser.parse_args()
    every = None if options.adaptive else 1
    book = Book(options.folder, every)
    wanted = [run for run in all_runs(options.seeds) if options.only in run.key]
    needed = list(dict.fromkeys([run.twin for run in wanted] + wanted))
    work(book, [run for run in needed if run.key not in book.measured], options.jobs)
    out = circumstances.ROOT / "bench" / "results" / f"doctor-{options.record}.md" if options.record else None
    circumstances.show(page(cases(book, wanted), every), out)


def work(book: Book, runs: list[Run], jobs: int) -> None:
    """Trains, several at once, and says how long it will take."""
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        futures = {pool.submit(one, run, book.every, book.counts(run.key)): run for run in runs}
        for done, future in enumerate(as_completed(futures), 1):
            book.add(futures[future], future.result())
            left = (time.perf_counter() - start) / done * (len(runs) - done)
            print(f"\r{done} of {len(runs)} runs, {left:.0f} s left ", end="", file=sys.stderr, flush=True)
    if runs:
        print(file=sys.stderr)


def one(run: Run, every: int | None, counts: pathlib.Path) -> dict[str, Any]:
    torch.set_num_threads(1)
    measured, doctor = train(run.recipe, run.seed, every)
    doctor.save(counts)
    return measured
