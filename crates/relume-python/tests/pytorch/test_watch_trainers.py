"""Loops that others write: Hugging Face's Trainer, Accelerate, Lightning, skorch. Each test needs its package."""

import json
import logging
import pathlib
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from relume.torch import watch

RANDOM = torch.Generator().manual_seed(3)
X = torch.randn(160, 8, generator=RANDOM)
T = (X[:, 0] > 0).long()

pytestmark = pytest.mark.filterwarnings("ignore")


def package(name):
    return pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)


def net():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
    nn.init.constant_(model[2].bias, -100.0)
    return model


def judged(doctor, steps, forwards):
    """What each of the loops below must come to."""
    found = doctor.to_dict()
    calls = found["record"]["setup"]["calls"]
    assert found["cost"]["steps"] == calls["optimizer"] == steps
    assert calls["forward"] == calls["backward"] == forwards
    course = found["record"]["course"]
    assert sum(window["count"] for window in course["losses"]["windows"]) == steps
    # About log 2, whatever it was divided by.
    assert 0.4 < course["losses"]["first"][0]["loss"] < 1.2 and found["record"]["baseline_loss"] is not None
    assert not any("failed" in note for note in found["notes"])
    return found["record"]


def is_found(doctor, layer):
    (finding,) = [finding for finding in doctor.findings if finding.check == "born_dead"]
    return finding.severity == "fault" and finding.layers == (layer,)


def same(mine, theirs):
    return all(torch.equal(a, b) for a, b in zip(mine.parameters(), theirs.parameters(), strict=True))


@pytest.mark.parametrize(
    ("options", "forwards"),
    [
        ({"max_steps": 40}, 40),
        ({"max_steps": 6, "gradient_accumulation_steps": 4}, 24),
        ({"max_steps": 6, "gradient_checkpointing": True}, 6),
        ({"max_steps": 6, "bf16": True}, 6),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_the_trainer_of_hugging_face(options, forwards):
    package("transformers")
    package("accelerate")
    # In a process of its own: it sets up what other tests must not inherit.
    command = [sys.executable, "-m", "pytorch.hugging_face", json.dumps(options)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=pathlib.Path(__file__).parents[1])
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["same"]
    assert seen["steps"] == seen["losses"] == options["max_steps"]
    assert seen["calls"]["forward"] == seen["calls"]["backward"] == forwards
    assert any("intermediate_act_fn" in layer for layer in seen["layers"])
    # About log 2, whatever it was divided by.
    assert 0.5 < seen["loss"] < 1.0 and seen["failures"] == []


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_accelerate(precision):
    accelerate = package("accelerate")
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2, mixed_precision=precision)
    own = net()
    model, optimizer, loader = accelerator.prepare(
        own, torch.optim.AdamW(own.parameters(), 1e-3), DataLoader(TensorDataset(X, T), 4)
    )
    with watch(model, optimizer=optimizer) as doctor:
        for x, t in loader:
            with accelerator.accumulate(model):
                accelerator.backward(F.cross_entropy(model(x), t))
                optimizer.step()
                optimizer.zero_grad()
    judged(doctor, 20, 40)
    assert is_found(doctor, "3")
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)


@pytest.mark.parametrize("how", ["automatic", "accumulated", "manual", "closure"])
def test_lightning(how):
    pl = package("lightning.pytorch")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = net()
            self.automatic_optimization = how in ("automatic", "accumulated")

        def training_step(self, batch, index):
            x, t = batch
            if self.automatic_optimization:
                return F.cross_entropy(self.net(x), t)
            optimizer = self.optimizers()
            if how == "closure":

                def closure():
                    loss = F.cross_entropy(self.net(x), t)
                    optimizer.zero_grad()
                    self.manual_backward(loss)
                    return loss

                optimizer.step(closure=closure)
            else:
                optimizer.zero_grad()
                self.manual_backward(F.cross_entropy(self.net(x), t))
                optimizer.step()

        def validation_step(self, batch, index):
            self.net(batch[0])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-3)

    def fit(watched):
        model = Module()
        loader = DataLoader(TensorDataset(X, T), 8)
        trainer = pl.Trainer(
            max_epochs=2,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            accumulate_grad_batches=4 if how == "accumulated" else 1,
        )
        if not watched:
            trainer.fit(model, loader, loader)
            return model, None
        with watch(model) as doctor:
            trainer.fit(model, loader, loader)
        return model, doctor

    model, doctor = fit(True)
    assert same(model, fit(False)[0])
    judged(doctor, 10 if how == "accumulated" else 40, 40)
    assert is_found(doctor, "net.3")


def test_skorch():
    skorch = package("skorch")

    def fitted(watched):
        torch.manual_seed(1)
        classifier = skorch.NeuralNetClassifier(
            net(), criterion=nn.CrossEntropyLoss, max_epochs=5, batch_size=16, lr=0.01, verbose=0
        )
        classifier.initialize()
        if not watched:
            return classifier.partial_fit(X.numpy(), T.numpy()), None
        with watch(classifier.module_, optimizer=classifier.optimizer_) as doctor:
            return classifier.partial_fit(X.numpy(), T.numpy()), doctor

    classifier, doctor = fitted(True)
    assert same(classifier.module_, fitted(False)[0].module_)
    # It holds a fifth back.
    judged(doctor, 5 * 8, 5 * 8)
    assert is_found(doctor, "3")
