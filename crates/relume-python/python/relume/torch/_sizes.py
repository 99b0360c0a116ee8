"""For how many elements relume is faster than PyTorch."""

import sys
from typing import NamedTuple


class Sizes(NamedTuple):
    """Tensors of other sizes are left to PyTorch."""

    inference: range
    """Where nothing is kept for a backward pass."""
    training: range
    """Where it is: then calls cost more, and the backward counts too."""


NEVER = range(0)


def above(elements: int) -> range:
    """So many, and more."""
    return range(elements, sys.maxsize)


# By the name in relume's catalogue; a function that is not here is left to PyTorch.
SIZES: dict[str, Sizes] = {}


def sizes_of(name: str) -> Sizes:
    """For the function of this name."""
    return SIZES.get(name, Sizes(NEVER, NEVER))
