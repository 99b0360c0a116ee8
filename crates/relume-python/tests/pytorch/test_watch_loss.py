"""The loss is recognised through what people do to it, and the best constant is carried through the same arithmetic."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from pytorch.nets import clouds, mlp, train
from relume.torch import watch

X, T = clouds(n=192)
SHARES = torch.bincount(T).double() / len(T)
ENTROPY = -(SHARES * SHARES.log()).sum().item()
VALUES = (X[:, :3] * 3).contiguous()
VARIANCE = VALUES.double().var(0, correction=0).mean().item()
COINS = (X[:, :3] > 0.5).float()
HEADS = COINS.double().mean(0)
COINS_ENTROPY = -(HEADS * HEADS.log() + (1 - HEADS) * (1 - HEADS).log()).mean().item()
WEIGHTS = torch.tensor([1.0, 5.0, 0.5])


def of_weighted_classes():
    weighted = SHARES * WEIGHTS.double()
    weighted = weighted / weighted.sum()
    return -(weighted * weighted.log()).sum().item()


def of_smoothed_classes(by=0.2):
    smoothed = SHARES * (1 - by) + by / 3
    return -(smoothed * smoothed.log()).sum().item()


def searched(loss, targets):
    """The best constant for each output by itself, tried out."""
    tried = torch.linspace(targets.min().item(), targets.max().item(), 20001, dtype=torch.float64)
    best = [min(loss(tried[:, None] - t.double()[None]).mean(1).tolist()) for t in targets.T]
    return sum(best) / len(best)


class Own(nn.Module):
    """A loss of one's own, that ends in known operations."""

    def forward(self, y, t):
        logs = F.log_softmax(y, dim=-1)
        return -logs.gather(1, t[:, None]).squeeze(1).mean()


def hot(t):
    return F.one_hot(t, 3).float()


def coins(y, t):
    return -(t * (y.sigmoid() + 1e-7).log() + (1 - t) * (1 - y.sigmoid() + 1e-7).log()).mean()


def huber(d):
    return torch.where(d.abs() < 1, d.square() / 2, d.abs() - 0.5)


SAME = [
    ("plain", F.cross_entropy, T, ENTROPY),
    ("divided", lambda y, t: F.cross_entropy(y, t) / 4, T, ENTROPY),
    ("times one", lambda y, t: F.cross_entropy(y, t) * 1.0, T, ENTROPY),
    ("times a half", lambda y, t: 0.5 * F.cross_entropy(y, t), T, ENTROPY),
    ("meant again", lambda y, t: F.cross_entropy(y, t).mean(), T, ENTROPY),
    ("none, then mean", lambda y, t: F.cross_entropy(y, t, reduction="none").mean(), T, ENTROPY),
    ("sum, then divided", lambda y, t: F.cross_entropy(y, t, reduction="sum") / len(t), T, ENTROPY),
    ("nll of log_softmax", lambda y, t: F.nll_loss(F.log_softmax(y, 1), t), T, ENTROPY),
    ("log of softmax", lambda y, t: F.nll_loss((y.softmax(1) + 1e-9).log(), t), T, ENTROPY),
    ("a class of one's own", Own(), T, ENTROPY),
    ("one-hot", lambda y, t: -(F.one_hot(t, 3) * F.log_softmax(y, 1)).sum(1).mean(), T, ENTROPY),
    ("probabilities", lambda y, t: F.cross_entropy(y, F.one_hot(t, 3).float()), T, ENTROPY),
    (
        "divergence",
        lambda y, t: F.kl_div(F.log_softmax(y, 1), hot(t), reduction="batchmean"),
        T,
        ENTROPY,
    ),
    ("class weights", lambda y, t: F.cross_entropy(y, t, weight=WEIGHTS), T, of_weighted_classes()),
    ("smoothed", lambda y, t: F.cross_entropy(y, t, label_smoothing=0.2), T, of_smoothed_classes()),
    ("summed", lambda y, t: F.cross_entropy(y, t, reduction="sum"), T, 192 * ENTROPY),
    ("squares", F.mse_loss, VALUES, VARIANCE),
    ("squares by hand", lambda y, t: (y - t).pow(2).mean(), VALUES, VARIANCE),
    ("turned round", lambda y, t: ((t - y) ** 2).mean(), VALUES, VARIANCE),
    ("a product", lambda y, t: ((y - t) * (y - t)).mean(), VALUES, VARIANCE),
    ("halved, summed, meant", lambda y, t: (0.5 * (y - t).square()).sum(1).mean(), VALUES, 1.5 * VARIANCE),
    ("sums of squares", lambda y, t: F.mse_loss(y, t, reduction="sum"), VALUES, VALUES.numel() * VARIANCE),
    ("absolute", F.l1_loss, VALUES, searched(torch.abs, VALUES)),
    ("huber", F.huber_loss, VALUES, searched(huber, VALUES)),
    ("smooth", F.smooth_l1_loss, VALUES, searched(huber, VALUES)),
    ("coins", F.binary_cross_entropy_with_logits, COINS, COINS_ENTROPY),
    ("coins of a sigmoid", lambda y, t: F.binary_cross_entropy(y.sigmoid(), t), COINS, COINS_ENTROPY),
    ("a root", lambda y, t: F.mse_loss(y, t).sqrt(), VALUES, VARIANCE**0.5),
    ("coins by hand", coins, COINS, COINS_ENTROPY),
    ("heads of two kinds", lambda y, t: F.cross_entropy(y, T) + 2 * F.mse_loss(y, t), VALUES, ENTROPY + 2 * VARIANCE),
]


