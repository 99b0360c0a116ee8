"""Bounds and masks that act as activations: ``x.clamp(min=0)`` is a rectifier."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from relume.torch._dispatcher import dispatchers
from relume.torch._watch._calls import described, spellings


class Bound(NamedTuple):
    """Bounds between which values are kept."""

    low: float
    high: float | None

    def text(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The text form of the activation that does the same."""
        if self.high is None:
            return "relu"
        if (self.low, self.high) == (0.0, 6.0):
            return "relu6"
        return described(dispatchers()[nn.Hardtanh], (self.low, self.high))


CLAMPS = {*spellings("clamp"), *spellings("clip")}
FROM_BELOW = {*spellings("clamp_min"), torch.maximum, Tensor.maximum, torch.max, Tensor.max}
BOUNDS = CLAMPS | FROM_BELOW
WHERE = {torch.where, Tensor.where}
PRODUCTS = {torch.mul, Tensor.mul, Tensor.mul_, Tensor.__mul__, Tensor.__rmul__, Tensor.__imul__, torch.multiply}
FILLS = {*spellings("masked_fill"), Tensor.__setitem__}
MASKS = PRODUCTS | WHERE | FILLS
RECTIFIER = Bound(0.0, None)


def bound_of(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound | None:
    """The bounds that a call sets, if they make an activation of it: others keep a logarithm from numbers too small."""
    given = dict(zip(("input", "min", "max"), args, strict=False)) | kwargs
    x = given.get("input")
    if not isinstance(x, Tensor) or not x.requires_grad:
        return None
    if func in CLAMPS:
        low, high = number(given.get("min")), number(given.get("max"))
        if (given.get("max") is not None and high is None) or low is None:
            return None
    else:
        low, high = number(given.get("min", given.get("other"))), None
    if low is None or low > 0 or (high is None and low < 0):
        return None
    return Bound(low, high) if high is None or high > 0 else None


def number(value: Any) -> float | None:
    """A number, or a tensor of nothing but zeros."""
    if isinstance(value, Tensor):
        return 0.0 if not value.requires_grad and not value.is_meta and not bool(value.any()) else None
    return float(value) if isinstance(value, (int, float)) else None


def rectified(func: Any, args: tuple[Any, ...]) -> Tensor | None:
    """What goes into a choice by a mask that is a rectifier: ``x * (x > 0)``, ``torch.where(x > 0, x, 0)``."""
    if func in PRODUCTS and len(args) == 2:
        x, mask = args if isinstance(args[0], Tensor) and args[0].requires_grad else args[::-1]
    elif func in WHERE and len(args) == 3 and number(args[2]) == 0.0:
        mask, x = args[:2] if func is torch.where else (args[1], args[0])
    elif func in FILLS and func is not Tensor.__setitem__ and len(args) == 3 and number(args[2]) == 0.0:
        x, mask = args[:2]
    else:
        return None
    if not (isinstance(x, Tensor) and isinstance(mask, Tensor)) or mask.requires_grad or not x.requires_grad:
        return None
    if x.shape != mask.shape or x.dim() < 2 or x.is_complex() or x.is_meta:
        return None
    values = x.detach()
    on = mask == 0 if func in FILLS else mask == 1
    agrees = (on == (values > 0)) | (values == 0)
    # One that leaves all as it is may be anything.
    return x if bool(agrees.all()) and not bool(on.all()) else None


def is_mask(func: Any, args: tuple[Any, ...]) -> bool:
    """Whether a call chooses among the elements of a result by a condition of the same shape. Fillings with other
    numbers than zero hide what must not be looked at."""
    if func in FILLS and (len(args) != 3 or number(args[2]) != 0.0):
        return False
    tensors = [x for x in args if isinstance(x, Tensor)]
    masks = [x for x in tensors if x.dtype is torch.bool and x.dim() > 1]
    results = [x for x in tensors if x.requires_grad]
    return bool(masks) and any(masks[0].shape == x.shape for x in results)
