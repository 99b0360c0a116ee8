"""relume's PyTorch modules against PyTorch's own: the time of a call, per module and size.

    python bench/torch_modules.py [NAMES]      the table, for the modules of these names or all of them
    python bench/torch_modules.py --sizes      from how many elements on relume is faster, as relume/torch/_sizes.py

Both sides are timed in turn, in short bursts, in the same process; a figure is the ratio of the shortest times, above
1 where relume is faster. A call is of a module, on float32, with a fresh output; "training" is a forward and a
backward with a dense arriving gradient.
"""

import argparse
import time
from statistics import geometric_mean

import torch

import relume.torch
from relume.torch._factory import DISPATCHERS, use
from relume.torch._sizes import Sizes, above

SIZES = [8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 24]
ARGUMENTS = {"Threshold": [((0.1, 20.0), {})], "GELU": [((), {}), ((), {"approximate": "tanh"})]}
MODES = ("inference", "training")


def modules(names):
    """Pairs of PyTorch's module and ours, under the name of the function in relume's catalogue."""
    for base, dispatcher in DISPATCHERS.items():
        for arguments, options in ARGUMENTS.get(base.__name__, [((), {})]):
            name = "_".join([dispatcher.definition.name, *options.values()])
            if not names or name in names or base.__name__ in names:
                yield name, base(*arguments, **options), getattr(relume.torch, base.__name__)(*arguments, **options)


def call(module, size, mode):
    """What is timed."""
    x = torch.randn(size) * 2
    if mode == "inference":

        def run():
            with torch.no_grad():
                module(x)
    else:
        x.requires_grad_()
        dy = torch.randn(size)

        def run():
            torch.autograd.grad(module(x), x, dy)

    return run


def ratio(theirs, ours, size, mode, seconds):
    """PyTorch's time, and how often ours goes into it."""
    calls = [call(module, size, mode) for module in (theirs, ours)]
    repeats = max(1, 30000 // (size + 1000))
    shortest = [float("inf")] * 2
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 5 or time.perf_counter() < end:
        for side in (0, 1) if rounds % 2 else (1, 0):
            start = time.perf_counter()
            for _ in range(repeats):
                calls[side]()
            shortest[side] = min(shortest[side], (time.perf_counter() - start) / repeats)
        rounds += 1
    return shortest[0], shortest[0] / shortest[1]


def table(names, threads, seconds):
    for count in threads:
        torch.set_num_threads(count)
        for mode in MODES:
            print(f"\n{mode}, {count} thread{'s' * (count > 1)}: PyTorch's time / ours")
            print(f"{'':14}" + "".join(f"{size:>10}" for size in SIZES))
            for name, theirs, ours in modules(names):
                ratios = [ratio(theirs, ours, size, mode, seconds)[1] for size in SIZES]
                print(f"{name:14}" + "".join(f"{value:10.2f}" for value in ratios), flush=True)


def sizes(names, threads, seconds):
    """For each function and mode the smallest size from which on relume is faster, whatever the number of threads: by
    5 % there, by as much in the mean of the larger ones, and nowhere slower by more than 3 %."""
    candidates = [1 << k for k in (9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22)]
    for name, theirs, ours in modules(names):
        found = []
        for mode in MODES:
            worst = []
            for size in candidates:
                ratios = []
                for count in threads:
                    torch.set_num_threads(count)
                    ratios.append(ratio(theirs, ours, size, mode, seconds)[1])
                worst.append(min(ratios))
            good = [
                size
                for i, size in enumerate(candidates)
                if min(worst[i], geometric_mean(worst[i:])) >= 1.05 and min(worst[i:]) >= 0.97
            ]
            found.append(str(good[0]) if good else "NEVER")
            print("#", name, mode, *(f"{value:.2f}" for value in worst))
        print(f'    "{name}": Sizes({found[0]}, {found[1]}),', flush=True)


def always_relume():
    """Makes the modules use relume's kernels for every size."""
    use(lambda name: Sizes(above(0), above(0)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=0.2, help="for each figure")
    options = parser.parse_args()
    if options.sizes:
        always_relume()
        sizes(options.names, options.threads, options.seconds)
    else:
        table(options.names, options.threads, options.seconds)


if __name__ == "__main__":
    main()
