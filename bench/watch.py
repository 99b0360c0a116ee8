"""What the doctor adds to the time of training: by default, with every step watched, and with none but the first.

    python bench/watch.py [--threads 1 2] [--seconds 10] [--turns 10] [--modes without default] [--out FILE]

With `--turns 1 --seconds 30` each training takes half a minute: watching is dense at the start, so that short
trainings say nothing of long ones.

Each network is trained on random data from the first step on, as often as there are turns: without the doctor, and
with it in three ways, each for the same number of steps. A figure is the median over the turns of the time relative to
that without it in the same turn, with the smallest and the largest; "added" is what that comes to in seconds over all
steps, and in microseconds for each; "stated" is what the doctor says of itself. One thread is timed by the processor's
time, which other programs disturb less.
"""

import argparse
import pathlib
import time
from statistics import median

import circumstances
import torch
import torch.nn.functional as F
from torch import nn

import relume
import relume.torch


class Cnn(nn.Module):
    """For pictures of MNIST's size."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.hidden, self.out = nn.Linear(64 * 5 * 5, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        return self.out(F.relu(self.hidden(x.flatten(1))))


class Transformer(nn.Module):
    """Four layers over sequences."""

    def __init__(self, width=128):
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 4)
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        return self.out(self.encoder(x).mean(1))


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def small():
    return nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10))


NETS = {
    "MLP 8-32-32-10, batch 32": (small, lambda: torch.randn(32, 8)),
    "MLP 784-512-512-10, batch 128": (mlp, lambda: torch.randn(128, 784)),
    "MNIST CNN, batch 64": (Cnn, lambda: torch.randn(64, 1, 28, 28)),
    "4-layer transformer, batch 16 x 64": (Transformer, lambda: torch.randn(16, 64, 128)),
}

MODES = {"without": None, "default": {}, "every=1": {"every": 1}, "first step only": {"every": 1 << 40}}


class Training:
    """A network that is trained on one batch, watched or not."""

    def __init__(self, make, batch, options):
        torch.manual_seed(0)
        self.model, self.x = make(), batch()
        self.t = torch.randint(10, (len(self.x),))
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-4)
        self.doctor = None if options is None else relume.torch.watch(self.model, self.optimizer, **options)

    def steps(self, n):
        for _ in range(n):
            self.optimizer.zero_grad()
            F.cross_entropy(self.model(self.x), self.t).backward()
            self.optimizer.step()

    def stated(self):
        """The last cells of a line: what the doctor says of itself."""
        if self.doctor is None:
            return "| |"
        self.doctor.close()
        cost = self.doctor.to_dict()["cost"]
        return f"{cost['watching'] / cost['training']:.3f} | {cost['watched'] / cost['steps']:.0%} |"


def page(options):
    """The lines of the page."""
    yield "# What the doctor adds to a training step\n"
    yield from circumstances.lines(f"relume {relume.__version__}", f"PyTorch {torch.__version__}")
    yield f"- {options.turns} trainings of about {options.seconds / options.turns:.1f} s for each network and mode"
    yield "- For one thread it is the time that the processor worked, for several the time that passed."
    for count in options.threads:
        torch.set_num_threads(count)
        yield f"\n## {count} thread{'s' * (count > 1)}\n"
        yield "| network | mode | ms per step | steps | relative | from | to | added s | µs a step | stated | watched |"
        yield "|:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        for name, (make, batch) in NETS.items():
            yield from rows(name, make, batch, options, time.process_time if count == 1 else time.perf_counter)


def rows(name, make, batch, options, clock):
    trial = Training(make, batch, None)
    trial.steps(20)
    start = clock()
    trial.steps(20)
    n = max(round(20 * options.seconds / options.turns / (clock() - start)), 20)
    turns = []
    for turn in range(options.turns):
        # In another order each time, so that none is always the first.
        order = options.modes if turn % 2 else options.modes[::-1]
        times, stated = {}, {}
        for mode in order:
            training = Training(make, batch, MODES[mode])
            start = clock()
            training.steps(n)
            times[mode] = clock() - start
            stated[mode] = training.stated()
        turns.append(times)
    for mode in options.modes:
        relative = [times[mode] / times["without"] for times in turns]
        added = median(times[mode] - times["without"] for times in turns)
        step = 1e3 * median(times[mode] for times in turns) / n
        share = f"{median(relative):.3f} | {min(relative):.3f} | {max(relative):.3f}"
        yield f"| {name} | {mode} | {step:.2f} | {n} | {share} | {added:.2f} | {1e6 * added / n:.0f} | {stated[mode]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, torch.get_num_threads()])
    parser.add_argument("--seconds", type=float, default=10.0, help="for each network and mode")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--modes", choices=list(MODES), nargs="+", default=list(MODES), help="'without' is always one")
    parser.add_argument("--out", type=pathlib.Path, help="a file to write, too")
    options = parser.parse_args()
    options.modes = [mode for mode in MODES if mode in {"without", *options.modes}]
    circumstances.show(page(options), options.out)


if __name__ == "__main__":
    main()
