"""A task that takes a fraction of a second, at the top of a module so that processes find it."""

import os
import signal
import time

import torch
import torch.nn.functional as F
from torch import nn

from pytorch.nets import clouds

DATA = clouds(600, classes=4, seed=1)


def make_model(activation):
    return nn.Sequential(nn.Linear(8, 16), activation(), nn.Linear(16, 16), activation(), nn.Linear(16, 4))


def fit(model, steps=40, lr=0.1):
    x, t = DATA
    optimizer = torch.optim.SGD(model.parameters(), lr)
    for _ in range(steps):
        rows = torch.randint(400, (64,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), t[rows]).backward()
        optimizer.step()


def accuracy(model):
    x, t = DATA
    with torch.no_grad():
        return (model(x[400:]).argmax(1) == t[400:]).float().mean().item()


def train(model, seed):
    fit(model)
    return accuracy(model)


def train_by_the_loss(model, seed):
    x, t = DATA
    fit(model)
    with torch.no_grad():
        return F.cross_entropy(model(x[400:]), t[400:]).item()


def train_without_tanh(model, seed):
    """Something goes wrong with one of the activations."""
    if any(isinstance(module, nn.Tanh) for module in model.modules()):
        raise OSError("the cable\nis loose")
    return train(model, seed)


def once(path):
    """True for the first process that asks."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


class TrainAndDieOnce:
    """Kills the process that trains seed 1 of tanh for the first time."""

    def __init__(self, path):
        self.path = str(path)

    def __call__(self, model, seed):
        if seed == 1 and isinstance(model[1], nn.Tanh) and once(self.path):
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        return train(model, seed)


class TrainAndDie:
    """Kills each process that trains seed 1 of tanh, other than that of the test."""

    def __init__(self):
        self.survivor = os.getpid()

    def __call__(self, model, seed):
        if seed == 1 and isinstance(model[1], nn.Tanh) and os.getpid() != self.survivor:
            os.kill(os.getpid(), signal.SIGKILL)
        return train(model, seed)
