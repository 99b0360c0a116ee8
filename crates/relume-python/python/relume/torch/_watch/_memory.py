"""Tensors as the recorder reads them: where the units lie."""

from math import prod
from typing import Any, NamedTuple, TypeGuard

import torch
from torch import Tensor

from relume.torch._elements import CODES


class Layout(NamedTuple):
    """A tensor as rows of units."""

    rows: int
    units: int
    inner: int
    """Values of a unit in a row."""
    positions: int
    """Rows of a sample."""


def readable(x: Any) -> TypeGuard[Tensor]:
    """Whether there is memory to be read, of a type that relume knows."""
    return is_plain(x) and x.dim() > 0


def is_plain(x: Tensor) -> bool:
    """Whether there are numbers of a type that relume knows, or can be brought here."""
    return (
        type(x) in (Tensor, torch.nn.Parameter)
        and x.dtype in CODES
        and x.layout is torch.strided
        and x.device.type != "meta"
    )


def here(x: Tensor) -> Tensor:
    """The tensor in this machine's memory, without gaps."""
    if x.device.type == "cpu" and x.is_contiguous() and not x.is_neg():
        return x
    return x.detach().cpu().contiguous().resolve_neg()


def laid_out(x: Tensor, axis: int) -> tuple[Tensor, Layout]:
    """The tensor without gaps in its memory, and its layout, the units being along an axis."""
    if not x.is_contiguous() and axis == 1 and x.dim() in (4, 5):
        x = x.detach().cpu()
        order = torch.channels_last if x.dim() == 4 else torch.channels_last_3d
        if x.is_contiguous(memory_format=order):
            rows = x.numel() // x.shape[1]
            return x, Layout(rows, x.shape[1], 1, rows // x.shape[0])
    shape = x.shape
    rows = prod(shape[:axis])
    positions = rows // shape[0] if axis > 0 else 1
    return here(x), Layout(rows, shape[axis], prod(shape[axis + 1 :]), positions)


def axis_of_units(x: Tensor, after: int | None, units: int | None) -> int:
    """The axis of the units: the usual one where it is not known how many axes follow it in the layer before."""
    if after is not None:
        axis = x.dim() - 1 - after
        if axis >= 0 and (units is None or x.shape[axis] == units):
            return axis
    return 1 if x.dim() >= 4 else x.dim() - 1
