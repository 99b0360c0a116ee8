"""Lets Keras find the functions by their registered names: ``activation="relume>gelu"``."""

from collections.abc import Callable
from typing import Any

import keras


def register(functions: dict[str, Callable[..., Any]]) -> None:
    # keras.activations.get looks strings up in a table of its own, and not among what is registered.
    table = keras.activations.get.__globals__.get("ALL_OBJECTS_DICT", {})
    table.update({keras.saving.get_registered_name(function): function for function in functions.values()})
