"""PyTorch's functions as relume has them: what relume's operation is for the values of their parameters."""

import inspect
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import _C, Tensor, nn
from torch.overrides import handle_torch_function

from relume import _native
from relume.torch import _choice, _softplus
from relume.torch._autograd import Operation
from relume.torch._elements import CODES
from relume.torch._kernel import Kernel
from relume.torch._sizes import LEFT, Sizes

FRAMEWORK = "PyTorch"

# What PyTorch's own function gives wrongly for some parameters is called in another way.
CORRECTED = {"softplus": _softplus.softplus}

# Values of an argument for which relume's catalogue has a function of its own: ``approximate="tanh"``.
VARIANTS = ("tanh",)

CATALOGUE = {definition.name: definition for definition in _native.catalogue() if definition.elementwise}


class Dispatcher:
    """A function of ``torch.nn.functional`` with its parameters, whatever their values."""

    def __init__(self, name: str, module: type[nn.Module], definition: _native.Definition) -> None:
        arguments = inspect.signature(module).parameters.values()
        named = [argument for argument in arguments if argument.kind is argument.POSITIONAL_OR_KEYWORD]
        self.name = name
        self.own = CORRECTED.get(name, getattr(F, name))
        self.is_corrected = name in CORRECTED
        self.inplace = any(argument.name == "inplace" for argument in named)
        # Those after inplace are old names of the others.
        names = [argument.name for argument in named]
        self.names = tuple(names[: names.index("inplace")] if self.inplace else names)
        self.defaults = tuple(argument.default for argument in named[: len(self.names)])
        self.definition = definition
        self.variants = variants(definition, self.defaults[0]) if self.defaults else {}
        self.operations: dict[Any, Operation | None] = {}

    def use(self, sizes_of: Callable[[str], Sizes]) -> None:
        """Leaves other tensors to PyTorch than these, by the function's name in the catalogue."""
        self.sizes: Sizes | dict[str, Sizes] = sizes_of(self.definition.name)
        """Those of the function, or of each variant."""
        used = [self.sizes]
        if self.variants:
            used = [sizes_of(definition.name) for definition in self.variants.values()]
            self.sizes = defaultdict(lambda: LEFT, zip(self.variants, used, strict=True))
        self.is_used = any(each != LEFT for each in used)
        """Whether there are any."""

    def __call__(self, x: Tensor, values: tuple[Any, ...], inplace: bool = False) -> Tensor:
        """f(x) of a tensor that suits relume, for the values of the function's parameters in their order."""
        if _C._is_torch_function_mode_enabled():
            if _choice.watched():
                return handle_torch_function(self, (x,), x, values, inplace)  # type: ignore[no-any-return]
            # A mode below the doctor's.
            return self.by_pytorch(x, values, inplace)
        if inplace and not _choice.suits_in_place(x):
            return self.by_pytorch(x, values, inplace)
        key = x.dtype, values
        try:
            operation = self.operations[key]
        except (KeyError, TypeError):
            operation = self.make(*key)
        return self.by_pytorch(x, values, inplace) if operation is None else operation(x, inplace)

    def by_pytorch(self, x: Tensor, values: tuple[Any, ...], inplace: bool = False) -> Tensor:
        """f(x), by PyTorch's own operation."""
        named = dict(zip(self.names, values, strict=True))
        return self.own(x, **named, inplace=True) if inplace else self.own(x, **named)

    def make(self, dtype: torch.dtype, values: tuple[Any, ...]) -> Operation | None:
        """relume's operation with these parameters; none if it has none. It raises what PyTorch raises."""
        if not all(type(value) in (int, float, str) for value in values):
            return None
        own = partial(self.own, **dict(zip(self.names, values, strict=True)))
        own(torch.empty(0, dtype=dtype))
        activation, code = self.activation(values), CODES.get(dtype)
        if len(self.operations) >= 256:
            self.operations.clear()
        found = None if activation is None or code is None else Operation(Kernel(activation, code), own)
        self.operations[dtype, values] = found
        return found

    def activation(self, values: tuple[Any, ...]) -> _native.Activation | None:
        """relume's function with these parameters, if it has it."""
        # The word that chooses a variant is no parameter of it.
        definition = self.variants.get(values[0]) if self.variants else self.definition
        numbers = [] if self.variants else list(values)
        if definition is None:
            return None
        # relume has all parameters but one.
        names = [parameter.name for parameter in definition.parameters]
        if len(numbers) > len(names) and not _softplus.is_exact(numbers[-1]):
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
