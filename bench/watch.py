"""What the doctor adds to the time of a training step: by default, and with every step watched.

    python bench/watch.py [--threads 2] [--seconds 10] [--tsv FILE]

Each network is trained on random data, in turns without the doctor, with it as it is by default, and with
every step watched. A figure is the median over the turns of the time per step relative to that without it in the
same turn, with the smallest and the largest; "stated" is what the doctor says of itself. One thread is timed by the
processor's time, which other programs disturb less.
"""

import argparse
import time
from statistics import median

import torch
import torch.nn.functional as F
from torch import nn

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


NETS = {
    "MNIST CNN, batch 64": (Cnn, lambda: torch.randn(64, 1, 28, 28)),
    "MLP 784-512-512-10, batch 128": (mlp, lambda: torch.randn(128, 784)),
    "4-layer transformer, batch 16 x 64": (Transformer, lambda: torch.randn(16, 64, 128)),
}

MODES = {"without": None, "default": {}, "every=1": {"every": 1}}


class Trained:
    """A network that is trained on one batch, watched or not."""

    def __init__(self, make, batch, options):
        torch.manual_seed(0)
        self.model, self.x = make(), batch()
        self.t = torch.randint(10, (len(self.x),))
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-4)
        self.doctor = None if options is None else relume.torch.watch(self.model, self.optimizer, **options)

    def time(self, seconds, clock):
        """Seconds per step, over so many seconds."""
        start, steps = clock(), 0
        while (now := clock()) - start < seconds:
            self.optimizer.zero_grad()
            F.cross_entropy(self.model(self.x), self.t).backward()
            self.optimizer.step()
            steps += 1
        return (now - start) / steps

    def stated(self):
        cost = self.doctor.to_dict()["cost"]
        return cost["watching"] / cost["training"], cost["watched"] / cost["steps"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=10.0, help="for each network and mode")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--tsv", help="also write the figures to this file")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    clock = time.process_time if arguments.threads == 1 else time.perf_counter
    head = ["network", "mode", "ms per step", "relative", "from", "to", "stated", "steps watched"]
    rows = []
    print(f"{head[0]:36}{head[1]:>9}{head[2]:>13}{head[3]:>10}{head[4]:>8}{head[5]:>8}{head[6]:>9}{head[7]:>15}")
    for name, (make, batch) in NETS.items():
        nets = {mode: Trained(make, batch, options) for mode, options in MODES.items()}
        for net in nets.values():
            net.time(0.5, clock)
        turns = []
        for turn in range(arguments.turns):
            # In another order each time, so that none is always the first.
            order = list(nets) if turn % 2 else list(nets)[::-1]
            turns.append({mode: nets[mode].time(arguments.seconds / arguments.turns, clock) for mode in order})
        for mode, net in nets.items():
            relative = [times[mode] / times["without"] for times in turns]
            stated, watched = net.stated() if net.doctor else (0.0, 0.0)
            row = [1e3 * median(times[mode] for times in turns), median(relative), min(relative), max(relative)]
            print(
                f"{name:36}{mode:>9}{row[0]:13.3f}{row[1]:10.3f}{row[2]:8.3f}{row[3]:8.3f}{stated:9.3f}{watched:15.3f}"
            )
            rows.append([name, mode, *(f"{value:.4f}" for value in [*row, stated, watched])])
    if arguments.tsv:
        with open(arguments.tsv, "w") as file:
            file.writelines("\t".join(row) + "\n" for row in [head, *rows])


if __name__ == "__main__":
    main()
