"""Which modules read the units that a module computes; found in the graph of the model's operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from relume.torch._watch._modules import ACTIVATIONS, NOT_UNITS

NORMS = (_BatchNorm, nn.GroupNorm, nn.LayerNorm)

KEEPS_UNITS = (*ACTIVATIONS, nn.Identity, nn.Flatten, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d) + tuple(
    getattr(nn, f"{adaptive}{kind}Pool{d}d")
    for adaptive in ("", "Adaptive")
    for kind in ("Max", "Avg")
    for d in (1, 2, 3)
)
"""Modules behind which each unit's values still stand together, in the order of the units."""

SAME = "relu relu_ tanh sigmoid leaky_relu elu selu celu gelu silu mish dropout flatten view reshape contiguous"
SAME += " max_pool1d max_pool2d avg_pool1d avg_pool2d adaptive_avg_pool1d adaptive_avg_pool2d"
FUNCTIONS = {getattr(owner, name) for owner in (F, torch) for name in SAME.split() if hasattr(owner, name)}
METHODS = set(SAME.split())


class Tracer(fx.Tracer):
    """Does not look into activations, relume's among them."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, (*ACTIVATIONS, *NOT_UNITS)) or super().is_leaf_module(m, module_qualified_name)


class Unknown(Exception):
    """Why the readers of a module cannot be known."""


def graph_of(model: nn.Module) -> fx.Graph:
    """The operations of a model."""
    try:
        return Tracer().trace(model)
    except Exception as error:
        words = str(error).splitlines() or [type(error).__name__]
        raise Unknown(f"torch.fx cannot trace the model: {words[0]}") from None


def readers(model: nn.Module, graph: fx.Graph, name: str) -> list[nn.Module]:
    """The modules that read what the module of this name computes, and the normalisations between."""
    starts = [node for node in graph.nodes if node.op == "call_module" and node.target == name]
    if len(starts) != 1:
        raise Unknown(f"{name} is called {len(starts)} times in the model's forward")
    return list(downstream(model, starts[0]))


def downstream(model: nn.Module, node: fx.Node) -> Iterator[nn.Module]:
    for user in node.users:
        target: Any = user.target
        if user.op == "call_method" and target == "size" or target is getattr:
            continue
        if user.op == "call_module":
            module = model.get_submodule(target)
            if isinstance(module, (nn.Linear, _ConvNd)):
                yield module
                continue
            if isinstance(module, NORMS):
                yield module
            elif not isinstance(module, KEEPS_UNITS):
                raise Unknown(f"they go through {target}, a {type(module).__name__}")
        elif user.op == "output":
            raise Unknown("they are an output of the model")
        elif not (target in METHODS if user.op == "call_method" else target in FUNCTIONS):
            raise Unknown(f"they go through {getattr(target, '__name__', target)}()")
        yield from downstream(model, user)


def columns(module: nn.Module, units: torch.Tensor, of: int) -> torch.Tensor:
    """The inputs of a layer that these units, of that many, give: several each, if it follows a flattening."""
    weight: Any = module.weight
    inputs = weight.shape[1]
    if isinstance(module, _ConvTransposeNd) or getattr(module, "groups", 1) != 1 or inputs % of:
        raise Unknown(f"the inputs of a {type(module).__name__} with {inputs} of them do not belong to single units")
    each = inputs // of
    return (units[:, None] * each + torch.arange(each, device=units.device)).flatten()
