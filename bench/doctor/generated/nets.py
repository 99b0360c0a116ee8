"""The networks: dense, convolutional, recurrent, and a small transformer."""

import math

import torch
from torch import Tensor, nn

from doctor.generated.recipe import Recipe
from doctor.generated.tasks import Task

ACTIVATIONS = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "softmax": lambda: nn.Softmax(dim=1),
}  # fmt: skip
RECTIFIED = {"relu", "leaky_relu", "elu", "gelu", "silu"}
GATED = (nn.LSTM, nn.GRU)


def build(recipe: Recipe, task: Task, seed: int) -> nn.Module:
    """The untrained network of a run."""
    torch.manual_seed(seed)
    net = nn.Sequential(*FAMILIES[recipe.family](recipe, task))
    initialise(net, recipe)
    if recipe.last is not None:
        net.append(ACTIVATIONS[recipe.last]())
    return net


def mlp(recipe: Recipe, task: Task) -> list[nn.Module]:
    layers: list[nn.Module] = []
    fan_in = task.x.shape[1]
    for _ in range(recipe.depth):
        layers += [nn.Linear(fan_in, recipe.width), *unit(recipe, nn.BatchNorm1d)]
        fan_in = recipe.width
    return [*layers, nn.Linear(fan_in, task.outputs)]


def cnn(recipe: Recipe, task: Task) -> list[nn.Module]:
    layers: list[nn.Module] = []
    fan_in, side = task.x.shape[1], task.x.shape[2]
    for i in range(recipe.depth):
        stride = 2 if i > 0 and side > 2 else 1
        layers += [nn.Conv2d(fan_in, recipe.width, 3, stride, 1), *unit(recipe, nn.BatchNorm2d)]
        fan_in, side = recipe.width, math.ceil(side / stride)
    return [*layers, nn.Flatten(), nn.Linear(fan_in * side * side, task.outputs)]


def recurrent(recipe: Recipe, task: Task) -> list[nn.Module]:
    kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[recipe.family]
    options = {"nonlinearity": recipe.activation} if kind is nn.RNN else {}
    return [
        Last(kind(task.x.shape[2], recipe.width, batch_first=True, **options)),
        nn.Dropout(recipe.dropout),
        nn.Linear(recipe.width, task.outputs),
    ]


def transformer(recipe: Recipe, task: Task) -> list[nn.Module]:
    embed = Embedding(task.x.shape[1], task.x.shape[2], recipe.width)
    return [embed, *(Block(recipe) for _ in range(recipe.depth)), Mean(), nn.Linear(recipe.width, task.outputs)]


FAMILIES = {"mlp": mlp, "cnn": cnn, "rnn": recurrent, "lstm": recurrent, "gru": recurrent, "transformer": transformer}


def unit(recipe: Recipe, norm: type[nn.Module]) -> list[nn.Module]:
    """What follows a layer."""
    after = [norm(recipe.width)] if recipe.norm else []
    return [*after, ACTIVATIONS[recipe.activation](), *([nn.Dropout(recipe.dropout)] if recipe.dropout else [])]


class Last(nn.Module):
    """The last output of a recurrent layer."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)[0][:, -1]


class Embedding(nn.Module):
    """Inputs with their positions."""

    def __init__(self, length: int, inputs: int, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(inputs, width)
        self.position = nn.Parameter(0.1 * torch.randn(length, width))

    def forward(self, x: Tensor) -> Tensor:
        return self.project(x) + self.position


class Block(nn.Module):
    """Attention and two dense layers, with layer normalisation before each and skip connections."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.width
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.dense = nn.Sequential(
            nn.Linear(width, 2 * width), ACTIVATIONS[recipe.activation](), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(recipe.dropout)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norms[0](x)
        x = x + self.dropout(self.attention(h, h, h, need_weights=False)[0])
        return x + self.dropout(self.dense(self.norms[1](x)))


class Mean(nn.Module):
    """The mean over the positions."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


@torch.no_grad()
def initialise(net: nn.Module, recipe: Recipe) -> None:
    """He's rule for rectifiers and Glorot's for the others, with what the recipe does to them."""
    dense = [m for m in net.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    dense = [m for m in dense if not isinstance(m, nn.modules.linear.NonDynamicallyQuantizableLinear)]
    for layer in dense:
        fan_in, fan_out = layer.weight[0].numel(), len(layer.weight) * layer.weight[0, 0].numel()
        hidden = layer is not dense[-1]
        he = hidden and recipe.activation in RECTIFIED
        std = math.sqrt(2 / fan_in) if he else math.sqrt(2 / (fan_in + fan_out))
        layer.weight.normal_(0, std * (recipe.weights if hidden else 1))
        layer.bias.fill_(recipe.bias if hidden else 0)
        if hidden and recipe.dead:
            layer.bias[: round(recipe.dead * len(layer.bias))] = -100
    for layer in net.modules():
        if isinstance(layer, nn.RNNBase):
            for name, p in layer.named_parameters():
                if name.startswith("weight"):
                    p *= recipe.weights
                elif isinstance(layer, GATED) and name.startswith("bias_ih"):
                    h = layer.hidden_size
                    # In the order of PyTorch: LSTM input, forget, cell, output; GRU reset, update, new.
                    gates = [0, 1, 3] if isinstance(layer, nn.LSTM) else [0, 1]
                    for gate in gates:
                        p[gate * h : (gate + 1) * h] += recipe.gates
                elif isinstance(layer, nn.RNN) and name.startswith("bias_ih"):
                    p += recipe.bias
