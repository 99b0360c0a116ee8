"""relume's kernels, where Keras's backend is PyTorch: for tensors on the CPU, in eager mode."""

import functools
from typing import Any

import torch

from relume import _native
from relume.torch import _choice
from relume.torch._autograd import FromBits, FromInput, Operation
from relume.torch._elements import CODES
from relume.torch._kernel import Kernel
from relume.torch._sizes import EVERY

FRAMEWORK = "Keras"

# One operation of PyTorch each, which nothing beats on small tensors.
LEFT_TO_PYTORCH = {"identity", "relu"}

# Keras adds the derivatives of both sides at 0, where there is no kink.
WITHOUT_CHOICE = {"celu"}


def operation(function: Any, x: torch.Tensor, values: dict[str, Any]) -> Operation | None:
    """What computes a function for this tensor; none if it is to be composed."""
    if function.name in LEFT_TO_PYTORCH or not _choice.suits(x, EVERY) or _choice.watched() or x.dtype not in CODES:
        return None
    return made(function, tuple(values.values()), x.dtype)


@functools.lru_cache(maxsize=256)
def made(function: Any, values: tuple[float, ...], dtype: torch.dtype) -> Operation:
    text = ", ".join(f"{name}={value!r}" for name, value in zip(function.catalogue_names, values, strict=True))
    activation = _native.Activation(f"{function.name}({text})", None if function.name in WITHOUT_CHOICE else FRAMEWORK)
    # A derivative made from the output is not exact far out.
    kind = FromInput if activation.slopes is None else FromBits
    return Operation(Kernel(activation, CODES[dtype]), lambda x: function.composed(x, values), kind)
