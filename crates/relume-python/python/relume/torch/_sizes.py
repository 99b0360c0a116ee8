"""For how many elements relume is faster than PyTorch."""

import sys
from dataclasses import dataclass, field

from relume import _native


def above(elements: int) -> range:
    """That many, and more."""
    return range(elements, sys.maxsize)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The numbers of elements that relume computes; other tensors are left to PyTorch."""

    inference: range
    """Where nothing is kept for a backward pass."""
    training: range
    """Where it is: then calls cost more, and the backward counts too."""
    threaded_inference: range = above(0)
    """Of these, the ones that relume computes on several threads too: there PyTorch gains more."""
    threaded_training: range = above(0)
    """The same of those for training."""
    smallest: int = field(init=False)
    """Below it, whatever the rest."""

    def __post_init__(self) -> None:
        starts = [each.start for each in (self.inference, self.training) if each]
        object.__setattr__(self, "smallest", min(starts, default=sys.maxsize))


NEVER = range(0)

LEFT = Sizes(NEVER, NEVER)
"""To PyTorch, always."""

EVERY = Sizes(above(0), above(0))
"""By relume, always."""


# By the name in relume's catalogue; a function that is not here is left to PyTorch. They follow what
# bench/torch_modules.py --sizes measured for float32 on a processor with AVX2. PyTorch's gelu, from oneDNN, takes long
# to start and is fast then.
SIZES = {
    "prelu": Sizes(NEVER, above(32768)),
    "elu": Sizes(above(4096), above(32768), threaded_training=above(1 << 20)),
    "selu": Sizes(above(8192), above(32768), threaded_training=above(1 << 22)),
    "celu": Sizes(above(4096), above(32768)),
    "gelu": Sizes(range(512, 16385), range(512, 16385), range(512, 8193)),
    "gelu_tanh": Sizes(above(2048), above(16384), above(4096)),
    "silu": Sizes(above(32768), NEVER, NEVER),
    "mish": Sizes(above(1024), above(4096)),
    "softplus": Sizes(above(2048), above(16384), above(4096), above(32768)),
    "sigmoid": Sizes(above(32768), above(1 << 18), NEVER, NEVER),
    "log_sigmoid": Sizes(above(2048), above(32768), above(8192), above(1 << 22)),
    "tanh": Sizes(above(4096), above(32768), threaded_training=above(65536)),
    "softsign": Sizes(above(512), above(512), range(512, 131073)),
    "tanh_shrink": Sizes(above(1 << 22), above(1 << 22)),
}
if _native.instruction_set() == "avx512":
    # There PyTorch's lanes of float32 are twice as wide as relume's of float64: bench/results/kernels-f32-xeon.md. That
    # page is of kernels before sigmoid and silu had formulas for f32 lanes, which were not timed there.
    SIZES |= {
        "gelu": Sizes(range(512, 4097), range(512, 8193)),
        "silu": LEFT,
        "sigmoid": LEFT,
        "tanh": LEFT,
    }


def sizes_of(name: str) -> Sizes:
    """For the function of this name."""
    return SIZES.get(name, LEFT)


def sizes_for_memory(name: str) -> Sizes:
    """Where memory matters more than time, for functions whose backward needs one bit per element."""
    return Sizes(sizes_of(name).inference, above(4096))
