"""Runs with one thing wrong are found by their cause, in the default mode; the same runs without it have no finding."""

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from relume.torch import watch

SEEDS = (11, 12)
STEPS = 200


@dataclass
class Training:
    """A training that works."""

    seed: int
    outputs: int = 3
    rate: float = 0.1
    steps: int = STEPS
    clear: bool = True
    step: bool = True
    loss: Any = F.cross_entropy
    kind: type = torch.optim.SGD
    last: list[nn.Module] = field(default_factory=list)

    def __post_init__(self):
        torch.manual_seed(self.seed)
        self.x = torch.randn(512, 8)
        self.t = self.x[:, :3].argmax(1)
        layers = [nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, self.outputs)]
        self.model = nn.Sequential(*layers, *self.last)
        self.trained = self.model

    def run(self):
        optimizer = self.kind(self.trained.parameters(), self.rate)
        with watch(self.model, optimizer=optimizer) as doctor:
            for step in range(self.steps):
                rows = torch.arange(64 * step, 64 * (step + 1)) % len(self.x)
                if self.clear:
                    optimizer.zero_grad()
                self.loss(self.model(self.x[rows]), self.t[rows]).backward()
                if self.step:
                    optimizer.step()
        return doctor


def forgotten_step(seed):
    return Training(seed, step=False), "no_optimizer_step"


def another_models_parameters(seed):
    training = Training(seed)
    training.trained = copy.deepcopy(training.model)
    return training, "optimizer_parameters"


def rate_of_zero(seed):
    return Training(seed, rate=0.0), "update_size"


def tiny_rate(seed):
    return Training(seed, rate=1e-7), "update_size"


def huge_rate(seed):
    return Training(seed, rate=300.0), "update_size"


def argmax_in_the_loss(seed):
    def loss(y, t):
        hard = y.argmax(1).float() + 0.0 * y.sum(1)
        return F.mse_loss(hard, t.float())

    return Training(seed, loss=loss), "no_gradient"


class Detached(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.first, self.second = model[:2], model[2:]

    def forward(self, x):
        return self.second(self.first(x).detach())


def detach_in_the_middle(seed):
    training = Training(seed)
    training.model = training.trained = Detached(training.model)
    return training, "cut_gradient"


def softmax_over_one_unit(seed):
    training = Training(seed, outputs=1, last=[nn.Softmax(1)], loss=lambda y, t: F.binary_cross_entropy(y[:, 0], t))
    training.t = (training.x[:, 0] > 0).float()
    return training, "loss_mismatch"


def nan_in_the_inputs(seed):
    training = Training(seed)
    training.x[70] = float("nan")
    return training, "non_finite_data"


def equal_units(seed):
    training = Training(seed)
    for layer in training.model[::2]:
        nn.init.constant_(layer.weight, 0.05)
        nn.init.zeros_(layer.bias)
    return training, "symmetric_units"


def gradients_never_cleared(seed):
    return Training(seed, clear=False, rate=0.3), "leftover_gradients"


def nll_of_logits(seed):
    return Training(seed, loss=F.nll_loss, rate=0.01), "loss_mismatch"


def softmax_before_cross_entropy(seed):
    return Training(seed, last=[nn.Softmax(1)]), "output_range"


def stretched_shapes(seed):
    training = Training(seed, outputs=1, loss=lambda y, t: ((y - t) ** 2).mean(), rate=0.01)
    training.t = training.x[:, 0].clone()
    return training, "broadcast_shapes"


def raw_inputs(seed):
    training = Training(seed)
    training.x = training.x * 200 + 500
    return training, "input_scale"


def dead_layer(seed):
    training = Training(seed)
    nn.init.constant_(training.model[2].bias, -50.0)
    return training, "born_dead"


def unrelated_labels(seed):
    training = Training(seed, rate=0.01)
    training.t = training.t[torch.randperm(512)]
    return training, "unrelated_targets"


FAULTY = [
    forgotten_step, another_models_parameters, rate_of_zero, tiny_rate, huge_rate, argmax_in_the_loss,
    detach_in_the_middle, softmax_over_one_unit, nan_in_the_inputs, equal_units, gradients_never_cleared, nll_of_logits,
    softmax_before_cross_entropy, stretched_shapes, raw_inputs, dead_layer, unrelated_labels,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("faulty", FAULTY, ids=lambda faulty: faulty.__name__)
def test_the_cause_is_named_first(faulty, seed):
    training, check = faulty(seed)
    doctor = training.run()
    findings = doctor.findings
    assert findings and findings[0].check == check, doctor.report(120)
    assert findings[0].prescription and findings[0].remedies
    for finding in findings[1:]:
        assert finding.follows_from is None or not finding.prescription


def regression(seed):
    training = Training(seed, outputs=1, loss=F.mse_loss, rate=0.05)
    training.t = training.x[:, :1] * training.x[:, 1:2]
    return training


def with_a_regulariser(seed):
    training = Training(seed)

    def loss(y, t):
        return 2 * F.cross_entropy(y, t) / 4 + 1e-4 * sum(p.square().sum() for p in training.model.parameters())

    training.loss = loss
    return training


def last_layer_alone(seed):
    training = Training(seed)
    training.trained = training.model[2:]
    return training


def binary(seed):
    training = Training(seed, outputs=1, loss=F.binary_cross_entropy_with_logits)
    training.t = (training.x[:, :1] > 0).float()
    return training


def several_labels(seed):
    training = Training(seed, last=[nn.Sigmoid()], loss=F.binary_cross_entropy, rate=0.5)
    training.t = (training.x[:, :3] > 0).float()
    return training


HEALTHY = {
    "plain": Training,
    "adam": lambda seed: Training(seed, kind=torch.optim.Adam, rate=3e-3),
    "adam, fast": lambda seed: Training(seed, kind=torch.optim.Adam, rate=1e-2),
    "slow": lambda seed: Training(seed, rate=0.02),
    "log_softmax and nll_loss": lambda seed: Training(seed, last=[nn.LogSoftmax(1)], loss=F.nll_loss),
    "summed": lambda seed: Training(seed, loss=lambda y, t: F.cross_entropy(y, t, reduction="sum"), rate=1e-3),
    "regression": regression,
    "regularised": with_a_regulariser,
    "last layer alone": last_layer_alone,
    "binary": binary,
    "several labels": several_labels,
    "a large batch normalised": lambda seed: normalised(seed),
}


def normalised(seed):
    training = Training(seed)
    training.x = training.x * 200 + 500
    training.model = training.trained = nn.Sequential(nn.BatchNorm1d(8), training.model)
    return training


@pytest.mark.parametrize("seed", (21, 22, 23))
@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_what_is_sound_has_no_finding(make, seed):
    doctor = make(seed).run()
    assert doctor.findings == [], doctor.report(120)
