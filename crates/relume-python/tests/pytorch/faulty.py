"""Small programs with one thing wrong, of which it is known which single change makes them learn; and sound ones."""

from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

BATCH, BATCHES = 64, 60

STANDARDISED = "inputs standardised"
WITHOUT_LAST = "last activation taken away"
DRAWN_ANEW = "weights drawn anew"
ANOTHER_ACTIVATION = "another activation"
CLIPPED = "gradients clipped"
FASTER = "learning rate × 10"
SLOWER = "learning rate × 0.1"


@dataclass
class Program:
    """Classification of eight numbers by which of the first three is the largest, unless it is told otherwise."""

    seed: int
    rate: float = 0.5
    loss: Any = F.cross_entropy
    outputs: int = 3
    depth: int = 2
    activation: type[nn.Module] = nn.ReLU
    kind: Any = torch.optim.SGD
    last: list[nn.Module] = field(default_factory=list)

    def __post_init__(self):
        torch.manual_seed(self.seed)
        self.x = torch.randn(BATCH * BATCHES, 8)
        self.t = self.x[:, :3].argmax(1)
        widths = [8, *[32] * self.depth]
        hidden = [[nn.Linear(a, b), self.activation()] for a, b in zip(widths, widths[1:], strict=False)]
        self.model = nn.Sequential(*sum(hidden, []), nn.Linear(32, self.outputs), *self.last)

    @property
    def hidden(self):
        return [self.model[2 * i] for i in range(self.depth)]

    def arguments(self):
        """What ``examine`` takes."""
        loss = self.loss
        optimizer = self.kind(self.model.parameters(), self.rate)
        batches = list(zip(self.x.split(BATCH), self.t.split(BATCH), strict=True))
        return self.model, optimizer, lambda model, batch: loss(model(batch[0]), batch[1]), batches


def regression(seed, scale=1.0, shift=0.0, **settings):
    program = Program(seed, outputs=1, loss=F.mse_loss, **settings)
    x = program.x
    program.t = scale * (x[:, :1] + 0.5 * x[:, 1:2] * x[:, 2:3]) + shift
    return program


def raw_inputs(seed):
    program = Program(seed, rate=0.1)
    program.x = program.x * 200 + 500
    return program


def one_wild_column(seed):
    program = Program(seed, rate=0.1)
    program.x[:, 7] = program.x[:, 7] * 3000 + 1000
    return program


def rate_too_high(seed):
    return Program(seed, rate=8.0)


def adams_rate_too_high(seed):
    return Program(seed, kind=torch.optim.Adam, rate=1.0)


def rate_too_low(seed):
    return Program(seed, rate=0.008)


def adams_rate_too_low(seed):
    return Program(seed, kind=torch.optim.Adam, rate=1e-4)


def softmax_before_cross_entropy(seed):
    return Program(seed, last=[nn.Softmax(1)])


