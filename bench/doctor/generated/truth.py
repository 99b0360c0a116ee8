"""What a right answer is for each cause: the fault that it is, and the prescriptions that help.

Written from theory and literature before any verdict was looked at. A prescription is right if it removes the cause or
what makes it harmful.
"""

from typing import Any

from doctor.harness.recipe import Fault
from doctor.names import names

FAULTS = {
    "born_dead": Fault.DYING_RELU,
    "negative_bias": Fault.DYING_RELU,
    "high_rate": Fault.HIGH_RATE,
    "low_rate": Fault.LOW_RATE,
    "deep_saturating": Fault.VANISHING,
    "small_weights": Fault.VANISHING,
    "unscaled_weights": Fault.LARGE_WEIGHTS,
    "saturated": Fault.LARGE_WEIGHTS,
    "closed_gates": Fault.SATURATED,
    "unscaled_inputs": Fault.UNSCALED_INPUTS,
    "wrong_last": Fault.OUTPUT_ACTIVATION,
}

RIGHT = {
    # Lu et al. 2019: wider, less deep, asymmetric about zero, or normalised. Most draws are dead: not another draw.
    "born_dead": {"activation", "wider", "normalise"},
    # He et al. 2015: biases of zero; Ioffe and Szegedy 2015: normalisation takes a bias away.
    "negative_bias": {"reinitialise", "normalise"},
    "high_rate": {"lower rate"},
    "low_rate": {"raise rate"},
    # Glorot and Bengio 2010; Glorot et al. 2011; Ioffe and Szegedy 2015; He et al. 2016.
    "deep_saturating": {"activation", "normalise", "skip"},
    "small_weights": {"reinitialise", "normalise"},
    "unscaled_weights": {"reinitialise", "normalise"},
    "saturated": {"reinitialise", "normalise"},
    "closed_gates": {"reinitialise"},
    # LeCun et al. 1998.
    "unscaled_inputs": {"inputs"},
    "wrong_last": {"last"},
}

KINDS = {
    "Draw the initial weights": "reinitialise",
    "Initialise": "reinitialise",
    "Start biases": "reinitialise",
    "Lower the learning rate": "lower rate",
    "Raise the learning rate": "raise rate",
    "Raise it": "warm-up",
    "Clip": "clip",
    "Standardise": "inputs",
    "Normalise": "normalise",
    "Use an activation": "activation",
    "Use a bounded": "activation",
    "Use an optimiser": "optimiser",
    "Make narrow": "wider",
    "Add skip": "skip",
    "Take the": "last",
}


def kind(prescription: str) -> str:
    """What a prescription asks for."""
    return next((kind for words, kind in KINDS.items() if prescription.startswith(words)), "unknown")


def right(cause: str, findings: list[dict[str, Any]]) -> bool:
    """Whether the first prescription of the first finding helps against the cause."""
    first = [finding["prescription"][0] for finding in findings[:1]]
    return any(kind(prescription) in RIGHT[cause] for prescription in first)


def named(cause: str, findings: list[dict[str, Any]]) -> bool:
    """Whether one of the findings names the cause."""
    return any(names(finding, FAULTS[cause]) for finding in findings)
