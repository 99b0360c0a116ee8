"""New weights by the rule that fits the activation."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from relume.torch._watch._prescriptions import Target


def drawn(weight: Tensor, target: Target) -> Tensor:
    """Weights like these: by Glorot's rule, or by He's with the gain of the activation."""
    new = torch.empty_like(weight)
    if target.glorot:
        return nn.init.xavier_normal_(new)
    return new.normal_(0.0, target.gain / math.sqrt(weight[0].numel()))


def initialise(model: nn.Module, target: Target, optimizer: Optimizer | None) -> str:
    """Draws new weights for a layer and zeroes its biases."""
    module: Any = model.get_submodule(str(target.module))
    if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        module.reset_parameters()
        for parameter in module.parameters():
            forget(optimizer, parameter)
        return f"initialised {target.module} as PyTorch does"
    module.weight.copy_(drawn(module.weight, target))
    forget(optimizer, module.weight)
    if getattr(module, "bias", None) is not None:
        module.bias.zero_()
        forget(optimizer, module.bias)
    return f"initialised {target.module} by {'Glorot' if target.glorot else 'He'}'s rule"


def forget(optimizer: Optimizer | None, parameter: Tensor, entries: Any = ...) -> None:
    """Clears what an optimiser remembers of entries of a parameter, such as their momentum."""
    if optimizer is None:
        return
    for remembered in optimizer.state.get(parameter, {}).values():
        if isinstance(remembered, Tensor) and remembered.shape == parameter.shape:
            remembered[entries] = 0
