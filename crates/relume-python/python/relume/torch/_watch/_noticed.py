"""What is noticed of calls that are no activations: dropout, batch normalisation, what runs along the first axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from relume.torch._watch._calls import RECURRENT, spellings
from relume.torch._watch._memory import readable


class Noticed:
    """Adds up what is seen of such calls."""

    def __init__(self) -> None:
        self.dropouts: dict[str, float] = {}
        """By place, the share that was left out."""
        self.along_first: dict[str, tuple[str, int, int]] = {}
        """By place, what ran along the first axis, the length of that axis, and of the second."""
        self.largest_normalised_batch: int | None = None

    def take(self, func: Any, place: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Looks at a call of one of the functions in ``NOTICED``."""
        x = args[0] if args else kwargs.get("input", kwargs.get("query"))
        if readable(x):
            NOTICED[func](self, place, x, args, kwargs)

    def dropout(self, place: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if argument(args, kwargs, 2, "training", True):
            self.dropouts[place or "dropout"] = float(argument(args, kwargs, 1, "p", 0.5))

    def batch_norm(self, place: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # Without running statistics it is the same in `eval()`.
        running = argument(args, kwargs, 1, "running_mean", None) is not None
        if running and argument(args, kwargs, 5, "training", False):
            self.largest_normalised_batch = max(self.largest_normalised_batch or 0, x.shape[0])

    def softmax(self, place: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        dim = argument(args, kwargs, 1, "dim", None)
        if x.dim() > 1 and isinstance(dim, int) and dim in (0, -x.dim()):
            self.runs_along_first("softmax", place, x)

    def attention(self, place: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if x.dim() == 3:
            self.runs_along_first("attention", place, x)

    def recurrent(self, place: str, x: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # Packed sequences have another order, and know which axis is which.
        if x.dim() == 3 and len(args) == 9 and not args[8]:
            self.runs_along_first("recurrent", place, x)

    def runs_along_first(self, kind: str, place: str, x: Tensor) -> None:
        self.along_first[place or kind] = kind, x.shape[0], x.shape[1]

    def facts(self) -> dict[str, Any]:
        """As a record has them."""
        return {
            "dropouts": [{"name": name, "share": share} for name, share in self.dropouts.items()],
            "along_first": [
                {"name": name, "kind": kind, "length": length, "beside": beside}
                for name, (kind, length, beside) in self.along_first.items()
            ],
            "largest_normalised_batch": self.largest_normalised_batch,
        }


def argument(args: tuple[Any, ...], kwargs: dict[str, Any], place: int, name: str, default: Any) -> Any:
    return args[place] if len(args) > place else kwargs.get(name, default)


def noticed() -> dict[Callable[..., Any], Callable[..., None]]:
    """Which functions are looked at, and how."""
    table: dict[Callable[..., Any], Callable[..., None]] = {
        F.batch_norm: Noticed.batch_norm,
        F.multi_head_attention_forward: Noticed.attention,
    }
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"):
        table |= dict.fromkeys(spellings(name), Noticed.dropout)
    table |= dict.fromkeys(spellings("softmax"), Noticed.softmax)
    return table | dict.fromkeys(RECURRENT, Noticed.recurrent)


NOTICED = noticed()
