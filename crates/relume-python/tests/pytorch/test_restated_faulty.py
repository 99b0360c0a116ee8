"""Programs with one fault, restated from what people ask about on Stack Overflow and report on GitHub: the doctor names
the cause first, in the default mode."""

import pytest
import torch
import torch.nn.functional as F
from doctor.harness.data import blobs, pictures, table, text, waves
from torch import nn

from pytorch.restated import (
    SGD,
    Program,
    Recurrent,
    Transformer,
    binary_by_hand,
    categorical_by_hand,
    chosen,
    classifier,
    coin,
    convolutions,
    dense,
    digits,
    drawn,
    next_token,
    one_hot,
    regression,
)

ENDS = {"loss_mismatch", "output_range"}


def as_numbers(loss):
    return lambda y, t: loss(y[:, 0], t.float())


def relu_with_unlucky_biases():
    program = classifier(nn.ReLU(), kind=SGD, rate=0.1)
    nn.init.constant_(program.model[2].bias, -0.3)
    return program


def several_labels_by_softmax():
    x = torch.randn(600, 12)
    return Program(dense(12, 64, 6, last=[nn.Softmax(1)]), nn.BCELoss(), x, (x[:, :6] > 0).float(), rate=5e-3)


def convolutions_with_softmax():
    model = nn.Sequential(convolutions(), nn.Softmax(1))
    return Program(model, F.cross_entropy, *pictures(600), kind=SGD, rate=0.05, options={"momentum": 0.9})


def segmentation_with_two_sigmoids():
    x, _ = pictures(300)
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1), nn.Sigmoid())
    return Program(model, F.binary_cross_entropy_with_logits, x + 0.3 * torch.randn_like(x), (x > 0.5).float())


def classes_as_numbers(loss, *last):
    x, t = blobs(500, 3, 6)
    return Program(dense(6, 32, 1, last=list(last)), as_numbers(loss), x, t, rate=1e-2)


def stretched(criterion):
    program = regression(criterion=criterion, rate=5e-3)
    program.t = program.t[:, 0]
    return program


def regularised(y, t, parameters):
    return F.cross_entropy(y, t) + 1e-3 * sum(p.square().sum() for p in parameters)


def softmax_behind_a_penalty():
    program = classifier(nn.Softmax(1), kind=SGD, rate=0.1)
    program.criterion = lambda y, t: regularised(y, t, list(program.model.parameters()))
    return program


