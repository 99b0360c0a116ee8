"""What a comparison is, so that another is not taken for its continuation."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any

from torch import nn


def settings_of(make_model: Any, train: Any, metric: str, user: Mapping[str, Any] | None) -> dict[str, Any]:
    """What must stay the same, by name: model, training and the user's own settings."""
    settings = {"model": described(make_model), "train": described(train), "metric": metric, **(user or {})}
    try:
        text = json.dumps(settings, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"compare(): settings can be numbers, texts, lists and dicts of these: {error}") from None
    return dict(json.loads(text))


def described(part: Any) -> str:
    """The name of a function or class of the user's, and a digest of its source; or a model's class and layers."""
    while isinstance(part, functools.partial):
        part = part.func
    if isinstance(part, nn.Module):
        return f"{type(part).__name__} {digest(repr(part))}"
    name = getattr(part, "__qualname__", type(part).__qualname__)
    try:
        return f"{name} {digest(inspect.getsource(part))}"
    except (OSError, TypeError):
        # Its source is not to be had: typed at a prompt, or compiled.
        return str(name)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
