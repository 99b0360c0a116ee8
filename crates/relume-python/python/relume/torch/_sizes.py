"""From how many elements on relume is faster than PyTorch."""

import sys
from typing import NamedTuple


class Sizes(NamedTuple):
    """Smaller tensors are left to PyTorch."""

    inference: int
    """Where nothing is kept for a backward pass."""
    training: int
    """Where it is: then calls cost more, and the backward counts too."""


NEVER = sys.maxsize

# By the name in relume's catalogue. Measured by bench/torch_modules.py --sizes.
SIZES: dict[str, Sizes] = {}

OTHERS = Sizes(4096, 16384)


def sizes_of(name: str) -> Sizes:
    """For the function of this name."""
    return SIZES.get(name, OTHERS)
