"""Trains what is not yet done under the doctor, and prints the page."""

import argparse
import pathlib
from functools import partial
from typing import Any

import circumstances
import torch

from doctor.book import Alarms, Book, Run, counts
from doctor.cases import cited_cases, generated_cases, wanted_cited, wanted_generated
from doctor.examined import examined
from doctor.generated.repair import repair
from doctor.generated.runs import HELD_OUT
from doctor.generated.runs import Run as Generated
from doctor.generated.training import train
from doctor.harness import published
from doctor.harness.catalogue import Run as Cited
from doctor.harness.watching import MODES, Mode, busy, watched
from doctor.page import page
from doctor.score import faulty
from doctor.work import work


def benchmark(options: argparse.Namespace) -> None:
    """Trains and prints."""
    mode = next(m for m in MODES if m.every == options.every and m.load == options.load)
    book, alarms = Book(options.folder, mode, options.rejudge), Alarms(options.folder)
    cited = wanted_cited(options.only, options.quick) if options.part != "generated" else []
    generated = wanted_generated(options.only, options.quick, options.seeds) if options.part != "cited" else []
    needed: list[Run] = [*cited, *dict.fromkeys([run.twin for run in generated] + generated)]
    with busy(mode.load):
        undone = [run for run in needed if book.entry(run) is None]
        work(f"watched {mode.name}", partial(trained, mode=mode, folder=options.folder), undone, book.add, options.jobs)
    unalarmed = [run for run in cited if alarms.get(run) is None]
    work("published definitions", alarmed, unalarmed, alarms.add, options.jobs)
    if options.repair:
        sick = faulty(generated_cases(book, generated))
        untreated = [run for run in generated if run.part in HELD_OUT and run.key not in book.repairs]
        untreated = [run for run in untreated if run.key in {case.key for case in sick}]
        work("treated", treated, untreated, book.repairs.add, options.jobs)
    if options.examine:
        held = [run for run in generated if run.part in HELD_OUT]
        needed = dict.fromkeys([run.twin for run in held] + held)
        unexamined = [run for run in needed if run.key not in book.examinations]
        work("examined", examine, unexamined, book.examinations.add, options.jobs)
    others = {m: cited_cases(Book(options.folder, m, options.rejudge), alarms, cited) for m in MODES if m != mode}
    lines = page(mode, cited_cases(book, alarms, cited), others, generated, book)
    out = circumstances.ROOT / "bench" / "results" / f"doctor-{options.record}.md" if options.record else None
    circumstances.show(lines, out)


def trained(run: Run, mode: Mode, folder: pathlib.Path) -> dict[str, Any]:
    """Trains under the doctor. What the doctor counted goes into a file; where watching ends with an error, this is a
    result as well."""
    torch.set_num_threads(1)
    measured = None
    try:
        if isinstance(run, Generated):
            measured, doctor = train(run.recipe, run.seed, mode)
        else:
            doctor = watched(run.build(), mode)
        doctor.save(counts(folder, run, mode))
    except Exception as error:  # noqa: BLE001
        return {"failed": f"{type(error).__name__}: {error}", "measured": measured}
    return {"failed": "", "measured": measured}


def alarmed(run: Cited) -> list[str]:
    return sorted(published.alarms(run))


def treated(run: Generated) -> dict[str, Any]:
    """What each way of treating a run came to."""
    torch.set_num_threads(1)
    return repair(run)


def examine(run: Generated) -> dict[str, Any]:
    """What an examination by experiment says of a run."""
    torch.set_num_threads(1)
    return examined(run)
