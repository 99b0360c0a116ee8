"""Networks and their training, for the tests of the doctor."""

import torch
import torch.nn.functional as F
from torch import nn


def mlp(depth=3, width=32, act=nn.ReLU, inputs=8, outputs=3):
    layers = []
    for fan_in in [inputs, *[width] * (depth - 1)]:
        layers += [nn.Linear(fan_in, width), act()]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def he(model, gain=2**0.5):
    """He's initialisation, or weights that are larger or smaller."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=gain / module.in_features**0.5)
            nn.init.zeros_(module.bias)
    return model


def clouds(n=512, inputs=8, classes=3, seed=0):
    """Points around the centres of their classes."""
    random = torch.Generator().manual_seed(seed)
    t = torch.randint(classes, (n,), generator=random)
    centres = 2 * torch.randn(classes, inputs, generator=random)
    return centres[t] + torch.randn(n, inputs, generator=random), t


def train(model, steps=60, lr=0.05, batch=64, optimizer=None, data=None, begin=0, loss=F.cross_entropy):
    """Plain training; returns the losses."""
    x, t = data or clouds()
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr)
    losses = []
    for step in range(begin, begin + steps):
        rows = torch.arange(step * batch, (step + 1) * batch) % len(x)
        optimizer.zero_grad()
        value = loss(model(x[rows]), t[rows])
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses
