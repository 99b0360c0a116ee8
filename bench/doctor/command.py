"""The command: trains what is not yet done, and prints the page."""

import argparse
import pathlib
import sys

import circumstances
import torch

from doctor.cited.runs import SEEDS as NAIVE_SEEDS
from doctor.cited.runs import unmeasured
from doctor.generated.runs import SEEDS
from doctor.harness.catalogue import all_runs
from doctor.harness.labels import measured, table, writer
from doctor.harness.sources import page


def main() -> None:
    parser = argparse.ArgumentParser("python bench/doctor", description="The doctor on runs whose trouble is known.")
    parser.add_argument("--part", choices=("cited", "generated"), help="only this part")
    parser.add_argument("--only", default="", help="runs with this in their name")
    parser.add_argument("--quick", action="store_true", help="every fourth cited program, one seed of known recipes")
    parser.add_argument("--every", type=int, choices=(1,), help="watch every step, instead of as by default")
    parser.add_argument("--load", action="store_true", help="as by default, while the machine is busy")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of generated recipes (default: %(default)s)")
    parser.add_argument("--repair", action="store_true", help="also treat generated faulty runs, as prescribed")
    parser.add_argument("--examine", action="store_true", help="also examine generated runs by experiment")
    parser.add_argument("--rejudge", action="store_true", help="judge anew what another build of relume has counted")
    parser.add_argument("--jobs", type=int, default=torch.get_num_threads(), help="at once (default: one per core)")
    parser.add_argument("--folder", type=pathlib.Path, default=circumstances.ROOT / "target" / "doctor-benchmark")
    parser.add_argument("--record", metavar="NAME", help="write bench/results/doctor-NAME.md")
    parser.add_argument("--measure", action="store_true", help="measure new cited programs naively, into labels.csv")
    parser.add_argument("--sources", action="store_true", help="print cited/SOURCES.md")
    options = parser.parse_args()
    if options.every and options.load:
        parser.error("--every 1 and --load are two modes: one at a time")
    if options.sources:
        print(sources(), end="")
    elif options.measure:
        # Those that are named are measured again.
        known = set() if options.only else measured("cited")
        runs = [run for run in all_runs("cited", NAIVE_SEEDS) if options.only in run.name and run.key not in known]
        runs = list(dict.fromkeys(each for run in runs for each in (run.twin, run)))
        write = writer("cited", NAIVE_SEEDS)
        for row in table(runs, options.jobs):
            write(row)
    else:
        if unmeasured() and options.part != "generated":
            note = "cited programs are not in labels.csv and do not count: --measure measures them"
            print(f"{len(unmeasured())} {note}", file=sys.stderr)
        # Only here: the rest needs PyTorch alone.
        from doctor.benchmark import benchmark

        benchmark(options)


def sources() -> str:
    return page("cited", "Sources of the cited programs", "python bench/doctor --sources")