def seen(loss, target, **options):
    torch.manual_seed(0)
    model = mlp()
    with watch(model, **options) as doctor:
        losses = train(model, steps=4, data=(X, target), batch=192, loss=loss)
    return doctor.to_dict()["record"], losses


@pytest.mark.parametrize(("loss", "target", "expected"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_the_best_constant(loss, target, expected):
    record, _ = seen(loss, target)
    assert record["baseline_loss"] == pytest.approx(expected, rel=1e-4), record["setup"]["loss"]
    assert all(term["known"] for term in record["setup"]["loss"]["terms"])


def test_a_loss_is_stated_as_it_was_before_it_was_divided():
    for divide, factor in ((lambda loss: loss / 8, 1 / 8), (lambda loss: loss * 3, 3.0), (lambda loss: loss, 1.0)):
        record, losses = seen(lambda y, t, divide=divide: divide(F.cross_entropy(y, t)), T)
        first = [one["loss"] for one in record["course"]["losses"]["first"]]
        assert first == pytest.approx([loss / factor for loss in losses], rel=1e-5)
        assert record["setup"]["loss"]["factor"]["last"] == pytest.approx(factor)


def test_a_sum_over_a_mask_that_is_divided_is_a_mean():
    """What is divided by was computed, and is no number of the program."""
    mask = (torch.arange(192) % 3 > 0).float()

    def loss(y, t):
        return (F.cross_entropy(y, t, reduction="none") * mask).sum() / mask.sum()

    record, losses = seen(loss, T)
    shares = torch.bincount(T[mask > 0]).double() / mask.sum()
    assert record["baseline_loss"] == pytest.approx(-(shares * shares.log()).sum().item(), rel=1e-4)
    assert record["course"]["losses"]["first"][0]["loss"] == pytest.approx(losses[0])


def test_a_penalty_is_added_to_what_a_constant_gives():
    torch.manual_seed(0)
    model = mlp()

    def penalty():
        return 1e-3 * sum(p.pow(2).sum() for p in model.parameters())

    with watch(model) as doctor:
        train(model, steps=4, lr=1e-9, data=(X, T), batch=192, loss=lambda y, t: F.cross_entropy(y, t) + penalty())
    record = doctor.to_dict()["record"]
    assert record["baseline_loss"] == pytest.approx(ENTROPY + penalty().item(), rel=1e-4)
    assert [term["kind"] for term in record["setup"]["loss"]["terms"]] == ["cross_entropy", "penalty"]


def test_a_constant_is_added_too():
    record, _ = seen(lambda y, t: 0.5 * F.cross_entropy(y, t) + 3.0, T)
    assert record["baseline_loss"] == pytest.approx(0.5 * ENTROPY + 3.0, rel=1e-4)


def test_a_divergence_from_a_normal_distribution_is_zero_at_best():
    class Vae(nn.Module):
        def __init__(self):
            super().__init__()
            self.encode, self.decode = nn.Linear(8, 8), nn.Linear(4, 3)

        def forward(self, x):
            mean, spread = self.encode(x).chunk(2, 1)
            return self.decode(mean + torch.randn_like(mean) * (0.5 * spread).exp()), mean, spread

    def loss(outputs, t):
        y, mean, spread = outputs
        return F.mse_loss(y, t) - 0.5 * (1 + spread - mean.pow(2) - spread.exp()).sum(1).mean()

    with watch(Vae()) as doctor:
        train(doctor._watcher.model, steps=4, data=(X, VALUES), batch=192, loss=loss)
    record = doctor.to_dict()["record"]
    kinds = {term["kind"] for term in record["setup"]["loss"]["terms"]}
    assert kinds == {"mse", "kl_divergence"} and record["baseline_loss"] == pytest.approx(VARIANCE, rel=1e-4)


def test_weights_that_are_learned():
    """As a constant, each weight is what it is."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.scale = mlp(), nn.Parameter(torch.tensor([0.5, -0.3]))

        def forward(self, x):
            return self.net(x)

    def loss(y, t):
        first, second = (-model.scale).exp()
        return first * F.cross_entropy(y, T) + second * F.mse_loss(y, t) + model.scale.sum()

    torch.manual_seed(0)
    model = Net()
    with watch(model) as doctor:
        train(model, steps=3, lr=1e-9, data=(X, VALUES), batch=192, loss=loss)
    record = doctor.to_dict()["record"]
    first, second = (-model.scale.detach()).exp().tolist()
    assert record["baseline_loss"] == pytest.approx(first * ENTROPY + second * VARIANCE + 0.2, rel=1e-4)


def dice(y, t):
    p = y.sigmoid()
    return 1 - 2 * (p * t).sum() / (p.sum() + t.sum() + 1)


def test_a_term_that_is_not_known_is_named():
    record, _ = seen(lambda y, t: 0.3 * F.binary_cross_entropy_with_logits(y, t) + 0.7 * dice(y, t), COINS)
    assert record["baseline_loss"] is None
    known, other = record["setup"]["loss"]["terms"]
    assert (known["kind"], known["known"]) == ("binary_cross_entropy_with_logits", True)
    assert known["factor"] == pytest.approx(0.3) and known["baseline"] == pytest.approx(0.3 * COINS_ENTROPY, rel=1e-4)
    assert (other["kind"], other["known"], other["baseline"]) == ("div", False, None)


def test_nll_of_what_are_no_logarithms():
    for loss, operations in (
        (F.nll_loss, ["nll_loss"]),
        (lambda y, t: F.nll_loss(y.softmax(1), t), ["softmax", "nll_loss"]),
        (lambda y, t: F.cross_entropy(y.softmax(1), t), ["softmax", "log_softmax", "nll_loss"]),
        (lambda y, t: F.mse_loss(y.relu(), t[:, None].expand(-1, 3).float()), ["relu", "mse_loss"]),
    ):
        record, _ = seen(loss, T)
        assert record["setup"]["loss"]["operations"] == operations
        (term,) = record["setup"]["loss"]["terms"]
        if operations[-2:] in (["nll_loss"], ["softmax", "nll_loss"]):
            assert (term["kind"], term["baseline"], record["baseline_loss"]) == ("nll", None, None)


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    "loss",
    [F.mse_loss, F.l1_loss, lambda y, t: (y - t).pow(2).mean(), lambda y, t: (t - y).abs().mean()],
)
def test_shapes_that_are_stretched_by_accident(loss):
    torch.manual_seed(0)
    model = mlp(outputs=1)
    with watch(model) as doctor:
        train(model, steps=3, data=(X, VALUES[:, 0]), loss=loss)
    assert doctor.to_dict()["record"]["setup"]["loss"]["broadcast"] == [[64, 1], [64]]
    with watch(model) as doctor:
        train(model, steps=3, data=(X, VALUES[:, :1]), loss=loss)
    assert doctor.to_dict()["record"]["setup"]["loss"]["broadcast"] is None


def test_outputs_and_targets():
    record, _ = seen(F.mse_loss, VALUES)
    setup = record["setup"]
    targets = setup["targets"]
    assert (targets["shape"], targets["dtype"], targets["integral"]) == ([192, 3], "float32", False)
    assert targets["mean"] == pytest.approx(VALUES.mean().item(), rel=1e-4)
    assert targets["std"] == pytest.approx(VALUES.std(correction=0).item(), rel=1e-4)
    assert (targets["min"], targets["max"]) == pytest.approx((VALUES.min().item(), VALUES.max().item()))
    assert setup["outputs"]["values"]["shape"] == [192, 3] and setup["outputs"]["spread"]["last"] > 0.1
    assert setup["inputs"]["values"]["std"] == pytest.approx(X.std(correction=0).item(), rel=1e-4)
    assert setup["inputs"]["columns"]["count"] == 8
    record, _ = seen(F.cross_entropy, T)
    assert record["setup"]["targets"]["integral"] and record["setup"]["targets"]["max"] == 2


def test_outputs_that_do_not_depend_on_the_inputs():
    model = mlp()
    nn.init.zeros_(model[-1].weight)
    with watch(model, every=1) as doctor:
        train(model, steps=1)
    assert doctor.to_dict()["record"]["setup"]["outputs"]["spread"]["first"] == 0.0


def test_inputs_with_a_wild_column_and_a_constant_one():
    x = X.clone()
    x[:, 2], x[:, 5] = 1000 * x[:, 2], 4.0
    model = nn.Sequential(nn.BatchNorm1d(8), *mlp())
    with watch(model) as doctor:
        train(model, steps=3, data=(x, T))
    inputs = doctor.to_dict()["record"]["setup"]["inputs"]
    columns = inputs["columns"]
    assert (columns["count"], columns["constant"], columns["largest"], columns["wild"]) == (8, 1, 2, 1)
    assert columns["largest_rms"] == pytest.approx(x[:, 2].square().mean().sqrt().item(), rel=1e-3)
    assert inputs["normalised_by"] == "0"
    assert seen(F.cross_entropy, T)[0]["setup"]["inputs"]["normalised_by"] is None


def test_probabilities_are_recognised():
    torch.manual_seed(0)
    model = nn.Sequential(mlp(), nn.Softmax(1))
    with watch(model) as doctor:
        train(model, steps=3, data=(X, F.one_hot(T, 3).float()), loss=F.mse_loss)
    setup = doctor.to_dict()["record"]["setup"]
    assert setup["outputs"]["values"]["sums_to_one"] and setup["targets"]["sums_to_one"]
    assert not setup["inputs"]["values"]["sums_to_one"]


def test_a_model_that_computes_its_loss():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp()

        def forward(self, x):
            logits = self.net(x)
            return {"loss": F.cross_entropy(logits, T), "logits": logits}

    model = Net()
    with watch(model) as doctor:
        train(model, steps=3, data=(X, T), batch=192, loss=lambda outputs, t: outputs["loss"])
    assert doctor.to_dict()["record"]["baseline_loss"] == pytest.approx(ENTROPY, rel=1e-4)
