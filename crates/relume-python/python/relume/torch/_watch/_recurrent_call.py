"""A call of a recurrent layer that PyTorch computes as one operation, taken apart: its layers, directions and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

FEW, MANY = 8, 64
"""Of so many samples layers are computed once more to see what is between them; of so many, what needs no more than
their outputs."""


class Direction(NamedTuple):
    """One layer in one direction, and what it computes from; rows are the samples of the first step, then the next."""

    name: str
    """As PyTorch names its weights: ``l0``, ``l1_reverse``; empty where there is no other."""
    x: Tensor
    before: Tensor
    """The hidden states that the steps begin with."""
    weights: list[Tensor]
    steps: list[int]
    """How many samples each step has."""


class RecurrentCall:
    """What ``torch.lstm`` and its like were called with, packed or not."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], packed: bool) -> None:
        self.func = func
        self.x: Tensor = args[0]
        if packed:
            _, sizes, state, weights, self.biases, self.layers, _, _, self.both = args
            self.sizes: list[int] | None = sizes.tolist()
            """How many samples each step has, where they are packed."""
            self.batch_first = False
        else:
            _, state, weights, self.biases, self.layers, _, _, self.both, self.batch_first = args
            self.sizes = None
        self.state: tuple[Tensor, ...] = tuple(state) if isinstance(state, (list, tuple)) else (state,)
        self.weights: list[Tensor] = list(weights)
        self.directions = 2 if self.both else 1

    @classmethod
    def of(cls, func: Callable[..., Any], args: tuple[Any, ...], y: Tensor) -> RecurrentCall | None:
        """The call of these arguments; ``None`` where they are not as PyTorch's own modules give them."""
        if len(args) != 9 or y.dtype != args[0].dtype:
            return None
        packed = isinstance(args[3], (list, tuple))
        if packed and not (isinstance(args[1], Tensor) and args[1].dim() == 1 and args[0].dim() == 2):
            return None
        if not packed and not (isinstance(args[2], (list, tuple)) and args[0].dim() == 3):
            return None
        return cls(func, args, packed)

    @property
    def length(self) -> int:
        """Steps in time."""
        return len(self.sizes) if self.sizes is not None else self.x.shape[1 if self.batch_first else 0]

    def steps(self, samples: int) -> list[int]:
        """How many of the first samples each step has."""
        if self.sizes is not None:
            return [min(size, samples) for size in self.sizes]
        return [min(self.state[0].shape[1], samples)] * self.length

    def rows(self, values: Tensor, samples: int) -> Tensor:
        """Of the first samples, the values of the first step in time, then those of the next."""
        values = values.detach()
        if self.sizes is not None:
            return torch.cat([step[:samples] for step in values.split(self.sizes)])
        return (values.transpose(0, 1) if self.batch_first else values)[:, :samples].flatten(0, 1)

    def weights_of(self, first: int, last: int) -> list[Tensor]:
        """The weights of some layers, a layer in one direction being one; the last is not among them."""
        each = len(self.weights) // (self.layers * self.directions)
        return [weight.detach() for weight in self.weights[first * each : last * each]]

    def state_of(self, first: int, last: int, samples: int) -> tuple[Tensor, ...]:
        """The states that these begin with."""
        return tuple(part.detach()[first:last, :samples].contiguous() for part in self.state)

    def hidden(self, x: Tensor, steps: list[int], first: int, last: int) -> Tensor:
        """What layers give, without dropout between them."""
        ends = first * self.directions, last * self.directions
        state = self.state_of(*ends, steps[0])
        start = state if len(state) > 1 else state[0]
        sizes, weights = torch.tensor(steps), self.weights_of(*ends)
        y: Tensor = self.func(x, sizes, start, weights, self.biases, last - first, 0.0, False, self.both)[0]
        return y

    @torch.no_grad()
    def each(self, y: Tensor) -> Iterator[Direction]:
        """All layers in all directions."""
        samples = MANY if self.layers == 1 else FEW
        steps, x = self.steps(samples), self.rows(self.x, samples)
        for layer in range(self.layers):
            outputs = self.rows(y, samples) if self.layers == 1 else self.hidden(x, steps, layer, layer + 1)
            for direction, output in enumerate(outputs.chunk(self.directions, -1)):
                place = layer * self.directions + direction
                name = f"l{layer}" + ("_reverse" if direction else "")
                yield Direction(
                    "" if self.layers * self.directions == 1 else name,
                    x,
                    former(output, self.state_of(place, place + 1, steps[0])[0][0], steps, bool(direction)),
                    self.weights_of(place, place + 1),
                    steps,
                )
            x = outputs

    def gradient(self, of_outputs: Tensor | None, of_last: Tensor | None, y: Tensor) -> Tensor:
        """The gradient at the outputs: what came to them, and to the last states, which are the same values."""
        total = torch.zeros_like(y) if of_outputs is None else of_outputs.clone()
        if of_last is None:
            return total
        forwards, *backwards = of_last[-self.directions :]
        units = forwards.shape[-1]
        if self.sizes is None:
            by_step = total.transpose(0, 1) if self.batch_first else total
            by_step[-1, :, :units] += forwards
            if backwards:
                by_step[0, :, units:] += backwards[0]
            return total
        sizes = torch.tensor(self.sizes)
        lengths = (sizes[:, None] > torch.arange(self.sizes[0])).sum(0)
        ends = ((sizes.cumsum(0) - sizes)[lengths - 1] + torch.arange(self.sizes[0])).to(total.device)
        total[ends, :units] += forwards
        if backwards:
            total[: self.sizes[0], units:] += backwards[0]
        return total


def former(output: Tensor, start: Tensor, steps: list[int], reverse: bool) -> Tensor:
    """In rows of steps, the outputs of the step before, or at first the state that all begins with."""
    sizes = torch.tensor(steps)
    offsets = sizes.cumsum(0) - sizes
    step = torch.arange(len(steps)).repeat_interleave(sizes)
    sample = torch.arange(len(step)) - offsets[step]
    other = (step + (1 if reverse else -1)).clamp(0, len(steps) - 1)
    is_there = (other != step) & (sample < sizes[other])
    places = torch.where(is_there, len(start) + offsets[other] + sample, sample)
    return torch.cat([start.to(output.dtype), output])[places.to(output.device)]
