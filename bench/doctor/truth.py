"""What a right answer is for each cause: the checks that may name it, and the prescriptions that help.

Written from theory and literature before any verdict was looked at. The first check of a line is the one whose recall
is measured on the cause; findings of the others are true as well, as its consequences. A prescription is right if it
removes the cause or what makes it harmful.
"""

SIGNS = {
    "born_dead": ("born_dead", "dead_units"),
    "negative_bias": ("born_dead", "dead_units"),
    "high_rate": ("update_size", "dead_units", "exploding_gradient", "saturated_units"),
    "low_rate": ("update_size",),
    "deep_saturating": ("vanishing_gradient", "saturated_units"),
    "small_weights": ("vanishing_gradient",),
    "unscaled_weights": ("exploding_gradient", "update_size", "dead_units", "saturated_units"),
    "saturated": ("saturated_units", "exploding_gradient", "vanishing_gradient"),
    "closed_gates": ("saturated_units", "vanishing_gradient"),
    "unscaled_inputs": ("input_scale", "exploding_gradient", "dead_units", "saturated_units", "update_size"),
    "wrong_last": ("output_range",),
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


def right(cause: str, findings: list[dict[str, object]]) -> bool:
    """Whether the first prescription of the first finding helps against the cause."""
    first = [finding["prescription"][0] for finding in findings[:1]]
    return any(kind(prescription) in RIGHT[cause] for prescription in first)


def hits(cause: str, findings: list[dict[str, object]]) -> set[str]:
    """The checks that have found the cause, or a consequence of it."""
    return {str(finding["check"]) for finding in findings} & set(SIGNS[cause])
