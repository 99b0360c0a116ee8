"""A normalisation behind a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.optim import Optimizer

from relume.torch._treat._modules import Normalised, find, put


def normalise(model: nn.Module, name: str, optimizer: Optimizer | None) -> Callable[[], str]:
    """Will put a normalisation behind the layer of this name."""
    layer = find(model, name)
    if layer is model:
        raise ValueError("treat(): the model itself is what is to be normalised; do it where you make it")
    if isinstance(model.get_submodule(name), Normalised):
        return lambda: f"{name} is normalised already"
    norm = norm_of(layer, name)
    pair = Normalised(layer, norm).train(layer.training)

    def do() -> str:
        put(model, layer, pair)
        if optimizer is not None:
            group_of(optimizer, layer)["params"].extend(norm.parameters())
        return f"{type(norm).__name__} behind {name}"

    return do


def norm_of(layer: Any, name: str) -> nn.Module:
    """The normalisation that fits a layer."""
    if isinstance(layer, nn.Linear):
        return nn.LayerNorm(layer.out_features, device=layer.weight.device, dtype=layer.weight.dtype)
    if isinstance(layer, _ConvNd):
        return nn.GroupNorm(1, layer.out_channels, device=layer.weight.device, dtype=layer.weight.dtype)
    raise ValueError(f"treat(): {name} is a {type(layer).__name__}, behind which it puts no normalisation")


def group_of(optimizer: Optimizer, layer: nn.Module) -> dict[str, Any]:
    """The group of parameters that the layer is in: what is new is to have its rate, and its schedule."""
    own = {id(parameter) for parameter in layer.parameters()}
    groups: list[dict[str, Any]] = optimizer.param_groups
    return next((group for group in groups if any(id(p) in own for p in group["params"])), groups[0])
