"""What the doctor sees at both ends of a model: the size of the inputs, and a last activation that does not fit."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from relume.torch import watch

CLASSES = torch.arange(200) % 10
COINS = (torch.arange(200) % 3 == 0).float()[:, None]
VALUES = torch.linspace(-3, 3, 200)[:, None]


def trained(last, loss, target, x=None):
    """A model with this behind its last layer, after some steps."""
    torch.manual_seed(0)
    outputs = 10 if target is CLASSES else 1
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, outputs), last)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    x = torch.randn(200, 5) if x is None else x
    with watch(model, every=1) as doctor:
        for _ in range(20):
            optimizer.zero_grad()
            loss(model(x), target).backward()
            optimizer.step()
    return doctor


@pytest.mark.parametrize(
    ("last", "loss", "target", "best"),
    [
        (nn.Softmax(1), F.cross_entropy, CLASSES, F.one_hot(CLASSES).float()),
        (nn.Sigmoid(), F.cross_entropy, CLASSES, F.one_hot(CLASSES).float()),
        (nn.Tanh(), F.cross_entropy, CLASSES, 2 * F.one_hot(CLASSES).float() - 1),
        (nn.Sigmoid(), F.binary_cross_entropy_with_logits, COINS, COINS),
        (nn.ReLU(), F.binary_cross_entropy_with_logits, COINS, 100 * COINS),
        (nn.Sigmoid(), F.mse_loss, VALUES, VALUES.clamp(0, 1)),
        (nn.Tanh(), F.mse_loss, VALUES, VALUES.clamp(-1, 1)),
        (nn.ReLU(), F.mse_loss, VALUES, VALUES.clamp(min=0)),
        (nn.Sigmoid(), F.l1_loss, VALUES, VALUES.clamp(0, 1)),
        (nn.Tanh(), F.l1_loss, VALUES, VALUES.clamp(-1, 1)),
        (nn.Sigmoid(), F.huber_loss, VALUES, VALUES.clamp(0, 1)),
    ],
)
def test_a_last_activation_that_does_not_fit_is_found(last, loss, target, best):
    doctor = trained(last, loss, target)
    floor = doctor.to_dict()["record"]["loss_floor"]
    assert floor["activation"] == type(last).__name__.lower()
    assert floor["loss"] == pytest.approx(loss(best, target).item(), rel=1e-4)
    found = doctor.findings[0]
    assert found.check == "output_range" and found.prescription[0].startswith("Take the last activation away")


@pytest.mark.parametrize(
    ("last", "loss", "target"),
    [
        (nn.Identity(), F.cross_entropy, CLASSES),
        (nn.LogSoftmax(1), F.nll_loss, CLASSES),
        (nn.Sigmoid(), F.binary_cross_entropy, COINS),
        (nn.Sigmoid(), F.mse_loss, COINS),
        (nn.Tanh(), F.mse_loss, VALUES / 3),
        (nn.ReLU(), F.mse_loss, VALUES + 3),
        (nn.Sigmoid(), F.l1_loss, COINS),
    ],
)
def test_one_that_fits_is_not(last, loss, target):
    assert "output_range" not in [finding.check for finding in trained(last, loss, target).findings]


def test_a_relu_before_logits_is_found_though_its_range_has_a_smallest_loss_of_zero():
    found = trained(nn.ReLU(), F.cross_entropy, CLASSES).findings[0]
    assert found.check == "output_range" and "takes logits" in found.summary


@pytest.mark.parametrize("scale", [1e-3, 0.3, 1.0, 300.0])
def test_the_scale_of_the_inputs(scale, tmp_path):
    x = scale * torch.randn(200, 5)
    doctor = trained(nn.Identity(), F.mse_loss, torch.randn(200, 1), x)
    assert doctor.to_dict()["record"]["input_rms"] == pytest.approx(x.square().mean().sqrt().item(), rel=1e-5)
    assert ("input_scale" in [finding.check for finding in doctor.findings]) == (not 0.1 < scale < 10)


def test_indices_have_no_scale():
    model = nn.Sequential(nn.Embedding(7, 4), nn.Tanh(), nn.Flatten(), nn.Linear(12, 1))
    with watch(model, every=1) as doctor:
        model(torch.randint(7, (9, 3))).sum().backward()
    assert "input_rms" not in doctor.to_dict()["record"]
