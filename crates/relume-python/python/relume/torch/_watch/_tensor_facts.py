"""What is known of the numbers that go into a model, come out of it, and are compared with it."""

from __future__ import annotations

import math
import sys
from typing import Any

import torch
from torch import Tensor

MOST = 1 << 16
"""Of larger batches the first samples are looked at."""

MOST_COLUMNS = 4096

WILD = 10.0
"""A column is wild if it is so many times as large as the middle one."""


def readable(x: Any) -> bool:
    return isinstance(x, Tensor) and x.numel() > 0 and x.layout is torch.strided and x.device.type != "meta"


def some(x: Tensor) -> Tensor:
    """Some samples, as numbers."""
    x = x.detach()
    if x.dim() > 0:
        x = x[: max(MOST // max(x[0].numel(), 1), 1)]
    return x.abs() if x.is_complex() else x.float() if not x.is_floating_point() or x.dtype.itemsize < 4 else x


class TensorFacts:
    """Adds up what is seen of a tensor that comes anew in each step."""

    def __init__(self) -> None:
        self.shape: list[int] = []
        self.dtype = ""
        self.count = self.steps = 0
        self.sum = self.squares = 0.0
        self.min, self.max = math.inf, -math.inf
        self.within = 0.0
        """Sum of squared differences from the mean of their batch."""
        self.uniform = 0
        """Batches that held one value alone."""
        self.integral = self.sums_to_one = True

    def take(self, tensor: Tensor) -> None:
        if not readable(tensor):
            return
        x = some(tensor).double().cpu()
        self.shape, self.dtype = list(tensor.shape), str(tensor.dtype).removeprefix("torch.")
        finite = x[torch.isfinite(x)]
        if finite.numel() == 0:
            return
        self.steps += 1
        self.count += finite.numel()
        self.sum += finite.sum().item()
        self.squares += finite.square().sum().item()
        low, high = (value.item() for value in finite.aminmax())
        self.min, self.max = min(self.min, low), max(self.max, high)
        self.within += (finite - finite.mean()).square().sum().item()
        self.uniform += low == high
        self.integral = self.integral and bool((finite == finite.round()).all())
        if self.sums_to_one:
            rows = x.reshape(len(x), -1) if x.dim() < 3 else x.flatten(2).sum(2) / x.flatten(2).shape[2]
            one = x.dim() > 1 and rows.shape[1] > 1 and low >= 0
            self.sums_to_one = one and bool(((rows.sum(1) - 1).abs() < 1e-3).all())

    def facts(self) -> dict[str, Any] | None:
        """As a record has them."""
        if self.steps == 0:
            return None
        mean = self.sum / self.count
        return {
            "shape": self.shape,
            "dtype": self.dtype,
            "min": self.min,
            "max": self.max,
            "mean": mean,
            "std": math.sqrt(max(self.squares / self.count - mean * mean, 0.0)),
            "std_within": math.sqrt(self.within / self.count),
            "uniform": self.uniform,
            "integral": self.integral,
            "sums_to_one": self.sums_to_one,
            "steps": self.steps,
        }


def are_measured(x: Tensor) -> bool:
    """Whether a tensor holds numbers other than the indices of tokens, and zeros and ones that choose some of them."""
    if not readable(x) or not x.is_floating_point():
        return False
    numbers = some(x)
    return bool(((numbers != 0) & (numbers != 1)).any())


class Inputs:
    """What enters a model: the first of its arguments that holds measured numbers, else the first tensor among them."""

    def __init__(self) -> None:
        self.values = TensorFacts()
        self.place: int | None = None
        """Which of the tensors among the arguments it is."""
        self.count = 0
        self.squares: Tensor | None = None
        """Sum of squares, column by column; the columns are features, or channels of pictures."""
        self.low: Tensor | None = None
        self.high: Tensor | None = None
        self.floating = True

    def take(self, args: Any) -> None:
        tensors = [x for x in args if isinstance(x, Tensor)]
        if self.place is None:
            self.place = next((i for i, x in enumerate(tensors) if are_measured(x)), 0)
        if self.place >= len(tensors) or not readable(x := tensors[self.place]):
            return
        self.values.take(x)
        self.floating = self.floating and x.is_floating_point()
        axis = 1 if x.dim() in (2, 4, 5) else x.dim() - 1
        if x.dim() < 2 or x.shape[axis] > MOST_COLUMNS or not self.floating:
            return
        columns = some(x).double().cpu().movedim(axis, -1).flatten(0, -2)
        columns = columns[torch.isfinite(columns).all(1)]
        if len(columns) == 0 or (self.squares is not None and len(self.squares) != columns.shape[1]):
            return
        squares, low, high = columns.square().sum(0), columns.min(0).values, columns.max(0).values
        if self.squares is None or self.low is None or self.high is None:
            self.squares, self.low, self.high = squares, low, high
        else:
            self.squares = self.squares + squares
            self.low, self.high = torch.minimum(self.low, low), torch.maximum(self.high, high)
        self.count += len(columns)

    def rms(self) -> float | None:
        """Their root mean square, of floating-point numbers."""
        values = self.values
        return math.sqrt(values.squares / values.count) if values.count > 0 and self.floating else None

    def facts(self, normalised_by: str | None) -> dict[str, Any] | None:
        values = self.values.facts()
        return values and {"values": values, "columns": self.columns(), "normalised_by": normalised_by}

    def columns(self) -> dict[str, Any] | None:
        if self.squares is None or self.low is None or self.high is None or self.count < 2:
            return None
        rms = (self.squares / self.count).sqrt()
        middle = rms.median().item()
        return {
            "count": len(rms),
            "constant": int((self.low == self.high).sum()),
            "median_rms": middle,
            "largest": int(rms.argmax()),
            "largest_rms": rms.max().item(),
            "wild": int((rms > WILD * middle).sum()) if middle > 0 else 0,
        }


class Outputs:
    """What leaves a model."""

    def __init__(self) -> None:
        self.values = TensorFacts()
        self.spread: dict[str, float] | None = None

    def take(self, y: Tensor) -> None:
        if not readable(y):
            return
        self.values.take(y)
        x = some(y).double()
        size = x.square().mean().sqrt().item()
        if x.dim() > 0 and len(x) > 1 and math.isfinite(size):
            spread = x.std(0, correction=0).square().mean().sqrt().item() / size if size > 0 else 0.0
            self.spread = ranged(self.spread, spread)

    def facts(self) -> dict[str, Any] | None:
        values = self.values.facts()
        return values and {"values": values, "spread": self.spread}


def plain(value: Any) -> Any:
    """Facts as JSON can say them: there is no number for what is infinite, and none for what is no number."""
    if isinstance(value, dict):
        facts = {key: plain(part) for key, part in value.items()}
        return None if facts.keys() == RANGE and None in facts.values() else facts
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else math.copysign(sys.float_info.max, value)
    return value


RANGE = {"first", "last", "min", "max"}


def ranged(known: dict[str, float] | None, value: float) -> dict[str, float]:
    """A number through the run, as a record has it."""
    if known is None:
        return {"first": value, "last": value, "min": value, "max": value}
    return known | {"last": value, "min": min(known["min"], value), "max": max(known["max"], value)}
