"""The batches of an examination: taken once, and no more of them than there are steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only
from torch.utils.data import DataLoader

from relume.torch._compare._trial import seed_all


def taken(batches: Iterable[Any], most: int, seed: int) -> list[Any]:
    """The first batches, drawn by the seed where they are drawn at random."""
    if isinstance(batches, Tensor | Mapping | str) or not isinstance(batches, Iterable):
        raise TypeError(f"examine(): batches is {described(batches)}, expected a list of batches, a DataLoader, ...")
    if isinstance(batches, tuple) and any(isinstance(part, Tensor) for part in batches):
        raise TypeError(f"examine(): batches is one batch, {described(batches)}; give a list of them: [(x, y), ...]")
    with generators_kept(batches):
        seed_all(seed)
        found = list(islice(batches, most))
    if not found:
        raise ValueError("examine(): batches is empty; has the iterator been used up?")
    return found


@contextmanager
def generators_kept(batches: Any) -> Iterator[None]:
    """Gives generators that a loader has of its own back as they were."""
    samplers = [batches, batches.sampler, batches.batch_sampler] if isinstance(batches, DataLoader) else []
    samplers += [inner for each in samplers[2:] if (inner := getattr(each, "sampler", None)) is not None]
    generators = [getattr(each, "generator", None) for each in samplers]
    kept = {each: each.get_state() for each in generators if isinstance(each, torch.Generator)}
    try:
        yield
    finally:
        for generator, state in kept.items():
            generator.set_state(state)


def fresh(batch: Any) -> Any:
    """A batch with tensors of its own: a loss may change them in place, or ask for their gradients."""
    return tree_map_only(Tensor, lambda x: x.detach().clone().requires_grad_(x.requires_grad), batch)


def described(batch: Any) -> str:
    """What a batch is, for an error."""
    if isinstance(batch, Tensor):
        return f"a tensor of shape {tuple(batch.shape)}"
    if isinstance(batch, Mapping):
        return "a dict of " + ", ".join(f"{key!r}: {described(value)}" for key, value in batch.items())
    if isinstance(batch, list | tuple) and len(batch) <= 8:
        return f"a {type(batch).__name__} of " + " and ".join(map(described, batch))
    return f"a {type(batch).__name__}"
