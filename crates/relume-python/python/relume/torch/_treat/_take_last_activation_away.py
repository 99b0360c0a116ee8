"""A model without the activation behind its last layer."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.overrides import TorchFunctionMode

from relume.torch._treat._modules import put
from relume.torch._treat._readers import Unknown, graph_of
from relume.torch._watch._modules import ACTIVATIONS

KEPT = (nn.LogSigmoid, nn.Identity)
MODULES = (*ACTIVATIONS, nn.Softmax, nn.Softmax2d, nn.Softmin)
"""Those that can be taken away. A LogSoftmax stays: before cross-entropy it does no harm, others expect it."""

NAMES = "softmax softmin sigmoid tanh relu relu_ relu6 leaky_relu elu selu celu gelu silu softplus hardtanh hardsigmoid"
FUNCTIONS = {
    getattr(owner, name)
    for owner in (F, torch, torch.special, Tensor)
    for name in [*NAMES.split(), "expit", "sigmoid_", "tanh_"]
    if hasattr(owner, name)
}
SHAPES = "squeeze view reshape flatten unsqueeze contiguous transpose permute __getitem__"
RESHAPES = {getattr(owner, name) for owner in (torch, Tensor) for name in SHAPES.split() if hasattr(owner, name)}
"""What an output may still go through behind the activation."""


def take_last_activation_away(model: nn.Module) -> Callable[[], str]:
    """Will take it away: the module, or what the last call in the model's forward does."""
    try:
        graph = graph_of(model)
        node = last_activation(model, graph)
    except Unknown as error:
        raise ValueError(f"treat(): the last activation is not known: {error}") from None
    module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
    name = f"{node.target}, {type(module).__name__}" if module else str(getattr(node.target, "__name__", node.target))
    if module is not None and module is not model and sum(n.target == node.target for n in graph.nodes) == 1:
        old, new = module, nn.Identity().train(module.training)

        def replace() -> str:
            put(model, old, new)
            return f"took the last activation away: {name}"

        return replace

    def skip() -> str:
        vars(model)["forward"] = Forward(model)
        return f"the last activation is left out of what the model returns: {name}"

    return skip


def last_activation_of(model: nn.Module) -> str | None:
    """The name of the module that is the last activation, if there is one and it is a module."""
    try:
        node = last_activation(model, graph_of(model))
    except Unknown:
        return None
    return str(node.target) if node.op == "call_module" else None


def last_activation(model: nn.Module, graph: fx.Graph) -> fx.Node:
    """The activation behind which the model does nothing but reshape."""
    returned = next(node for node in graph.nodes if node.op == "output").args[0]
    if not isinstance(returned, fx.Node):
        raise Unknown("the model returns several things")
    node = returned
    while True:
        target: Any = node.target
        module = model.get_submodule(target) if node.op == "call_module" else None
        if isinstance(module, MODULES) and not isinstance(module, KEPT):
            return node
        method = getattr(Tensor, target, None) if node.op == "call_method" else None
        if target in FUNCTIONS or method in FUNCTIONS:
            return node
        reshaped = isinstance(module, nn.Flatten | nn.Unflatten | nn.Identity) or method in RESHAPES
        if not (reshaped or target in RESHAPES or target is operator.getitem) or not node.args:
            raise Unknown("there is none behind the last layer")
        before = node.args[0]
        if not isinstance(before, fx.Node):
            raise Unknown("there is none behind the last layer")
        node = before


class Forward:
    """The forward of a model that returns what entered its last activation."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.own = vars(model).get("forward")
        """One that the model itself has, instead of its class."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with Without() as mode:
            if self.own is not None:
                output = self.own(*args, **kwargs)
            else:
                output = type(self.model).forward(self.model, *args, **kwargs)
        return mode.without.get(id(output), (None, output))[1]


class Without(TorchFunctionMode):
    """Knows of what activations return what it would be without them."""

    def __init__(self) -> None:
        super().__init__()
        self.without: dict[int, tuple[Any, Any]] = {}
        """By the identity of a tensor: it, so that the identity stays its own, and what it would be."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        x = args[0] if args else kwargs.get("input")
        in_place = str(getattr(func, "__name__", "")).endswith("_") or kwargs.get("inplace")
        before = x.clone() if func in FUNCTIONS and in_place else x
        y = func(*args, **kwargs)
        if func in FUNCTIONS:
            self.without[id(y)] = (y, before)
        elif func in RESHAPES and id(x) in self.without:
            self.without[id(y)] = (y, func(self.without[id(x)][1], *args[1:], **kwargs))
        return y
