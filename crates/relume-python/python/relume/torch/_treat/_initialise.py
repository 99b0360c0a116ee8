"""New weights by the rule that fits the activation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from relume.torch._treat._modules import find
from relume.torch._watch._prescriptions import Target


def initialise(model: nn.Module, target: Target, name: str, optimizer: Optimizer | None) -> Callable[[], str]:
    """Will draw new weights for the layer of this name, and zero its biases."""
    module = find(model, name)
    if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        return lambda: reset(module, name, optimizer)
    if not isinstance(getattr(module, "weight", None), Tensor) or module.weight.dim() < 2:
        raise ValueError(f"treat(): {name} is a {type(module).__name__} without a matrix of weights")
    return lambda: draw(module, target, name, optimizer)


def reset(module: Any, name: str, optimizer: Optimizer | None) -> str:
    """A recurrent layer draws its own weights."""
    module.reset_parameters()
    for parameter in module.parameters():
        forget(optimizer, parameter)
    return f"initialised {name} as PyTorch does"


def draw(module: Any, target: Target, name: str, optimizer: Optimizer | None) -> str:
    module.weight.copy_(drawn(module.weight, target))
    forget(optimizer, module.weight)
    if getattr(module, "bias", None) is not None:
        module.bias.zero_()
        forget(optimizer, module.bias)
    return f"initialised {name} by {'Glorot' if target.glorot else 'He'}'s rule"


def drawn(weight: Tensor, target: Target) -> Tensor:
    """Weights like these: by Glorot's rule, or by He's with the gain of the activation."""
    new = torch.empty_like(weight)
    if target.glorot:
        return nn.init.xavier_normal_(new)
    return new.normal_(0.0, target.gain / math.sqrt(weight[0].numel()))


def forget(optimizer: Optimizer | None, parameter: Tensor, entries: Any = ...) -> None:
    """Clears what an optimiser remembers of entries of a parameter, such as their momentum."""
    if optimizer is None:
        return
    for remembered in optimizer.state.get(parameter, {}).values():
        if isinstance(remembered, Tensor) and remembered.shape == parameter.shape:
            remembered[entries] = 0
