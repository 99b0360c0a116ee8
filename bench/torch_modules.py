"""relume's PyTorch modules against PyTorch's own: the time of a call, per module and size.

    python bench/torch_modules.py [NAMES]      the table, for the modules of these names or all of them
    python bench/torch_modules.py --sizes      for which sizes relume is faster: what relume/torch/_sizes.py holds

Both sides take turns, in short bursts, in the same process; a figure is the median, over the turns, of PyTorch's time
over ours: above 1 where relume is faster. A call is of a module, on float32, with a fresh output; "training" is a
forward and a backward with a dense arriving gradient.
"""

import argparse
import itertools
import pathlib
import time
from statistics import median

import circumstances
import torch
from torch import nn

import relume
import relume.torch
from relume.torch._factory import DISPATCHERS, MODULES, use
from relume.torch._sizes import EVERY

TABLE = [10, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 24]
CANDIDATES = [1 << k for k in (9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22)]
ARGUMENTS = {
    "Threshold": [((0.1, 20.0), {})],
    "GELU": [((), {}), ((), {"approximate": "tanh"})],
    "Softmax": [((-1,), {})],
    "LogSoftmax": [((-1,), {})],
}
MODES = ("inference", "training")


def modules(names):
    """Pairs of PyTorch's module and ours, under the name of the function in relume's catalogue."""
    functions = {base.__name__: dispatcher.definition.name for base, dispatcher in DISPATCHERS.items()}
    for module, ours in MODULES.items():
        if not hasattr(nn, module):
            continue
        for arguments, options in ARGUMENTS.get(module, [((), {})]):
            name = "_".join([functions.get(module, module.lower()), *options.values()])
            if not names or name in names or module in names:
                yield name, getattr(nn, module)(*arguments, **options), ours(*arguments, **options)


def call(module, size, mode):
    """What is timed."""
    x = torch.randn(size) * 2
    if mode == "inference":

        def run():
            with torch.no_grad():
                module(x)
    else:
        wanted = [x.requires_grad_(), *module.parameters()]
        dy = torch.randn_like(module(x))

        def run():
            torch.autograd.grad(module(x), wanted, dy)

    return run


def ratio(pair, size, mode, seconds):
    """PyTorch's time over ours: what the processor worked for one thread, the time that passed for several."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    calls = [call(module, size, mode) for module in pair]
    repeats = max(1, 30000 // (size + 1000))
    ratios = []
    end = time.perf_counter() + seconds
    while len(ratios) < 9 or time.perf_counter() < end:
        times = {}
        for side in (0, 1) if len(ratios) % 2 else (1, 0):
            start = clock()
            for _ in range(repeats):
                calls[side]()
            times[side] = clock() - start
        # A clock may stand still for a moment.
        if times[1] > 0:
            ratios.append(times[0] / times[1])
    return median(ratios)


def table(options):
    yield "# relume.torch against PyTorch, module by module"
    yield ""
    yield from circumstances.lines(f"relume {relume.__version__}", f"PyTorch {torch.__version__}")
    yield "- PyTorch's time over ours, float32, medians of pairs in turns; more than 1: relume is faster. Where relume"
    yield "  is not used both sides are PyTorch's own operation, and what differs from 1 is our way there, or chance."
    yield "- For one thread it is the time that the processor worked, for several the time that passed."
    for count in options.threads:
        torch.set_num_threads(count)
        for mode in MODES:
            yield f"\n## {mode.capitalize()}, {count} thread{'s' * (count > 1)}\n"
            yield "| function |" + "".join(f" {size:,} |" for size in TABLE)
            yield "| --- |" + " ---: |" * len(TABLE)
            for name, *pair in modules(options.names):
                ratios = [ratio(pair, size, mode, options.seconds) for size in TABLE]
                yield f"| {name} |" + "".join(f" {value:.2f} |" for value in ratios)


def sizes(options):
    """The lines of relume/torch/_sizes.py, each after what was measured."""
    use(lambda name: EVERY)
    yield f"# {CANDIDATES}"
    for name, *pair in modules(options.names):
        found = []
        for threads, mode in itertools.product(([1], options.threads), MODES):
            worst = [float("inf")] * len(CANDIDATES)
            for count in threads:
                torch.set_num_threads(count)
                ratios = [ratio(pair, size, mode, options.seconds) for size in CANDIDATES]
                worst = list(map(min, worst, ratios))
            found.append(worthwhile(worst))
            yield f"# {name} {mode}, threads {threads}: " + " ".join(f"{value:.2f}" for value in worst)
        yield f'    "{name}": Sizes({", ".join(found)}),'


def worthwhile(ratios):
    """The longest run of sizes with a gain: of 5 % at its ends, of anything between them."""
    runs = [
        (last - first, CANDIDATES[first], CANDIDATES[last])
        for first in range(len(ratios))
        for last in range(first, len(ratios))
        if min(ratios[first], ratios[last]) >= 1.05 and min(ratios[first : last + 1]) > 1
    ]
    _, first, last = max(runs, default=(0, 0, 0))
    if not last:
        return "NEVER"
    return f"above({first})" if last == CANDIDATES[-1] else f"range({first}, {last + 1})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=0.2, help="for each figure")
    parser.add_argument("--out", type=pathlib.Path, help="a file to write, too")
    options = parser.parse_args()
    circumstances.show((sizes if options.sizes else table)(options), options.out)


if __name__ == "__main__":
    main()