OUTPUTS = {
    "softmax before cross_entropy": (lambda: classifier(nn.Softmax(1)), ENDS),
    "softmax before cross_entropy, convolutions": (convolutions_with_softmax, ENDS),
    "softmax before cross_entropy, LSTM": (
        lambda: Program(
            Recurrent(nn.LSTM(3, 32, batch_first=True), 4, lambda y: y.softmax(1)), F.cross_entropy, *waves(500)
        ),
        ENDS,
    ),
    "softmax behind a penalty of the weights": (softmax_behind_a_penalty, ENDS),
    "sigmoid before cross_entropy": (lambda: classifier(nn.Sigmoid(), kind=SGD, rate=0.1), ENDS),
    "tanh before cross_entropy": (lambda: classifier(nn.Tanh()), ENDS),
    "ReLU before cross_entropy": (relu_with_unlucky_biases, ENDS),
    "softmax before nll_loss": (lambda: classifier(nn.Softmax(1), criterion=F.nll_loss), ENDS),
    "sigmoid before nll_loss": (lambda: classifier(nn.Sigmoid(), criterion=F.nll_loss), ENDS),
    "nll_loss of logits": (lambda: classifier(criterion=F.nll_loss), ENDS),
    "nll_loss of the logarithms of sigmoids": (
        lambda: classifier(nn.Sigmoid(), criterion=lambda y, t: F.nll_loss((y + 1e-9).log(), t)),
        ENDS,
    ),
    "kl_div of logits": (
        lambda: classifier(criterion=lambda y, t: F.kl_div(y, 0.9 * one_hot(t) + 0.01, reduction="batchmean")),
        ENDS,
    ),
    "softmax over the samples": (lambda: classifier(criterion=lambda y, t: F.nll_loss(y.log_softmax(0), t)), ENDS),
    "sign": (lambda: classifier(criterion=lambda y, t: -F.cross_entropy(y, t)), ENDS),
    "ReLU before a cross-entropy by hand": (lambda: classifier(nn.ReLU(), criterion=categorical_by_hand), ENDS),
    "nothing before a cross-entropy by hand": (
        lambda: classifier(criterion=categorical_by_hand, kind=SGD, rate=0.1),
        ENDS,
    ),
    "softmax before a squared error": (
        lambda: classifier(nn.Softmax(1), criterion=lambda y, t: F.mse_loss(y, one_hot(t)), kind=SGD, rate=0.1),
        ENDS,
    ),
    "sigmoid before a squared error": (
        lambda: classifier(nn.Sigmoid(), criterion=lambda y, t: F.mse_loss(y, one_hot(t)), kind=SGD, rate=0.1),
        ENDS,
    ),
    "sigmoid before numbers of classes": (
        lambda: Program(dense(256, 64, 1, last=[nn.Sigmoid()]), as_numbers(F.mse_loss), *digits()),
        ENDS,
    ),
    "numbers of classes": (
        lambda: Program(dense(256, 64, 1), as_numbers(F.mse_loss), *digits(), kind=SGD, rate=5e-3),
        ENDS,
    ),
    "binary cross-entropy of numbers of classes": (
        lambda: classes_as_numbers(F.binary_cross_entropy_with_logits),
        ENDS,
    ),
    "binary cross-entropy by hand of numbers of classes": (
        lambda: classes_as_numbers(binary_by_hand, nn.Sigmoid()),
        ENDS,
    ),
    "two sigmoids": (segmentation_with_two_sigmoids, ENDS),
    "softmax for several labels": (several_labels_by_softmax, ENDS),
    "softmax over one unit": (lambda: coin(nn.Softmax(1), criterion=nn.BCELoss()), ENDS),
    "softmax over one unit, squared error": (lambda: coin(nn.Softmax(1), criterion=nn.MSELoss()), ENDS),
    "cross_entropy of one output": (lambda: coin(criterion=F.cross_entropy), ENDS),
    "no sigmoid": (lambda: coin(criterion=binary_by_hand, kind=SGD, rate=0.5), ENDS),
    "tanh before a binary cross-entropy": (lambda: coin(nn.Tanh(), criterion=binary_by_hand), ENDS),
    "sigmoid before a regression": (lambda: regression(nn.Sigmoid(), factor=3.0, shift=5.0), ENDS),
    "sigmoid before standardised targets": (lambda: regression(nn.Sigmoid()), ENDS),
    "tanh before large targets": (lambda: regression(nn.Tanh(), factor=4.0, criterion=nn.L1Loss()), ENDS),
    "ReLU before a regression": (lambda: regression(nn.ReLU(), kind=SGD, rate=0.05), ENDS),
    "column and row, squared": (lambda: stretched(nn.MSELoss()), {"broadcast_shapes"}),
    "column and row, Huber": (lambda: stretched(nn.SmoothL1Loss()), {"broadcast_shapes"}),
    "column and row, log-cosh": (lambda: stretched(lambda a, b: (a - b).cosh().log().mean()), {"broadcast_shapes"}),
}


def named_first(make, checks):
    torch.manual_seed(1)
    doctor = make().run()
    assert doctor.findings and doctor.findings[0].check in checks, doctor.report(120)
    assert doctor.findings[0].prescription


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("make", "checks"), chosen(OUTPUTS).values(), ids=chosen(OUTPUTS))
def test_outputs_and_losses_that_do_not_fit(make, checks):
    named_first(make, checks)


def scaled_pixels(make, **options):
    x, t = make(800)
    return Program(dense(256, 128, 10) if x.dim() == 2 else convolutions(), F.cross_entropy, 255 * x, t, **options)


