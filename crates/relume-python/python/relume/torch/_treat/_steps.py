"""What is changed about the steps of an optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import Optimizer

OF_THE_OPTIMIZER = ("lower_learning_rate", "raise_learning_rate", "clip")
"""The remedies that do so."""

FIRST_RATE = 1e-3
"""What a rate of 0 is raised to."""


def scale_rate(optimizer: Optimizer, factor: float) -> list[str]:
    """Multiplies the learning rates."""
    changed = []
    for group in optimizer.param_groups:
        before = float(group["lr"])
        for key in ("lr", "initial_lr"):
            if key in group:
                group[key] = group[key] * factor if before else FIRST_RATE
        changed.append(f"the learning rate is {float(group['lr']):g}, it was {before:g}")
    return changed


def clip_steps(optimizer: Optimizer, norm: float) -> tuple[list[str], Callable[[], None]]:
    """Clips the gradients before each step from now on; returns what ends it."""
    handle: Any = optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: clip(optimizer, norm))
    return [f"gradients are clipped to a norm of {norm:g} before each step"], handle.remove


def clip(optimizer: Optimizer, norm: float) -> None:
    """Clips the gradients that are there."""
    nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], norm)
