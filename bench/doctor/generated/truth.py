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
    "negative_bias": {"initialise", "normalise"},
    "high_rate": {"lower_learning_rate"},
    "low_rate": {"raise_learning_rate"},
    # Glorot and Bengio 2010; Glorot et al. 2011; Ioffe and Szegedy 2015; He et al. 2016.
    "deep_saturating": {"activation", "normalise", "skip_connections"},
    "small_weights": {"initialise", "normalise"},
    "unscaled_weights": {"initialise", "normalise"},
    "saturated": {"initialise", "normalise"},
    "closed_gates": {"initialise"},
    # LeCun et al. 1998.
    "unscaled_inputs": {"standardise"},
    "wrong_last": {"take_last_activation_away"},
}


def right(cause: str, findings: list[dict[str, Any]]) -> bool:
    """Whether the first remedy of the first finding helps against the cause."""
    first = [finding["remedies"][0] for finding in findings[:1] if finding.get("remedies")]
    return any(remedy["kind"] in RIGHT[cause] for remedy in first)


def named(cause: str, findings: list[dict[str, Any]]) -> bool:
    """Whether one of the findings names the cause."""
    return any(names(finding, FAULTS[cause]) for finding in findings)