def wild_column():
    x, t = blobs(600, 3, 6)
    x = torch.cat([x, 50000 * torch.rand(600, 1)], 1)
    return Program(dense(7, 32, 3), F.cross_entropy, x, t, kind=SGD, rate=1e-2, steps=400)


def spiking():
    return classifier(kind=SGD, rate=0.1, steps=300, schedule=lambda step: 200.0 if step >= 200 else 1.0)


def deep(act, draw, **options):
    return Program(drawn(dense(256, *[64] * 10, 10, act=act), draw), F.cross_entropy, *digits(), **options)


def narrow_bias():
    program = Program(dense(256, 64, 64, 10), F.cross_entropy, *digits(), kind=SGD, rate=0.1)
    nn.init.constant_(program.model[2].bias, -20.0)
    return program


def constant(value):
    program = Program(dense(256, 64, 10), F.cross_entropy, *digits(), kind=SGD, rate=0.1)
    drawn(program.model, lambda w: nn.init.constant_(w, value))
    return program


class InAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(9, 32), nn.Linear(32, 32)]
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return self.out(x)


def in_a_list():
    x, y = table(600)
    return Program(InAList(), F.mse_loss, x, y, rate=1e-4, steps=300)


STEPS = {"update_size"}
TRAINING = {
    "pixels to 255": (lambda: scaled_pixels(digits, kind=SGD, rate=0.05), {"input_scale"}),
    "pixels to 255, convolutions": (lambda: scaled_pixels(pictures, kind=SGD, rate=0.05), {"input_scale"}),
    "a wild column": (wild_column, {"input_scale"}),
    "prices": (lambda: regression(factor=50000.0, shift=200000.0, rate=1e-3), {"input_scale"}),
    "slow SGD": (lambda: classifier(kind=SGD, rate=1e-3, steps=300), STEPS),
    "slow Adam": (lambda: classifier(rate=1e-5, steps=300), STEPS),
    "slow regression": (lambda: regression(kind=SGD, rate=1e-4, steps=400), STEPS),
    "slow LSTM": (
        lambda: Program(Recurrent(nn.LSTM(3, 32, batch_first=True), 4), F.cross_entropy, *waves(500), rate=5e-5),
        STEPS,
    ),
    "slow transformer": (lambda: Program(Transformer(), next_token, *pair_of(text(300)), rate=2e-5), STEPS),
    "fast SGD": (lambda: classifier(kind=SGD, rate=50.0), STEPS),
    "fast Adam": (lambda: classifier(rate=0.5), STEPS),
    "fast Adam, convolutions": (
        lambda: Program(convolutions(), F.cross_entropy, *pictures(600), rate=0.05),
        STEPS,
    ),
    "fast at last": (spiking, STEPS),
    "deep sigmoid": (lambda: deep(nn.Sigmoid, nn.init.xavier_normal_, kind=SGD, rate=0.05), {"vanishing_gradient"}),
    "deep tanh of small weights": (
        lambda: deep(nn.Tanh, lambda w: nn.init.normal_(w, std=0.02), kind=SGD, rate=0.05),
        {"vanishing_gradient"},
    ),
    "weights of deviation 1": (
        lambda: deep(nn.ReLU, lambda w: nn.init.normal_(w, std=1.0), kind=SGD, rate=0.02),
        {"exploding_gradient"},
    ),
    "a layer of large negative biases": (narrow_bias, {"born_dead"}),
    "weights of zero": (lambda: constant(0.0), {"symmetric_units"}),
    "weights of one value": (lambda: constant(0.05), {"symmetric_units"}),
    "layers in a list": (in_a_list, {"unregistered_parameters"}),
    "no zero_grad": (lambda: classifier(rate=1e-2, clears=False), {"leftover_gradients"}),
}


def pair_of(tokens):
    return tokens[:, :-1], tokens[:, 1:]


@pytest.mark.parametrize(("make", "checks"), chosen(TRAINING).values(), ids=chosen(TRAINING))
def test_training_that_goes_wrong(make, checks):
    named_first(make, checks)
