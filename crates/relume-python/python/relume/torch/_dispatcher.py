"""The choice between relume's kernel and PyTorch's own operation."""

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import handle_torch_function

from relume import _native
from relume.torch import _conditions
from relume.torch._kernel import Kernel, kernel_of
from relume.torch._sizes import LEFT, Sizes

FRAMEWORK = "PyTorch"

# The arguments by which PyTorch chooses a function of its own in relume's catalogue: ``approximate="tanh"``.
VARIANTS = ("tanh",)

CATALOGUE = {definition.name: definition for definition in _native.catalogue()}


class Dispatcher:
    """A function of ``torch.nn.functional`` with its parameters, whatever their values."""

    def __init__(self, name: str, module: type[nn.Module], definition: _native.Definition) -> None:
        arguments = inspect.signature(module).parameters.values()
        named = [argument for argument in arguments if argument.kind is argument.POSITIONAL_OR_KEYWORD]
        self.name = name
        self.own = getattr(F, name)
        self.inplace = any(argument.name == "inplace" for argument in named)
        # Those after inplace are old names of the others.
        names = [argument.name for argument in named]
        self.names = tuple(names[: names.index("inplace")] if self.inplace else names)
        self.defaults = tuple(argument.default for argument in named[: len(self.names)])
        self.definition = definition
        self.variants = variants(definition, self.defaults[0]) if self.defaults else {}

    def use(self, sizes_of: Callable[[str], Sizes]) -> None:
        """Leaves other tensors to PyTorch than these, by the function's name in the catalogue."""
        self.sizes_of = sizes_of
        self.sizes: Sizes | dict[str, Sizes] = sizes_of(self.definition.name)
        """Those of the function, or of each variant."""
        used = [self.sizes]
        if self.variants:
            used = [sizes_of(definition.name) for definition in self.variants.values()]
            self.sizes = defaultdict(lambda: LEFT, zip(self.variants, used, strict=True))
        sizes = [size for each in used for size in (each.inference, each.training)]
        self.smallest = min((each.start for each in sizes if each), default=sys.maxsize)
        """Tensors of fewer elements are left to PyTorch, whatever the parameters."""
        self.kernels: dict[Any, Kernel | None] = {}

    def __call__(self, x: Tensor, values: tuple[Any, ...], inplace: bool = False) -> Tensor:
        """f(x), for the values of the function's parameters in their order."""
        if not _conditions.eager():
            if _conditions.watched():
                return handle_torch_function(self, (x,), x, values, inplace)
            return self.by_pytorch(x, values, inplace)
        key = x.dtype, values
        try:
            kernel = self.kernels[key]
        except (KeyError, TypeError):
            kernel = self.make(*key)
        return self.by_pytorch(x, values, inplace) if kernel is None else kernel(x, inplace)

    def by_pytorch(self, x: Tensor, values: tuple[Any, ...], inplace: bool = False) -> Tensor:
        """f(x), by PyTorch's own operation."""
        named = dict(zip(self.names, values, strict=True))
        return self.own(x, **named, inplace=True) if inplace else self.own(x, **named)

    def make(self, dtype: torch.dtype, values: tuple[Any, ...]) -> Kernel | None:
        """The kernel for these parameters; none if it is for PyTorch to handle them. It raises what PyTorch raises."""
        if not all(type(value) in (int, float, str) for value in values):
            return None
        own = partial(self.own, **dict(zip(self.names, values, strict=True)))
        own(torch.empty(0, dtype=dtype))
        activation = self.activation(values)
        if len(self.kernels) >= 256:
            self.kernels.clear()
        kernel = activation and kernel_of(activation, dtype, own, self.sizes_of(activation.name))
        self.kernels[dtype, values] = kernel
        return kernel

    def activation(self, values: tuple[Any, ...]) -> _native.Activation | None:
        """relume's function with these parameters, if it has it."""
        # The word that chooses a variant is no parameter of it.
        definition = self.variants.get(values[0]) if self.variants else self.definition
        numbers = [] if self.variants else list(values)
        if definition is None:
            return None
        # What relume has no parameter for has its default, or is left to PyTorch.
        names = [parameter.name for parameter in definition.parameters]
        if numbers[len(names) :] != list(self.defaults[len(names) : len(numbers)]):
            return None
        text = ", ".join(f"{name}={float(number)!r}" for name, number in zip(names, numbers, strict=False))
        try:
            return _native.Activation(f"{definition.name}({text})", FRAMEWORK)
        except ValueError:
            return None


def variants(definition: _native.Definition, default: Any) -> dict[str, _native.Definition]:
    """The functions that a word chooses from, if that is what the first argument is; the default is the plain one."""
    if not isinstance(default, str):
        return {}
    return {default: definition} | {word: CATALOGUE[f"{definition.name}_{word}"] for word in VARIANTS}


def dispatchers() -> dict[type[nn.Module], Dispatcher]:
    """One for each of PyTorch's modules that relume has; variants are found by the plain function."""
    found: dict[type[nn.Module], Dispatcher] = {}
    for definition in CATALOGUE.values():
        names = [c.name.removeprefix("nn.") for c in definition.conventions if c.framework == FRAMEWORK]
        base = getattr(nn, names[0], None) if names else None
        if base is None or base in found:
            continue
        candidates = [definition.name, names[0].lower()]
        name = next((name for name in candidates if hasattr(F, name)), None)
        if name is not None:
            found[base] = Dispatcher(name, base, definition)
    return found
