"""What the user's ``train`` returns, checked and put into the words of the trial schema."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, SupportsFloat

BOUNDS = {"accuracy": (0.0, 1.0), "r2": (-math.inf, 1.0)}
MARGINS = dict.fromkeys(BOUNDS, 0.005)
KEYS = ("metric", "validation", "train", "scores", "curves")
CURVES = ("metric", "train_loss", "validation_loss")


@dataclass(frozen=True)
class Metric:
    """What ``train`` returns, and which way is better."""

    name: str
    higher_is_better: bool

    def schema(self) -> Any:
        """As the trial schema has it; there, higher is always better."""
        return self.stored_name if self.name in BOUNDS else {"other": self.stored_name}

    @property
    def stored_name(self) -> str:
        """With a minus where the sign is turned."""
        return self.name if self.higher_is_better else f"-{self.name}"

    def number(self, value: Any, what: str) -> float | None:
        """A number that may be stored; None if it is not finite."""
        number = as_float(value, what)
        if not math.isfinite(number):
            return None
        low, high = BOUNDS.get(self.name, (-math.inf, math.inf))
        if not low <= number <= high:
            expected = f"at least {low:g} and at most {high:g}" if math.isfinite(low) else f"at most {high:g}"
            raise ValueError(
                f"train() returned {number:g} for {what}, but {self.name} is {expected}; if it is something else, "
                "say so: metric='loss', higher_is_better=False, margin=0.01"
            )
        return number if self.higher_is_better else -number

    def fields(self, returned: Any) -> dict[str, Any]:
        """The fields of a trial; those without a metric broke down."""
        given = returned if isinstance(returned, Mapping) else {"metric": returned}
        strange = [str(key) for key in given if key not in KEYS]
        if strange or "metric" not in given:
            found = f"unknown {', '.join(strange)}" if strange else "no 'metric'"
            raise ValueError(f"train() returned a dict with {found}; its keys are {', '.join(KEYS)}")
        metric = self.number(given["metric"], "the metric")
        held_out = {key: self.number(given[key], key) for key in ("validation", "train") if key in given}
        scores = [self.number(score, "a score") for score in numbers(given.get("scores"))]
        epochs = self.epochs(given.get("curves") or {})
        diverged = [key for key, value in held_out.items() if value is None]
        if metric is None or diverged or None in scores:
            what = "the metric" if metric is None else diverged[0] if diverged else "a score"
            return {"metric": None, "epochs": epochs, "failure": f"it diverged: {what} is not finite"}
        return {"metric": metric, "scores": scores or None, "epochs": epochs, "failure": None, **held_out}

    def epochs(self, curves: Mapping[str, Iterable[Any]]) -> list[dict[str, Any]]:
        """One entry per epoch."""
        strange = [str(key) for key in curves if key not in CURVES]
        if strange:
            raise ValueError(f"train() returned curves with {', '.join(strange)}; known are {', '.join(CURVES)}")
        columns = {
            "train_loss": [finite(loss) for loss in numbers(curves.get("train_loss"))],
            "validation_loss": [finite(loss) for loss in numbers(curves.get("validation_loss"))],
            "validation": [self.number(value, "a curve") for value in numbers(curves.get("metric"))],
        }
        length = max(map(len, columns.values()))
        for column in columns.values():
            column.extend([None] * (length - len(column)))
        rows = zip(*columns.values(), strict=True)
        return [{"epoch": i + 1, **dict(zip(columns, row, strict=True))} for i, row in enumerate(rows)]


def numbers(values: Any) -> Iterable[Any]:
    """Those of a list, an array or a tensor."""
    return () if values is None else values.tolist() if hasattr(values, "tolist") else values


def as_float(value: Any, what: str) -> float:
    if value is None:
        raise TypeError(f"train() returned None for {what}, expected a number (is a `return` missing?)")
    try:
        if not isinstance(value, str | bytes) and isinstance(value, SupportsFloat):
            return float(value)
    except (TypeError, ValueError, RuntimeError):
        # An array or a tensor of several elements.
        pass
    raise TypeError(f"train() returned a {type(value).__name__} for {what}, expected a number")


def finite(loss: Any) -> float | None:
    number = as_float(loss, "a loss")
    return number if math.isfinite(number) else None
