"""The experiments, in the order in which they run: one change each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from relume.torch._compare._models import reset
from relume.torch._compare._trial import seed_all
from relume.torch._dispatcher import CATALOGUE
from relume.torch._examine._copies import Copy, shuffle
from relume.torch._examine._outcomes import ANOTHER_SEED
from relume.torch._examine._training import called
from relume.torch._treat._arms import UNCHANGED, Arm, learning_rate
from relume.torch._treat._steps import OF_THE_OPTIMIZER
from relume.torch._treat._take_last_activation_away import last_activation_of
from relume.torch._treat._treat import treat
from relume.torch._watch import Doctor
from relume.torch._watch._modules import ACTIVATIONS
from relume.torch._watch._prescriptions import Prescription, Target

SEED = 0
OTHER_SEED = 1
MAX_NORM = 1.0
FACTORS = (10.0, 0.1)
"""Of the learning rate."""

TRIED = ("standardise", "take_last_activation_away", "initialise", "activation", "clip")
"""The remedies that have experiments of their own, without being prescribed."""

AS_THEY_ARE = Arm(UNCHANGED)
"""Of an experiment that changes the copy: its steps are not changed."""

SLOPED = ("gelu", "leaky_relu", "elu", "silu", "mish", "selu", "celu", "prelu", "rrelu")
"""Activations with a slope on both sides; in their place a bounded one is tried, in that of others gelu."""


@dataclass(frozen=True)
class Known:
    """What is known before an experiment."""

    doctor: Doctor
    """Who has watched the copy that was left unchanged."""
    batches: Sequence[Any]

    @property
    def layers(self) -> list[Target]:
        """The activations, and the modules that compute what enters them."""
        record = self.doctor.to_dict()["record"]
        weights = {layer: weight.removesuffix(".weight") for layer, weight in record["weights"].items()}
        return [target(layer["name"], layer["activation"], weights.get(layer["name"])) for layer in record["layers"]]


@dataclass(frozen=True)
class Experiment:
    """One change, and what is the matter where it helps."""

    name: str
    change: Callable[[Copy, Known], Arm]
    """Changes the copy before its training; the arm changes the steps."""
    causes: tuple[str, ...] = ()
    """The checks that it confirms, the likeliest first."""
    control: bool = False
    """Whether other changes must beat it to help."""
    rate: bool = False
    """Whether it changes the learning rate alone: it must beat the unchanged training and another seed."""
    batches: int | None = None
    """How many of the batches it is trained on; None for all."""


def unchanged(copied: Copy, known: Known | None) -> Arm:
    return AS_THEY_ARE


def another_seed(copied: Copy, known: Known) -> Arm:
    seed_all(OTHER_SEED)
    shuffle(copied)
    return AS_THEY_ARE


def other_rate(factor: float, copied: Copy, known: Known) -> Arm:
    return learning_rate(factor)


def standardised(copied: Copy, known: Known) -> Arm:
    entry, calls = called(Copy.of(copied.model, copied.optimizer, copied.loss_fn), known.batches)
    treat(copied.model.get_submodule(entry), prescription("standardise"), copied.optimizer, inputs=calls)
    return AS_THEY_ARE


def without_last_activation(copied: Copy, known: Known) -> Arm:
    treat(copied.model, prescription("take_last_activation_away"), copied.optimizer)
    return AS_THEY_ARE


def drawn_anew(copied: Copy, known: Known) -> Arm:
    reset(copied.model)
    copied.optimizer.state.clear()
    known_weights = [each for each in known.layers if each.module is not None]
    treat(copied.model, prescription("initialise", known_weights), copied.optimizer)
    return AS_THEY_ARE


def another_activation(copied: Copy, known: Known) -> Arm:
    modules = dict(copied.model.named_modules())
    last = last_activation_of(copied.model)
    layers = (each for each in known.layers if each.layer != last)
    places = [each for each in layers if isinstance(modules.get(each.layer), ACTIVATIONS)]
    if not places:
        raise ValueError("no hidden activation of the model is a module, so none can be exchanged")
    for each in places:
        name = each.activation.partition("(")[0]
        new = target(each.layer, "tanh" if name in SLOPED else "gelu", each.module)
        weights = each.module if new.glorot != each.glorot else None
        place = Target(each.layer, each.activation, each.layer, weights, (), new.glorot, new.gain)
        treat(copied.model, prescription("activation", [place], new.activation), copied.optimizer)
    return AS_THEY_ARE


def clipped(copied: Copy, known: Known) -> Arm:
    return Arm("gradients clipped", max_norm=MAX_NORM)


def prescribed(first: Prescription, copied: Copy, known: Known) -> Arm:
    """What the doctor prescribes."""
    arm = Arm.of(first)
    if arm.prescription is not None:
        treat(copied.model, arm.prescription, copied.optimizer)
    return arm


def as_prescribed(doctor: Doctor) -> Experiment | None:
    """The first thing that the doctor prescribes, if it is none of the other experiments."""
    for first in doctor.prescribe():
        factor = first.value if first.kind in OF_THE_OPTIMIZER else None
        if first.applies and first.kind not in TRIED and factor not in FACTORS:
            name = f"as prescribed: {Arm.of(first).name}"
            return Experiment(name, partial(prescribed, first), (first.check,), rate=factor is not None)
    return None


def target(layer: str, activation: str, module: str | None) -> Target:
    """A place with the rule of initial weights that fits its activation."""
    definition = CATALOGUE.get(activation.partition("(")[0])
    known = None if definition is None else definition.elementwise
    glorot = known is not None and known.initialisation == "glorot"
    gain = known.gain if known is not None and math.isfinite(known.gain) else math.sqrt(2)
    return Target(layer, activation, module, None, (), glorot, gain)


def prescription(kind: str, targets: Sequence[Target] = (), activation: str | None = None) -> Prescription:
    return Prescription("", kind, tuple(targets), None, activation, kind, None, applies=True)


UNITS = ("dead_units", "born_dead", "saturated_units", "vanishing_gradient")

EXPERIMENTS = (
    Experiment(UNCHANGED, unchanged, control=True),
    Experiment(ANOTHER_SEED, another_seed, control=True),
    *(
        Experiment(learning_rate(factor).name, partial(other_rate, factor), ("update_size",), control=True, rate=True)
        for factor in FACTORS
    ),
    Experiment("inputs standardised", standardised, ("input_scale",)),
    Experiment("last activation taken away", without_last_activation, ("output_range", "loss_mismatch")),
    Experiment("weights drawn anew", drawn_anew, (*UNITS, "symmetric_units", "shut_gates", "exploding_gradient")),
    Experiment("another activation", another_activation, UNITS),
    Experiment("gradients clipped", clipped, ("exploding_gradient",)),
    Experiment("one batch by heart", unchanged, batches=1),
)
