"""Revives dead units: draws new incoming weights, and zeroes their biases and outgoing weights.

The model computes the same right afterwards, for the new weights are multiplied by zero; the outgoing weights
grow by their gradients (as in Sokar et al. 2023, *The dormant neuron phenomenon in deep reinforcement learning*).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.optim import Optimizer

from relume.torch._treat._initialise import drawn, forget
from relume.torch._treat._readers import NORMS, Unknown, columns, graph_of, readers
from relume.torch._watch._prescriptions import Target


def revive(model: nn.Module, targets: list[Target], optimizer: Optimizer | None) -> tuple[list[str], list[str]]:
    """Revives the units of all targets; returns what was changed and what was left."""
    changed: list[str] = []
    left: list[str] = []
    # Outgoing weights first: what they are is incoming weights of the next layer, whose dead units need theirs.
    for target in targets:
        layer = layer_of(model, target)
        try:
            read = list(readers(model, graph_of(model), str(target.module)))
            zeroed = [zero(module, target, len(layer.weight), optimizer) for module in read]
            if not any(zeroed):
                raise Unknown("nothing reads them")
            changed.append(f"zeroed the outgoing weights of {len(target.units)} units of {target.layer}")
        except Unknown as error:
            left.append(f"the outgoing weights of the units of {target.layer}: {error}")
    for target in targets:
        layer = layer_of(model, target)
        units = torch.tensor(target.units, device=layer.weight.device)
        layer.weight[units] = drawn(layer.weight, target)[units]
        forget(optimizer, layer.weight, units)
        if layer.bias is not None:
            layer.bias[units] = 0
            forget(optimizer, layer.bias, units)
        changed.append(f"drew new incoming weights for {len(target.units)} units of {target.layer}")
    return changed, left


def layer_of(model: nn.Module, target: Target) -> Any:
    """The layer that computes the units."""
    layer: Any = model.get_submodule(str(target.module))
    fits = isinstance(layer, (nn.Linear, _ConvNd)) and not isinstance(layer, _ConvTransposeNd)
    if not fits or max(target.units) >= len(layer.weight):
        raise ValueError(f"treat(): the units of {target.layer} are not the rows of the weight of {target.module}")
    return layer


def zero(module: Any, target: Target, of: int, optimizer: Optimizer | None) -> bool:
    """Zeroes the weights by which a module reads the units; those of a normalisation start again."""
    units = torch.tensor(target.units, device=next(iter(module.parameters()), torch.empty(0)).device)
    if not isinstance(module, NORMS):
        at = columns(module, units, of)
        module.weight[:, at] = 0
        forget(optimizer, module.weight, (slice(None), at))
        return True
    for parameter, value in fresh(module):
        if len(parameter) == of:
            parameter[units] = value
            forget(optimizer, parameter, units)
    return False


def fresh(norm: Any) -> Iterator[tuple[Tensor, float]]:
    """The parameters of a normalisation, and what they begin with."""
    for parameter, value in ((norm.weight, 1.0), (norm.bias, 0.0)):
        if parameter is not None:
            yield parameter, value
