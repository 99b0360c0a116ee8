"""Recurrent layers of relume-burn against PyTorch's on one and two threads, and Burn's own.

    cargo build --release -p relume-burn --example recurrent
    python bench/recurrent.py [--out PAGE]

A figure is of one training step: forward, sum, backward to weights and inputs; f32, as many inputs as units. All take
turns, in spans of a sixth of a second. Counted is the least time that passed for a step; for one thread also what the
processor worked for it, which other programs disturb less.
"""

import argparse
import math
import pathlib
import subprocess
import time

import circumstances
import torch

KINDS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
TITLES = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN, tanh"}
AIMS = {"lstm": 1.3, "gru": 1.3, "rnn": 1.5}
SPAN = 0.15
LAYERS = ("relume", "relume-one", "burn")
THREADS = (1, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    program = circumstances.ROOT / "target/release/examples/recurrent"
    parser.add_argument("--program", type=pathlib.Path, default=program, help="the example of relume-burn")
    parser.add_argument("--kinds", default="lstm,gru,rnn", help="separated by commas (default: %(default)s)")
    parser.add_argument("--steps", default="32,128", help="lengths of sequences (default: %(default)s)")
    parser.add_argument("--widths", default="32,64,128", help="inputs and units (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=32, help="samples (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default: %(default)s)")
    parser.add_argument("--out", type=pathlib.Path, help="also write the Markdown page here")
    options = parser.parse_args()
    circumstances.show(page(options), options.out)


def page(options):
    yield "# Recurrent layers: milliseconds of a training step"
    yield ""
    yield from circumstances.lines(f"PyTorch {torch.__version__}")
    yield f"- Batches of {options.batch}, f32, as many inputs as units; forward and backward, to weights and inputs"
    yield (
        f"- The least of {options.rounds} turns; *worked*: what the processor worked for the one thread, the least "
        "average of a turn"
    )
    yield (
        "- Ratio: the better of PyTorch's one and two threads over relume on all cores, by the time that passed; and "
        "PyTorch's"
    )
    yield "  one thread over relume's one thread, by what the processor worked. More than 1: relume is faster."
    with subprocess.Popen([options.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        for kind in options.kinds.split(","):
            yield ""
            yield f"## {TITLES[kind]}"
            yield ""
            yield (
                "| steps | units | PyTorch, 1 thread | 2 threads | relume, all cores | ratio "
                "| PyTorch, 1 thread, worked | relume, 1 thread, worked | ratio | Burn |"
            )
            yield "| ---: " * 10 + "|"
            ratios = []
            for steps in map(int, options.steps.split(",")):
                for width in map(int, options.widths.split(",")):
                    best = measure(options, program, kind, steps, width)
                    ratios.append((passed(best), worked(best)))
                    yield row(steps, width, best)
            yield ""
            for what, of in zip(("By the time that passed", "By what one thread worked"), zip(*ratios), strict=True):
                mean = math.exp(sum(map(math.log, of)) / len(of))
                yield (
                    f"{what}: geometric mean **{mean:.2f}** (wanted: {AIMS[kind]}), "
                    f"lowest {min(of):.2f} (wanted: 1), highest {max(of):.2f}."
                )
                yield ""
        program.stdin.close()


def passed(best):
    return min(best["torch", threads][0] for threads in THREADS) / best["relume"][0]


def worked(best):
    return best["torch", 1][1] / best["relume-one"][1]


def row(steps, width, best):
    burn = best["burn"][0]
    cells = [
        steps,
        width,
        *(f"{best['torch', threads][0]:.2f}" for threads in THREADS),
        f"{best['relume'][0]:.2f}",
        f"**{passed(best):.2f}**",
        f"{best['torch', 1][1]:.2f}",
        f"{best['relume-one'][1]:.2f}",
        f"**{worked(best):.2f}**",
        "" if math.isnan(burn) else f"{burn:.2f}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def measure(options, program, kind, steps, width):
    """The least times of each: those that passed, and those that the processor worked for one thread."""
    step = torch_step(kind, options.batch, steps, width)
    best = {}

    def note(key, times):
        before = best.get(key, (math.inf, math.inf))
        best[key] = tuple(map(min, times, before))

    for _ in range(options.rounds):
        for threads in THREADS:
            torch.set_num_threads(threads)
            note(("torch", threads), times(step))
        for layer in LAYERS:
            program.stdin.write(f"{layer} {kind} {steps} {width} {options.batch}\n")
            program.stdin.flush()
            note(layer, tuple(map(float, program.stdout.readline().split())))
    return best


def torch_step(kind, batch, steps, width):
    layer = KINDS[kind](width, width, batch_first=True)
    x = torch.randn(batch, steps, width, requires_grad=True)
    wanted = [x, *layer.parameters()]
    return lambda: torch.autograd.grad(layer(x)[0].sum(), wanted)


def times(step):
    """Milliseconds of a step: the least that passed, and what the processor worked on average."""
    step()
    least, count = math.inf, 0
    start, work = time.perf_counter(), time.thread_time()
    while count < 3 or time.perf_counter() - start < SPAN:
        before = time.perf_counter()
        step()
        least = min(least, time.perf_counter() - before)
        count += 1
    return 1e3 * least, 1e3 * (time.thread_time() - work) / count


if __name__ == "__main__":
    main()
