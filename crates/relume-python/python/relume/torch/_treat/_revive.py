"""Revives dead units: draws new incoming weights, and zeroes their biases and outgoing weights.

The model computes the same right afterwards, for the new weights are multiplied by zero; the outgoing weights
grow by their gradients (as in Sokar et al. 2023, *The dormant neuron phenomenon in deep reinforcement learning*).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.optim import Optimizer

from relume.torch._treat._initialise import drawn, forget
from relume.torch._treat._modules import resolved
from relume.torch._treat._readers import NORMS, Unknown, columns, graph_of, readers
from relume.torch._watch._prescriptions import Target

READS = (nn.Linear, _ConvNd)
"""Modules that read units by weights."""


def revive(
    model: nn.Module, targets: list[Target], optimizer: Optimizer | None, left: list[str]
) -> Iterator[Callable[[], str]]:
    """What is to be done to revive the units of all targets; whose readers cannot be known is added to ``left``."""
    layers = [layer_of(model, target) for target in targets]
    # Outgoing weights first: what they are is incoming weights of the next layer, whose dead units need theirs.
    for target, (name, layer) in zip(targets, layers, strict=True):
        try:
            read = list(readers(model, graph_of(model), name))
            zeroes = [zero(module, target, len(layer.weight), optimizer) for module in read]
            if not any(isinstance(module, READS) for module in read):
                raise Unknown("nothing reads them")
        except Unknown as error:
            left.append(f"the outgoing weights of the units of {target.layer}: {error}")
            continue
        yield partial(silence, target, zeroes)
    for target, (_, layer) in zip(targets, layers, strict=True):
        yield partial(redraw, layer, target, optimizer)


def silence(target: Target, zeroes: list[Callable[[], None]]) -> str:
    for do in zeroes:
        do()
    return f"zeroed the outgoing weights of {len(target.units)} units of {target.layer}"


def redraw(layer: Any, target: Target, optimizer: Optimizer | None) -> str:
    units = torch.tensor(target.units, device=layer.weight.device)
    layer.weight[units] = drawn(layer.weight, target)[units]
    forget(optimizer, layer.weight, units)
    if layer.bias is not None:
        layer.bias[units] = 0
        forget(optimizer, layer.bias, units)
    return f"drew new incoming weights for {len(target.units)} units of {target.layer}"


def layer_of(model: nn.Module, target: Target) -> tuple[str, Any]:
    """The layer that computes the units, and its name."""
    name, layer = resolved(model, str(target.module))
    fits = isinstance(layer, READS) and not isinstance(layer, _ConvTransposeNd)
    if not fits or max(target.units) >= len(layer.weight):
        raise ValueError(f"treat(): the units of {target.layer} are not the rows of the weight of {target.module}")
    return name, layer


def zero(module: Any, target: Target, of: int, optimizer: Optimizer | None) -> Callable[[], None]:
    """Will zero the weights by which a module reads the units; those of a normalisation start again."""
    units = torch.tensor(target.units, device=next(iter(module.parameters()), torch.empty(0)).device)
    if isinstance(module, NORMS):
        return partial(renew, module, units, of, optimizer)
    at = columns(module, units, of)

    def do() -> None:
        module.weight[:, at] = 0
        forget(optimizer, module.weight, (slice(None), at))

    return do


def renew(norm: Any, units: Tensor, of: int, optimizer: Optimizer | None) -> None:
    for parameter, value in fresh(norm):
        if len(parameter) == of:
            parameter[units] = value
            forget(optimizer, parameter, units)


def fresh(norm: Any) -> Iterator[tuple[Tensor, float]]:
    """The parameters of a normalisation, and what they begin with."""
    for parameter, value in ((norm.weight, 1.0), (norm.bias, 0.0)):
        if parameter is not None:
            yield parameter, value
