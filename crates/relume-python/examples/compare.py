"""Which activation is best for your own model and training? Here: a small network that tells two spirals apart.

python examples/compare.py [REPORT.html]

Prints the verdicts, and with a file name writes the report. The trials run in as many processes as there are cores.
"""

import math
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch
from torch import nn

import relume.torch


def spirals(n):
    """Points on two arms, and which arm."""
    arm = torch.randint(2, (n,))
    turn = 3 * math.pi * torch.rand(n).sqrt()
    angle = turn + math.pi * arm
    points = torch.stack([turn * angle.cos(), turn * angle.sin()], 1) / (3 * math.pi)
    return points + 0.02 * torch.randn(n, 2), arm


def make_model(activation):
    """The network, with the activation to be tried wherever it needs one."""
    layers = [nn.Linear(2, 32), activation()]
    for _ in range(2):
        layers += [nn.Linear(32, 32), activation()]
    return nn.Sequential(*layers, nn.Linear(32, 2))


def train(model, seed):
    """Your own training, whatever it is; what it returns is compared."""
    # What is the same for all seeds has a generator of its own; the rest follows from the seed.
    with torch.random.fork_rng():
        torch.manual_seed(2026)
        x_test, t_test = spirals(2000)
    x, t = spirals(1000)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    for _ in range(12):
        order = torch.randperm(len(x))
        for rows in order.split(50):
            loss = nn.functional.cross_entropy(model(x[rows]), t[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        right = model(x_test).argmax(1) == t_test
    return {"metric": right.float().mean(), "scores": right, "curves": {"train_loss": losses}}


def main():
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as executor:
        activations = ["relu", "gelu", "elu", "sigmoid", "identity"]
        result = relume.torch.compare(make_model, train, activations, seeds=12, name="spirals", executor=executor)
    print(result)
    if sys.argv[1:]:
        result.to_html(sys.argv[1])


if __name__ == "__main__":
    main()
