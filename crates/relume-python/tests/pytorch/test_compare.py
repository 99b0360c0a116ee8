"""Comparisons of activations on a model and training of the user's own."""

import importlib.util
import inspect
import json
import math
import pathlib

import numpy as np
import pytest
import torch
from torch import nn

from pytorch.tiny import DATA, accuracy, fit, make_model, train, train_by_the_loss, train_without_tanh
from relume.torch import compare

ACTIVATIONS = ["relu", "tanh", "identity"]
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def one_thread():
    """Networks as small as these gain nothing by more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def quietly(*args, **kwargs):
    return compare(*args, **{"progress": False} | kwargs)


def trials_in(folder):
    trials = [json.loads(path.read_text()) for path in sorted((folder / "trials").iterdir())]
    return {(trial["arm"]["name"], trial["seed"]): trial for trial in trials}


def test_verdicts_page_and_table(tmp_path):
    result = quietly(make_model, train, ACTIVATIONS, 3, directory=tmp_path / "c", name="clouds")
    assert set(result.verdicts) == set(ACTIVATIONS)
    assert list(result.verdicts.values()).count("best") == 1
    text = result.report(1000)
    assert text.startswith("clouds: 3 activations, 3 seeds, margin ±0.50 points")
    # With three seeds nothing is said.
    assert "watching added" in text and result.recommended is None and "keep what you have" in text
    assert str(result).splitlines()[0] == text.splitlines()[0]
    # They were not measured.
    assert "epochs" not in text.splitlines()[2] and "gap" not in text.splitlines()[2]
    result.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "clouds" in page and "stretch by stretch" in page and page.startswith("<!DOCTYPE html>")
    assert "Watching the layers added" in page


def test_the_metric_of_each_trial_is_what_a_plain_loop_gets(tmp_path):
    """Seeded as the manual says, and trained without any of ours."""
    quietly(make_model, train, ["relu", "tanh"], 2, directory=tmp_path)
    found = trials_in(tmp_path)
    for name, kind in (("relu", nn.ReLU), ("tanh", nn.Tanh)):
        for seed in range(2):
            torch.manual_seed(seed)
            model = make_model(kind)
            torch.manual_seed(seed)
            fit(model)
            trial = found[name, seed]
            assert trial["outcome"]["test"] == accuracy(model)
            assert trial["schema"] == "relume-trial/2" and trial["panel"] == "main"
            assert [layer["name"] for layer in trial["record"]["layers"]] == ["1", "3"]
            assert 0 < trial["watching"] < trial["seconds"]


def test_random_numbers_are_given_back():
    state, numpy = torch.get_rng_state(), np.random.get_state()[1].copy()
    quietly(make_model, train, ["relu"], 1)
    assert torch.equal(torch.get_rng_state(), state) and (np.random.get_state()[1] == numpy).all()


def test_what_is_there_is_not_run_again(tmp_path):
    ran = []

    def counted(model, seed):
        ran.append((type(model[1]).__name__, seed))
        return train(model, seed)

    quietly(make_model, counted, ["relu", "tanh"], 2, directory=tmp_path)
    assert len(ran) == 4
    before = {key: trial["outcome"] for key, trial in trials_in(tmp_path).items()}
    result = quietly(make_model, counted, ["relu", "tanh", "elu"], [0, 1, 7], directory=tmp_path)
    assert sorted(ran[4:]) == [("ELU", 0), ("ELU", 1), ("ELU", 7), ("ReLU", 7), ("Tanh", 7)]
    after = {key: trial["outcome"] for key, trial in trials_in(tmp_path).items()}
    assert before.items() <= after.items()
    assert result.to_dict()["seeds"] == [0, 1, 7]


def test_a_comparison_that_was_interrupted_goes_on(tmp_path, capsys):
    calls = []

    def interrupted(model, seed):
        calls.append(seed)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return train(model, seed)

    with pytest.raises(KeyboardInterrupt):
        quietly(make_model, interrupted, ["relu", "tanh"], 3, directory=tmp_path)
    assert len(trials_in(tmp_path)) == 3
    assert f"3 trials are kept in {tmp_path}" in capsys.readouterr().err
    result = quietly(make_model, interrupted, ["relu", "tanh"], 3, directory=tmp_path)
    assert len(calls) == 7
    # As if nothing had happened.
    whole = quietly(make_model, train, ["relu", "tanh"], 3)
    tests = [[standing["test"] for standing in each.to_dict()["standings"]] for each in (result, whole)]
    assert tests[0] == tests[1]


def test_the_folder_of_another_comparison_is_refused(tmp_path):
    quietly(make_model, train, ["relu"], 1, directory=tmp_path, settings={"epochs": 3})
    with pytest.raises(ValueError, match=r"holds another comparison: setting `epochs` is 3 .* 4 .*another directory"):
        quietly(make_model, train, ["relu"], 1, directory=tmp_path, settings={"epochs": 4})
    with pytest.raises(ValueError, match="setting `train`"):
        quietly(make_model, train_without_tanh, ["relu"], 1, directory=tmp_path, settings={"epochs": 3})
    with pytest.raises(ValueError, match="setting `model`"):
        quietly(
            lambda activation: make_model(activation), train, ["relu"], 1, directory=tmp_path, settings={"epochs": 3}
        )
    with pytest.raises(ValueError, match="setting `metric`"):
        quietly(make_model, train, ["relu"], 1, directory=tmp_path, metric="r2", settings={"epochs": 3})


def test_a_train_that_raises_is_a_trial_that_failed(tmp_path):
    result = quietly(make_model, train_without_tanh, ["relu", "tanh"], 2, directory=tmp_path)
    words = "train() raised OSError: the cable is loose"
    assert result.failures == {("tanh", 0): words, ("tanh", 1): words}
    assert trials_in(tmp_path)["tanh", 1]["outcome"] is None
    assert f"tanh, seed 0: {words}; 1 more broke down." in result.report(1000)
    assert result.verdicts == {"relu": "best", "tanh": "undecided"} and result.recommended is None
    # What was raised may be mended: such trials are run again.
    ran = []

    def raises(model, seed):
        ran.append(seed)
        raise OSError

    with pytest.raises(RuntimeError, match="no trial came to an end; the first: .*OSError"):
        quietly(make_model, raises, ["relu"], 2, directory=tmp_path / "b")
    with pytest.raises(RuntimeError):
        quietly(make_model, raises, ["relu"], 2, directory=tmp_path / "b")
    assert ran == [0, 1, 0, 1]


@pytest.mark.parametrize("value", [math.nan, math.inf, torch.tensor(math.nan)])
def test_a_metric_that_is_not_finite_diverged(value):
    def diverges(model, seed):
        return value if isinstance(model[1], nn.Tanh) else train(model, seed)

    result = quietly(make_model, diverges, ["relu", "tanh"], 2)
    assert result.failures["tanh", 0] == "it diverged: the metric is not finite"
    assert (
        result.to_dict()["standings"][-1] | {"failed": 2, "trials": 2, "activation": "tanh"}
        == (result.to_dict()["standings"][-1])
    )


def test_lower_may_be_better():
    settings = {"metric": "loss", "margin": 0.01}
    lower = quietly(make_model, train_by_the_loss, ["relu", "identity"], 5, higher_is_better=False, **settings)
    higher = quietly(make_model, train_by_the_loss, ["relu", "identity"], 5, **settings)
    assert lower.to_dict()["task"]["metric"] == {"other": "-loss"}
    means = [{row["activation"]: row["test"]["mean"] for row in r.to_dict()["standings"]} for r in (lower, higher)]
    assert means[0] == {name: -mean for name, mean in means[1].items()}
    best = [next(name for name, verdict in r.verdicts.items() if verdict == "best") for r in (lower, higher)]
    assert best[0] == "relu"


def test_everything_that_train_may_return(tmp_path):
    def full(model, seed):
        fit(model)
        x, t = DATA
        right = model(x[400:]).argmax(1) == t[400:]
        share = right.float().mean()
        return {
            "metric": share,
            "validation": np.float32(0.5),
            "train": 1,
            "scores": right,
            "curves": {"metric": [0.2, 0.4, 0.5], "train_loss": torch.tensor([2.0, 1.0, math.nan])},
        }

    result = quietly(make_model, full, ["relu", "tanh"], 3, directory=tmp_path)
    trial = trials_in(tmp_path)["relu", 0]
    assert trial["outcome"]["validation"] == 0.5 and trial["outcome"]["train"] == 1
    assert trial["outcome"]["epochs_to_95"] == 3 and len(trial["outcome"]["scores"]["values"]) == 200
    assert [epoch["train_loss"] for epoch in trial["epochs"]] == [2.0, 1.0, None]
    judgement = result.to_dict()
    assert judgement["method"]["fixed_test_set"] is True
    assert all(row["difference"]["includes_sampling"] for row in judgement["standings"] if row["difference"])
    assert judgement["method"]["comparisons"] == 1


def test_scores_must_belong_to_the_metric():
    with pytest.raises(ValueError, match=r"seed 0 is wrong: its scores have mean 0\.5 but its test metric is 0\.9"):
        quietly(make_model, lambda model, seed: {"metric": 0.9, "scores": [0, 1]}, ["relu"], 1)


@pytest.mark.parametrize(
    ("returned", "error", "words"),
    [
        (None, TypeError, "returned None .*is a `return` missing"),
        ("0.9", TypeError, "returned a str for the metric"),
        (torch.ones(3), TypeError, "returned a Tensor for the metric"),
        ([0.9], TypeError, "returned a list"),
        (97.5, ValueError, "returned 97.5 .* accuracy is at least 0 and at most 1.*higher_is_better"),
        ({"accuracy": 0.9}, ValueError, "unknown accuracy; its keys are metric"),
        ({"train": 0.9}, ValueError, "no 'metric'"),
        ({"metric": 0.9, "curves": {"lr": [1]}}, ValueError, "curves with lr; known are metric"),
        ({"metric": 0.9, "curves": {"train_loss": ["a"]}}, TypeError, "a str for a loss"),
    ],
    ids=str,
)
def test_what_train_may_not_return(returned, error, words):
    with pytest.raises(error, match=words):
        quietly(make_model, lambda model, seed: returned, ["relu"], 1)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        (
            {"activations": ["rleu"]},
            ValueError,
            "unknown activation `rleu`, did you mean `relu`.; known are identity, relu",
        ),
        ({"activations": ["leaky_relu(slop=1)"]}, ValueError, "has no parameter `slop`"),
        ({"activations": []}, ValueError, "is empty"),
        ({"activations": "relu"}, TypeError, r"a list such as \['relu'"),
        ({"activations": ["relu", "relu"]}, ValueError, "relu twice"),
        ({"activations": [lambda: nn.ReLU()]}, TypeError, "without a name"),
        ({"activations": [nn.ReLU()]}, TypeError, "make a module, not ReLU"),
        ({"seeds": 0}, ValueError, "seeds is 0"),
        ({"seeds": []}, ValueError, "seeds is "),
        ({"seeds": [1, 1]}, ValueError, "twice"),
        ({"seeds": [-1]}, ValueError, "-1 is no seed"),
        ({"margin": 0.0}, ValueError, "margin is 0.0"),
        ({"metric": "bleu"}, ValueError, "margin is missing: which difference of bleu"),
        ({"train": None}, TypeError, "train is a NoneType"),
        ({"model": 3}, TypeError, r"make_model\(activation\), not int"),
        ({"model": lambda activation: 3}, TypeError, "returned a int, expected a torch.nn.Module"),
        ({"model": lambda activation: nn.Linear(8, 4)}, ValueError, "did not use the activation"),
        ({"model": nn.Linear(8, 4)}, ValueError, "no activation modules"),
        ({"executor": "dask"}, TypeError, "executor is a str"),
        ({"settings": {"data": object()}}, TypeError, "settings can be"),
        ({"replace": nn.ReLU}, ValueError, "replace is for a model"),
    ],
    # Without addresses, which differ between the processes that share the tests.
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_arguments_that_will_not_do(changed, error, words, tmp_path):
    given = {"model": make_model, "train": train, "activations": ["relu"], "seeds": 1, "directory": tmp_path / "c"}
    with pytest.raises(error, match=words):
        quietly(**given | changed)
    assert not (tmp_path / "c" / "trials").exists() or not list((tmp_path / "c" / "trials").iterdir())


def test_an_exception_of_make_model_is_the_users():
    def broken(activation):
        raise LookupError("no such layer")

    with pytest.raises(LookupError, match="no such layer"):
        quietly(broken, train, ["relu"], 1)


def test_every_argument_is_explained():
    for name in inspect.signature(compare).parameters:
        assert f"        {name}: " in compare.__doc__, name


def test_the_example(tmp_path):
    example = importlib.util.spec_from_file_location("example", EXAMPLES / "compare.py")
    module = importlib.util.module_from_spec(example)
    example.loader.exec_module(module)
    result = quietly(module.make_model, module.train, ["gelu", "identity"], 6, directory=tmp_path)
    assert result.verdicts == {"gelu": "best", "identity": "worse"}
    # All trials were tested on the same samples.
    assert result.to_dict()["method"]["fixed_test_set"] is True