class SoftmaxInForward(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return F.softmax(self.inner(x), dim=1)


def softmax_in_forward(seed):
    program = Program(seed)
    program.model = SoftmaxInForward(program.model)
    return program


def relu_before_negative_targets(seed):
    return regression(seed, shift=-3.0, rate=0.05, last=[nn.ReLU()])


def sigmoid_before_wide_targets(seed):
    return regression(seed, scale=3.0, rate=0.02, last=[nn.Sigmoid()])


def tanh_before_far_targets(seed):
    return regression(seed, shift=4.0, rate=0.05, last=[nn.Tanh()])


def sigmoid_before_logits(seed):
    program = Program(seed, outputs=1, loss=F.binary_cross_entropy_with_logits, last=[nn.Sigmoid()])
    program.t = (program.x[:, :1] + program.x[:, 1:2] > 1.5).float()
    return program


@torch.no_grad()
def changed(program, weight=None, bias=None):
    for layer in program.hidden:
        if weight is not None:
            weight(layer.weight)
        if bias is not None:
            nn.init.constant_(layer.bias, bias)
    return program


def dead_relus(seed):
    return changed(Program(seed, rate=0.1), bias=-100.0)


def zero_weights(seed):
    program = changed(Program(seed, rate=0.1), nn.init.zeros_, 0.0)
    nn.init.zeros_(program.model[-1].weight)
    return program


def equal_weights(seed):
    program = changed(Program(seed, rate=0.1), lambda w: nn.init.constant_(w, 0.05), 0.0)
    nn.init.constant_(program.model[-1].weight, 0.05)
    return program


def saturated_sigmoids(seed):
    program = Program(seed, activation=nn.Sigmoid, kind=torch.optim.Adam, rate=0.01)
    return changed(program, lambda w: w.normal_(0, 30))


def tiny_weights(seed):
    return changed(Program(seed, depth=5, rate=0.1), lambda w: w.normal_(0, 0.003))


def large_weights(seed):
    return changed(Program(seed, depth=4, rate=0.05), lambda w: w.normal_(0, 1.5))


def deep_sigmoids(seed):
    return Program(seed, activation=nn.Sigmoid, depth=8, rate=0.1)


def two_batches_out_of_bounds(seed):
    """They throw the weights away, unless their gradients are clipped."""
    program = Program(seed, rate=0.2)
    for first in (3, 11):
        program.x[BATCH * first : BATCH * (first + 1)] *= 1e4
    return program


FAULTY = [
    (raw_inputs, STANDARDISED, {"input_scale"}),
    (one_wild_column, STANDARDISED, {"input_scale"}),
    (rate_too_high, SLOWER, {"update_size"}),
    (adams_rate_too_high, SLOWER, {"update_size"}),
    (rate_too_low, FASTER, {"update_size"}),
    (adams_rate_too_low, FASTER, {"update_size"}),
    (softmax_before_cross_entropy, WITHOUT_LAST, {"output_range"}),
    (softmax_in_forward, WITHOUT_LAST, {"output_range"}),
    (relu_before_negative_targets, WITHOUT_LAST, {"output_range"}),
    (sigmoid_before_wide_targets, WITHOUT_LAST, {"output_range"}),
    (tanh_before_far_targets, WITHOUT_LAST, {"output_range"}),
    (sigmoid_before_logits, WITHOUT_LAST, {"output_range"}),
    (dead_relus, DRAWN_ANEW, {"born_dead", "dead_units"}),
    (zero_weights, DRAWN_ANEW, {"symmetric_units"}),
    (equal_weights, DRAWN_ANEW, {"symmetric_units"}),
    (saturated_sigmoids, DRAWN_ANEW, {"saturated_units"}),
    (tiny_weights, DRAWN_ANEW, {"born_dead", "vanishing_gradient"}),
    (large_weights, DRAWN_ANEW, {"exploding_gradient"}),
    (deep_sigmoids, ANOTHER_ACTIVATION, {"vanishing_gradient"}),
    (two_batches_out_of_bounds, CLIPPED, {"exploding_gradient", "input_scale"}),
]
"""Each with the change that is known to make it learn, and the checks that stand for its cause."""

HEALTHY = {
    "plain": Program,
    "adam": lambda seed: Program(seed, kind=torch.optim.Adam, rate=1e-2),
    "tanh": lambda seed: Program(seed, activation=nn.Tanh),
    "regression": lambda seed: regression(seed, rate=0.1),
    "log_softmax and nll_loss": lambda seed: Program(seed, last=[nn.LogSoftmax(1)], loss=F.nll_loss),
    "slow": lambda seed: Program(seed, rate=0.1),
    "adam, slow": lambda seed: Program(seed, kind=torch.optim.Adam, rate=1e-3),
}


def unrelated_labels(seed):
    program = Program(seed, rate=0.1)
    program.t = program.t[torch.randperm(len(program.t))]
    return program
