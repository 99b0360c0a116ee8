"""The gradients of all parameters at the end of every step: little enough that no training notices."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from relume import _native
from relume.torch._elements import CODES
from relume.torch._watch._memory import here, is_plain

MOST_PENDING = 64
"""Norms on a device of its own are fetched so many steps at a time, as fetching waits for it."""


class Gradients:
    """Hands the gradients of a model to the native recorder."""

    def __init__(self, model: nn.Module, run: _native.Run) -> None:
        self.model = model
        self.run = run
        self.parameters: list[Tensor] = []
        self.numbers: dict[int, int] = {}
        """Places in the list, by identity."""
        self.sizes: list[tuple[Tensor, torch.dtype, int]] = []
        """The same with their types and how many elements they have."""
        self.plain = False
        """Whether all lie in this machine's memory, in types that relume knows."""
        self.pending: list[tuple[int, list[int], Tensor]] = []
        """Norms on a device: of which step, of which parameters."""

    def begin(self) -> None:
        """Looks which parameters there are, once they all have a shape."""
        if self.numbers:
            return
        for name, parameter in self.model.named_parameters():
            if isinstance(parameter, nn.parameter.UninitializedParameter):
                continue
            code = CODES.get(parameter.dtype, _native.F32)
            self.run.follow(name, code, list(parameter.shape), not parameter.requires_grad)
            self.numbers[id(parameter)] = len(self.parameters)
            self.parameters.append(parameter)
            self.sizes.append((parameter, parameter.dtype, parameter.numel()))
        self.plain = all(is_plain(p) and p.device.type == "cpu" for p in self.parameters)

    def take(self, step: int) -> None:
        """Takes in the gradients as they are at the end of a step."""
        if self.plain:
            addresses = [
                0
                if (g := p.grad) is None
                else g.data_ptr()
                if g.dtype is dtype and g.numel() == n and (g.is_contiguous() or is_channels_last(g))
                else OTHER
                for p, dtype, n in self.sizes
            ]
            if OTHER not in addresses:
                self.run.gradients(addresses)
                return
        places = [i for i, p in enumerate(self.parameters) if p.grad is not None]
        present = (g for p in self.parameters if (g := p.grad) is not None)
        gradients = [g.coalesce().values() if g.is_sparse else g for g in present]
        with torch.no_grad():
            norms = [norm.float() for norm in torch._foreach_norm(gradients)] if gradients else []
            together = torch.stack([norm.to(norms[0].device) for norm in norms]) if norms else torch.zeros(0)
        self.pending.append((step, places, together))
        if together.device.type == "cpu" or len(self.pending) >= MOST_PENDING:
            self.flush()

    def flush(self) -> None:
        """Fetches what lies on a device."""
        pending, self.pending = self.pending, []
        for step, places, together in pending:
            norms = [-1.0] * len(self.parameters)
            for place, norm in zip(places, together.tolist(), strict=True):
                norms[place] = norm
            self.run.norms(step, norms)

    def rows(self) -> None:
        """Looks whether the units of a layer are all alike."""
        for number, parameter in enumerate(self.parameters):
            if parameter.dim() > 1 and is_plain(parameter):
                w = here(parameter)
                self.run.rows(number, w.data_ptr())


def is_channels_last(gradient: Tensor) -> bool:
    """Whether its elements lie in memory without gaps, those of a channel apart."""
    return gradient.dim() == 4 and gradient.is_contiguous(memory_format=CHANNELS_LAST)


CHANNELS_LAST = torch.channels_last
OTHER = -1
"""In place of an address: a gradient that does not lie in memory as the parameter did."""
