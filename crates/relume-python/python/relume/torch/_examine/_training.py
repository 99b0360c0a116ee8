"""A few dozen steps of training."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from relume.torch._examine._batches import described, fresh
from relume.torch._examine._copies import Copy, reaches


class WrongLoss(Exception):
    """What is wrong with the user's ``loss_fn``, whatever is changed about the model."""


def losses(
    copied: Copy, batches: Sequence[Any], steps: int, original: nn.Module, goes_on: Callable[[], bool]
) -> list[float]:
    """The loss of each step, before it; fewer where there is no time left, or the loss is not finite any more."""
    seen: list[float] = []
    optimizer = copied.optimizer
    # LBFGS and its like compute the loss again and again.
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    again = closure is not None and closure.default is inspect.Parameter.empty

    def compute() -> Tensor:
        optimizer.zero_grad()
        copied.model.zero_grad()
        number = len(seen) % len(batches)
        loss = loss_of(copied, batches[number], number)
        if not seen and reaches(loss, original):
            raise WrongLoss(
                "loss_fn uses the model that was given, not the one that it is called with: loss_fn(model, batch)"
            )
        loss.backward()
        return loss

    for _ in range(steps):
        if not goes_on():
            break
        if again:
            step: Any = optimizer.step
            value = torch.as_tensor(step(compute)).item()
        else:
            value = compute().item()
            optimizer.step()
        seen.append(value)
        if not math.isfinite(value):
            break
    return seen


def loss_of(copied: Copy, batch: Any, number: int) -> Tensor:
    """What ``loss_fn`` returns, if it is a loss."""
    try:
        loss = copied.loss_fn(copied.model, fresh(batch))
    except Exception as error:
        at = f"for batch {number}, {described(batch)}"
        raise ValueError(f"loss_fn(model, batch) raised {type(error).__name__} {at}: {error}") from error
    if not isinstance(loss, Tensor):
        hint = "its .loss" if hasattr(loss, "loss") else "the loss itself, not loss.item()"
        raise WrongLoss(f"loss_fn returned a {type(loss).__name__}, expected a tensor with one number; return {hint}")
    if loss.numel() != 1:
        raise WrongLoss(
            f"loss_fn returned a tensor of shape {tuple(loss.shape)}, expected one number, such as its mean()"
        )
    if not loss.requires_grad:
        raise WrongLoss(
            "the loss that loss_fn returned has no gradient: it is detached, or does not depend on the model"
        )
    return loss


def called(copied: Copy, batches: Sequence[Any]) -> tuple[str, list[dict[Any, Any]]]:
    """Which module of the model runs outermost, by its name, and what it is called with, batch by batch."""
    calls: list[dict[Any, Any]] = []
    entries: list[str] = []

    def hook(name: str) -> Callable[..., None]:
        def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            entries[:] = entries or [name]
            if entries == [name]:
                calls.append({**dict(enumerate(args)), **kwargs})

        return enter

    for name, module in copied.model.named_modules():
        module.register_forward_pre_hook(hook(name), with_kwargs=True)
    with torch.no_grad():
        for batch in batches:
            copied.loss_fn(copied.model, fresh(batch))
    if not calls:
        raise ValueError("loss_fn calls no module of the model")
    return entries[0], calls
