"""The hooks that a watched model carries all the time."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any


class Hook:
    """A hook of a model, of which copies of the model get none."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def __deepcopy__(self, memo: dict[int, Any]) -> Callable[..., None]:
        return nothing

    def __reduce__(self) -> Any:
        warnings.warn(
            "the model is watched by relume's doctor; what is pickled is not, and loading it takes relume: "
            "close the doctor before pickling the model, or pickle its state_dict()",
            stacklevel=2,
        )
        return no_hook, ()


def nothing(*args: Any) -> None:
    """What is left of a hook in a copy of the model."""


def no_hook() -> Callable[..., None]:
    """What a pickled hook becomes."""
    return nothing
