"""Recipes drawn at random, none of them chosen by hand: no check was made with them in view.

The ranges are those within which networks are trained. Of the causes that a network can have, it is given those that
the fewest before it were given.
What does not learn, or is not harmed, is left out by the rule in `labels.py`.
"""

import random
from collections import Counter
from typing import Any

from doctor.generated.recipe import Recipe

SEED = 20_261_125
RECIPES = 36
CAUSES_EACH = 2

RECTIFIED = ["relu", "leaky_relu", "elu", "gelu", "silu"]
RATES = {
    "adam": (7e-4, 5e-3), "adamw": (7e-4, 5e-3), "rmsprop": (5e-4, 3e-3), "momentum": (5e-3, 3e-2), "sgd": (0.04, 0.2),
}  # fmt: skip
FAMILIES = {
    "digits": ["mlp"], "mislabelled": ["mlp"], "table": ["mlp"], "absolute": ["mlp"], "rings": ["mlp"],
    "pictures": ["cnn"], "sequences": ["rnn", "lstm", "gru", "transformer"],
}  # fmt: skip


class Draw(random.Random):
    """Random numbers, also between bounds that are orders of magnitude apart."""

    def scale(self, low: float, high: float) -> float:
        return float(f"{low * (high / low) ** self.random():.3g}")


def recipe(draw: Draw) -> Recipe:
    """A network, its data and training."""
    task = draw.choice(list(FAMILIES))
    family = draw.choice(FAMILIES[task])
    activations = {"rnn": ["tanh"], "lstm": ["tanh"], "gru": ["tanh"], "transformer": RECTIFIED}
    activation = draw.choice(activations.get(family, [*RECTIFIED, "relu", "relu", "tanh", "sigmoid"]))
    depths = {"mlp": 2 if activation == "sigmoid" else 7, "cnn": 4, "transformer": 3}
    widths = {"mlp": [24, 40, 64, 100, 160], "cnn": [8, 12, 20]}
    optimizer = draw.choice(list(RATES) if family in ("mlp", "cnn") else ["adam", "adamw", "rmsprop"])
    return Recipe(
        task=task,
        family=family,
        activation=activation,
        depth=draw.randint(1, depths.get(family, 1)),
        width=draw.choice(widths.get(family, [16, 24, 32])),
        norm=family in ("mlp", "cnn") and draw.random() < 0.25,
        dropout=draw.choice([0.0, 0.0, 0.0, 0.1, 0.25]),
        optimizer=optimizer,
        rate=draw.scale(*RATES[optimizer]),
        steps=draw.choice([160, 240, 320]),
        batch=draw.choice([16, 32, 64, 128]),
    )


def causes(draw: Draw, sound: Recipe) -> dict[str, Any]:
    """What can befall a network, with a severity each."""
    able: dict[str, Any] = {"high_rate": draw.scale(10, 1000), "low_rate": draw.scale(1e3, 1e6)}
    bounded = ["sigmoid", "tanh", "relu"]
    lasts = {"table": bounded, "absolute": bounded, "rings": ["sigmoid", "relu"]}
    targets = draw.scale(1, 8) if sound.task in ("table", "absolute") else 1.0
    able["wrong_last"] = draw.choice(lasts.get(sound.task, ["softmax", "sigmoid"])), targets
    if sound.family in ("lstm", "gru"):
        able["closed_gates"] = draw.scale(8, 25)
    if sound.norm or sound.family == "transformer":
        return able
    able["unscaled_inputs"] = draw.scale(50, 1000), draw.choice([0.0, draw.scale(50, 1000)])
    if sound.activation == "relu":
        able["negative_bias"] = draw.scale(3, 40)
    if sound.activation == "tanh" and sound.family != "lstm":
        able["saturated"] = draw.scale(30, 100)
    if sound.family == "mlp":
        if sound.activation == "relu":
            able["born_dead"] = draw.randint(2, 4), draw.randint(8, 30)
        if sound.activation == "sigmoid":
            able["deep_saturating"] = draw.randint(6, 16)
        if sound.depth >= 5:
            able["small_weights"] = draw.scale(4, 12)
            if sound.activation in RECTIFIED:
                able["unscaled_weights"] = draw.scale(4, 12)
    return able


def drawn() -> tuple[dict[str, Recipe], list[tuple[str, str, list[Any]]]]:
    """The recipes, and what is done to them."""
    draw, sound, sick, given = Draw(SEED), {}, [], Counter[str]()
    for index in range(RECIPES):
        name = f"drawn-{index}"
        sound[name] = recipe(draw)
        able = causes(draw, sound[name])
        rarest = sorted(able, key=lambda cause: (given[cause], draw.random()))[:CAUSES_EACH]
        given.update(rarest)
        sick += [(name, cause, [able[cause]]) for cause in rarest]
    return sound, sick


SOUND, SICK = drawn()
