"""relume's kernels, where Keras's backend is PyTorch: for tensors on the CPU, in eager mode."""

import functools
from typing import Any

import torch
from torch.compiler import is_dynamo_compiling

from relume import _native
from relume.torch import _autograd, _conditions
from relume.torch._kernel import Kernel, kernel_of
from relume.torch._sizes import Sizes, above

FRAMEWORK = "Keras"

# One operation of PyTorch each, which nothing beats on small tensors.
LEFT_TO_PYTORCH = {"identity", "relu"}

# Keras adds the derivatives of both sides at 0, where there is no kink.
WITHOUT_CHOICE = {"celu"}


def kernel(function: Any, x: torch.Tensor, values: dict[str, Any]) -> Kernel | None:
    """What computes a function for this tensor; none if it is to be composed."""
    # Compilers are asked first: they see this code too.
    if is_dynamo_compiling() or not _conditions.eager() or function.name in LEFT_TO_PYTORCH:
        return None
    return made(function, tuple(values.values()), x.dtype)


@functools.lru_cache(maxsize=256)
def made(function: Any, values: tuple[float, ...], dtype: torch.dtype) -> Kernel | None:
    text = ", ".join(f"{name}={value!r}" for name, value in zip(function.catalogue_names, values, strict=True))
    activation = _native.Activation(f"{function.name}({text})", None if function.name in WITHOUT_CHOICE else FRAMEWORK)
    kernel = kernel_of(activation, dtype, lambda x: function.composed(x, values), Sizes(above(0), above(0)))
    if kernel is not None and activation.slopes is None:
        # A derivative made from the output is not exact far out.
        kernel.differentiated = _autograd.FromInput
    return kernel
