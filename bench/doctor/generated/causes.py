"""What makes a sound run sick: one function per cause, from a recipe and a severity to the sick recipe.

The recipe that a cause is given is the healthy twin of the one it returns.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from doctor.generated.recipe import Recipe


def born_dead(sound: Recipe, severity: tuple[int, int]) -> Recipe:
    """So narrow and deep that a whole layer is likely to be silent from the start (Lu et al. 2019)."""
    width, depth = severity
    return replace(sound, width=width, depth=depth)


def negative_bias(sound: Recipe, severity: float) -> Recipe:
    """Biases so far below zero that no sample reaches the units."""
    return replace(sound, bias=-severity)


def high_rate(sound: Recipe, severity: float) -> Recipe:
    """A learning rate that kills units or throws the weights away."""
    return replace(sound, rate=sound.rate * severity)


def low_rate(sound: Recipe, severity: float) -> Recipe:
    """A learning rate too small to move anything."""
    return replace(sound, rate=sound.rate / severity)


def deep_saturating(sound: Recipe, severity: int) -> Recipe:
    """A stack of sigmoids or tanhs so deep that the gradient vanishes."""
    return replace(sound, depth=severity)


def small_weights(sound: Recipe, severity: float) -> Recipe:
    """Initial weights so small that signal and gradient vanish."""
    return replace(sound, weights=1 / severity)


def unscaled_weights(sound: Recipe, severity: float) -> Recipe:
    """Initial weights so large that signal and gradient explode."""
    return replace(sound, weights=severity)


def saturated(sound: Recipe, severity: float) -> Recipe:
    """Initial weights so large that bounded units saturate."""
    return replace(sound, weights=severity)


def closed_gates(sound: Recipe, severity: float) -> Recipe:
    """Gates of a recurrent layer that let nothing in: an LSTM's by biases below zero, a GRU's by biases above."""
    return replace(sound, gates=severity if sound.family == "gru" else -severity)


def unscaled_inputs(sound: Recipe, severity: tuple[float, float]) -> Recipe:
    """Inputs in raw units: multiplied by a factor, then shifted."""
    scale, shift = severity
    return replace(sound, scale=scale, shift=shift)


def wrong_last(sound: Recipe, severity: tuple[str, float]) -> Recipe:
    """An activation behind the last layer that does not fit the loss or the range of the targets."""
    last, targets = severity
    return replace(sound, last=last, targets=targets)


CAUSES: dict[str, Callable[[Recipe, Any], Recipe]] = {
    f.__name__: f
    for f in (
        born_dead, negative_bias, high_rate, low_rate, deep_saturating, small_weights, unscaled_weights, saturated,
        closed_gates, unscaled_inputs, wrong_last,
    )
}  # fmt: skip
