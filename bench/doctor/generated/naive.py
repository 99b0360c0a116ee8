"""An independent measurement in plain PyTorch: all training inputs through a copy of the network, and what comes out.

Nothing of relume is used here. A unit is dead if the slope of its activation is zero on every training input, and flat
if the slope is below a hundredth of the largest on 95 % of them; slopes are computed by autograd, one by one.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from doctor.generated.nets import ACTIVATIONS, GATED, build
from doctor.generated.recipe import Recipe
from doctor.generated.tasks import Task
from doctor.published import Layer, Look, sparse

MODULES = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)
ZERO = 1e-6


def look(recipe: Recipe, task: Task, state: dict[str, Tensor]) -> Look:
    """Sends all training inputs through a copy of the network, without dropout, with the statistics of all inputs."""
    net = build(recipe, task, 0)
    net.load_state_dict(state)
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    layers: list[Layer] = []
    for name, module in net.named_modules():
        if isinstance(module, MODULES) and not (recipe.last and module is net[-1]):
            module.register_forward_hook(keep(layers, name))
        if isinstance(module, nn.RNNBase):
            module.register_forward_hook(keep_recurrent(layers, name))
    with torch.no_grad():
        y = net(task.x)
        return Look(task.loss(y, task.t).item(), task.score(y), layers)


def keep(layers: list[Layer], name: str) -> Any:
    def hook(module: nn.Module, args: tuple[Tensor], y: Tensor) -> None:
        axis = 1 if y.dim() == 4 else -1
        layers.append(layer(name, type(module).__name__.lower(), module.forward, args[0], axis))

    return hook


def layer(name: str, kind: str, function: Any, x: Tensor, axis: int = -1) -> Layer:
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        y = function(x)
        (slope,) = torch.autograd.grad(y.sum(), x)
    rows = (t.detach().movedim(axis, 0).flatten(1) for t in (x, y, slope))
    return Layer(name, kind, *rows)


def keep_recurrent(layers: list[Layer], name: str) -> Any:
    def hook(module: nn.RNNBase, args: tuple[Tensor], result: tuple[Tensor, Any]) -> None:
        h = result[0]
        before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], 1)
        z = args[0] @ module.weight_ih_l0.T + module.bias_ih_l0 + before @ module.weight_hh_l0.T + module.bias_hh_l0
        if isinstance(module, GATED):
            parts = z.chunk(4 if isinstance(module, nn.LSTM) else 3, -1)
            gates = parts[:2] + parts[3:]
            layers.extend(layer(f"{name}.gate{i}", "sigmoid", torch.sigmoid, part) for i, part in enumerate(gates))
        else:
            layers.append(layer(name, module.nonlinearity, ACTIVATIONS[module.nonlinearity](), z))

    return hook


def dead(layer: Layer) -> float:
    """The share of units that are dead."""
    return (layer.slope.abs() < ZERO).all(1).double().mean().item()


def flat(layer: Layer) -> float:
    """The share of units that are flat."""
    grid = torch.linspace(-10, 10, 2001, requires_grad=True)
    (slope,) = torch.autograd.grad(ACTIVATIONS[layer.kind.replace("leakyrelu", "leaky_relu")]()(grid).sum(), grid)
    near_zero = (layer.slope.abs() < slope.abs().max() / 100).double().mean(1) >= 0.95
    return near_zero.double().mean().item()


def weights(net: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """The weight matrices, from the input to the output."""
    for name, p in net.named_parameters():
        if p.dim() > 1 and "position" not in name:
            yield name, p


def rms(t: Tensor) -> float:
    return t.double().square().mean().sqrt().item()


def summary(now: Look) -> dict[str, Any]:
    """What the benchmark keeps of a look."""
    return {
        "loss": now.loss,
        "score": now.score,
        "dead": max(map(dead, now.layers), default=0.0),
        "flat": max(map(flat, now.layers), default=0.0),
        "zeros": max(map(sparse, now.layers), default=0.0),
    }
