"""Times relume's kernels against NumPy, SciPy, PyTorch and JAX, in turns, and prints a page of ratios.

    cargo build --release -p relume --features half --example worker
    python bench/kernels.py [--out bench/results/NAME.md]

Every peer that can be imported takes part. See METHODOLOGY.md for what is measured and what is unfair to whom.
"""

import argparse
import datetime
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

# Large pages for everybody's large arrays: NumPy asks for them itself, and its peers work on its arrays, so without
# this only relume and JAX would pay for small ones. glibc reads this as a process starts; elsewhere it does nothing.
LARGE_PAGES = "glibc.malloc.hugetlb=1"
if LARGE_PAGES not in os.environ.get("GLIBC_TUNABLES", ""):
    others = os.environ.get("GLIBC_TUNABLES")
    os.environ["GLIBC_TUNABLES"] = f"{others}:{LARGE_PAGES}" if others else LARGE_PAGES
    os.execv(sys.executable, [sys.executable, *sys.argv])

# One thread for everybody, before any of them is imported.
os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import peers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORKER = ROOT / "target/release/examples/worker"
BUILD = "cargo build --release -p relume --features half --example worker"
SIZES = [1 << 12, 1 << 16, 1 << 20, 1 << 24]
# Over these the geometric mean is taken.
SMOOTH = ["sigmoid", "tanh", "elu", "gelu", "gelu_tanh", "silu", "mish", "softplus"]
# A round lasts about so long, in seconds; shorter ones drown in the clock's and the caller's noise.
ROUND = 2e-3


def main():
    options = arguments()
    if not WORKER.exists():
        sys.exit(f"{WORKER} does not exist: run `{BUILD}` first")
    # One processor for all, because some peers keep threads of their own whatever they are told.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    present = peers.present()
    lines = []
    for line in page(options, present):
        print(line, flush=True)
        lines.append(line)
    if options.out:
        temporary = options.out.with_suffix(".tmp")
        temporary.write_text("\n".join(lines) + "\n")
        temporary.replace(options.out)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--functions", default=",".join(peers.FUNCTIONS), help="names, separated by commas")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of elements")
    parser.add_argument("--type", default="f32", choices=peers.TYPES)
    parser.add_argument("--rounds", type=int, default=15, help="of each, in turns")
    parser.add_argument("--out", type=pathlib.Path, help="also write the page to this file")
    return parser.parse_args()


def page(options, present):
    yield from heading(options, present)
    with subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for direction in ["forward", "backward"]:
            for size in map(int, options.sizes.split(",")):
                yield ""
                yield f"## {direction}, {size:,} elements"
                yield ""
                yield "| function | relume, ns | " + " | ".join(f"{name}, ns | ratio" for name in present) + " |"
                yield "| --- | ---: |" + " ---: | ---: |" * len(present)
                ratios = {name: {} for name in present}
                for function in options.functions.split(","):
                    yield row(options, process, present, direction, size, function, ratios)
                yield from means(ratios)


def row(options, process, present, direction, size, function, ratios):
    theirs = {name: call for name, peer in present.items() if (call := peer(function, direction, options.type, size))}

    def ours(calls):
        process.stdin.write(f"{direction} {function} {options.type} {size} {calls}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            sys.exit(f"the worker ended at {direction} {function}")
        return float(answer)

    timers = {"relume": ours} | {name: clock(call, size) for name, call in theirs.items()}
    # The first call warms up, the second says how many make a round.
    calls = {name: calibrated(timer, size) for name, timer in timers.items()}
    rounds = [{name: timer(calls[name]) for name, timer in timers.items()} for _ in range(options.rounds)]
    median = {name: statistics.median(times[name] for times in rounds) for name in timers}
    cells = [function, f"{median['relume']:.3f}"]
    for name in present:
        if name not in theirs:
            cells += ["", ""]
            continue
        pairs = sorted(times[name] / times["relume"] for times in rounds)
        ratio = statistics.median(pairs)
        ratios[name][function] = ratio
        low, high = pairs[len(pairs) // 10], pairs[-1 - len(pairs) // 10]
        cells += [f"{median[name]:.3f}", f"**{ratio:.2f}** ({low:.2f}-{high:.2f})"]
    return "| " + " | ".join(cells) + " |"


def clock(call, size):
    def timer(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) * 1e9 / (size * calls)

    return timer


def calibrated(timer, size):
    timer(1)
    return max(1, min(1000, round(ROUND * 1e9 / (timer(2) * size))))


def means(ratios):
    yield ""
    for name, of in ratios.items():
        found = [of[function] for function in SMOOTH if function in of]
        if len(found) > 1:
            mean = math.prod(found) ** (1 / len(found))
            yield f"{name}: geometric mean over {len(found)} smooth functions **{mean:.2f}**, least {min(found):.2f}."


def heading(options, present):
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    yield f"# Kernels: {options.type}, one thread"
    yield ""
    yield f"- {datetime.date.today()}, {processor()}, {os.cpu_count()} cores, commit {commit.stdout.strip() or 'none'}"
    yield f"- {peers.versions(present)}, Python {platform.python_version()}"
    if hasattr(os, "getloadavg"):
        yield f"- Processes that wanted to run in the minute before: {os.getloadavg()[0]:.1f}, this one included"
    yield f"- Nanoseconds per element, medians of {options.rounds} rounds in turns; ratio: the peer's time over"
    yield "  relume's in the same round, median and the middle 80 %. More than 1: relume is faster."


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


if __name__ == "__main__":
    main()
