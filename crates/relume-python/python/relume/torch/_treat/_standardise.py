"""Inputs of mean 0 and variance 1, whatever a model is called with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from relume.torch._treat._modules import Standardisation

Inputs = Tensor | tuple[Any, ...] | Mapping[Any, Any]
"""What a model is called with: its argument, its arguments, or its arguments by place or name."""

SMALLEST = 1e-6
"""A smaller standard deviation is that of a column which is constant."""


def standardise(model: nn.Module, inputs: Iterable[Inputs] | Inputs | None) -> Callable[[], str]:
    """Will standardise what the model is called with, by the mean and the deviation of these inputs."""
    if inputs is None:
        raise ValueError("treat(): standardise needs inputs, the training data: treat(..., inputs=x)")
    if any(isinstance(hook, Standardisation) for hook in model._forward_pre_hooks.values()):
        return lambda: "the inputs are standardised already"
    moments = measured(inputs)

    def do() -> str:
        for argument, (mean, deviation) in moments.items():
            model.register_buffer(Standardisation.mean(argument), mean)
            model.register_buffer(Standardisation.deviation(argument), deviation)
        model.register_forward_pre_hook(Standardisation(tuple(moments)), prepend=True, with_kwargs=True)
        return f"standardised the inputs of {type(model).__name__}"

    return do


def measured(inputs: Iterable[Inputs] | Inputs) -> dict[int | str, tuple[Tensor, Tensor]]:
    """By argument, the mean and the standard deviation of each column; arguments that are constant are left out."""
    calls = [inputs] if isinstance(inputs, Tensor | tuple | Mapping) else inputs
    values: dict[int | str, list[Tensor]] = {}
    for call in calls:
        arguments = {0: call} if isinstance(call, Tensor) else call if isinstance(call, Mapping) else enumerate(call)
        for argument, value in dict(arguments).items():
            if isinstance(value, Tensor) and value.is_floating_point() and value.dim() > 0:
                values.setdefault(argument, []).append(value.detach())
    if not values:
        raise ValueError("treat(): the inputs are no floating-point numbers, so there is nothing to standardise")
    moments = {argument: moments_of(samples) for argument, samples in values.items()}
    for argument, (mean, deviation) in moments.items():
        if not (mean.isfinite().all() and deviation.isfinite().all()):
            raise ValueError(f"treat(): argument {argument} of the inputs has numbers that are not finite")
    varying = {argument: each for argument, each in moments.items() if bool((each[1] > SMALLEST).any())}
    if not varying:
        raise ValueError("treat(): the inputs are all the same, so there is nothing to standardise")
    return varying


def moments_of(samples: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Column by column where all samples have the same shape, otherwise over all numbers."""
    columns = len({value.shape[1:] for value in samples}) == 1
    parts = [(value if columns else value.reshape(-1)).double() for value in samples]
    n = sum(len(part) for part in parts)
    mean = torch.stack([part.sum(0) for part in parts]).sum(0) / n
    squares = torch.stack([(part - mean).square().sum(0) for part in parts]).sum(0) / max(n - 1, 1)
    return mean.to(samples[0].dtype), squares.sqrt().clamp_min(SMALLEST).to(samples[0].dtype)
