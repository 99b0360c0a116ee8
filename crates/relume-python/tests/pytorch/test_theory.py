"""What theory says of untrained ReLU networks comes out of the doctor's own counts."""

import math

import pytest
import torch
from torch import nn

from relume.torch import watch


def seen_in(model, x):
    """What the doctor saw of each layer in the first step of a network with He's weights and no biases."""
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=math.sqrt(2 / layer.weight[0].numel()))
    with watch(model, every=1) as doctor:
        model(x).sum().backward()
    return doctor.to_dict()["record"]["snapshots"][0]["layers"]


def layered(layer, sizes):
    pairs = zip(sizes, sizes[1:], strict=False)
    return nn.Sequential(*(m for a, b in pairs for m in (layer(a, b, bias=False), nn.ReLU())))


@pytest.mark.parametrize("width", [2, 3, 5])
def test_narrow_networks_are_born_dead_as_often_as_theory_says(width):
    """On one sample a living layer of n units is silent with probability 2^-n (Lu et al. 2019), so that a unit of layer
    l is on with probability (1 - 2^-n)^(l-1) / 2. Many networks stand side by side, as groups of one."""
    nets, depth = 4000, 10

    def groups(a, b, bias):
        return nn.Conv1d(nets * a, nets * b, 1, groups=nets, bias=bias)

    seen = seen_in(layered(groups, [4, *[width] * depth]), torch.randn(1, nets * 4, 1))
    for number, layer in enumerate(seen):
        alive = (1 - 2**-width) ** number
        on = 1 - layer["silent"] / (nets * width)
        # Of one network: the mean of `width` units, which are on by the toss of a coin if the layer before is alive.
        variance = alive * (0.25 + 0.25 / width) - (alive / 2) ** 2
        assert abs(on - alive / 2) < 4 * math.sqrt(variance / nets), number
    born_dead = 1 - 2 * on
    assert born_dead == pytest.approx(1 - (1 - 2**-width) ** (depth - 1), abs=0.05)


def test_the_size_of_signals_spreads_as_theory_says():
    """With r the squared size of the last layer over that of the input, E r = 1 and E r² = (1 + 5/n)^L."""
    width, depth, nets = 16, 3, 400
    x = torch.randn(1, width)
    sizes = [seen_in(layered(nn.Linear, [width] * (depth + 1)), x)[-1]["output_rms"] ** 2 for _ in range(nets)]
    ratios = torch.tensor(sizes, dtype=torch.float64) / x.double().square().mean()
    second = (1 + 5 / width) ** depth
    assert abs(ratios.mean() - 1) < 4 * math.sqrt((second - 1) / nets)
    assert abs(ratios.square().mean() - second) < 4 * ratios.square().std() / math.sqrt(nets)
