"""The activations that are compared: names of the catalogue, and modules of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torch import nn

from relume import _native
from relume.torch._dispatcher import CATALOGUE, FRAMEWORK
from relume.torch._elementwise import Elementwise
from relume.torch._factory import DISPATCHERS, MODULES

Maker = Callable[..., nn.Module]

CONTROL = "identity"
TRAINABLE = "prelu"
VARIANT = "gelu_tanh"


class ModuleMaker:
    """Makes the modules of one activation; it is what ``make_model`` is given."""

    def __init__(self, name: str, maker: Maker, arguments: dict[str, Any]) -> None:
        self.name = name
        """Its text form, such as ``leaky_relu(slope=0.2)``."""
        self.made = 0
        """How many modules it has made."""
        self._maker = maker
        self._arguments = arguments

    def __call__(self, **arguments: Any) -> nn.Module:
        """A new module; it takes what the module's class takes, such as ``inplace=True``."""
        self.made += 1
        module: Any = self._maker(**self._arguments, **arguments)
        if not isinstance(module, nn.Module):
            raise TypeError(f"activation {self.name}: it made a {type(module).__name__}, not a torch.nn.Module")
        return module

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


def activations_of(given: Iterable[str | Maker]) -> list[ModuleMaker]:
    """What the user asks for; a ``ValueError`` or ``TypeError`` says what is wrong with it."""
    if isinstance(given, str):
        raise TypeError(f"activations is a list such as [{given!r}, 'relu'], not the text {given!r}")
    found = [named(each) if isinstance(each, str) else own(each) for each in given]
    if not found:
        raise ValueError(f"activations is empty; {KNOWN}")
    names = [activation.name for activation in found]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"activations names {name} twice")
    return found


def named(text: str) -> ModuleMaker:
    """An activation of the catalogue, with its parameters."""
    if text == TRAINABLE:
        return ModuleMaker(text, MODULES[nn.PReLU.__name__], {})
    try:
        activation = _native.Activation(text, FRAMEWORK)
    except ValueError as error:
        raise ValueError(f"activations: {error}; {KNOWN}") from None
    if activation.name == CONTROL:
        return ModuleMaker(CONTROL, nn.Identity, {})
    if activation.name == VARIANT:
        return ModuleMaker(VARIANT, MODULES[nn.GELU.__name__], {"approximate": "tanh"})
    for base, dispatcher in DISPATCHERS.items():
        if dispatcher.definition.name == activation.name:
            # Parameters stand in one order in the catalogue and in PyTorch.
            values = [value for _, value in activation.parameters]
            defaults = [parameter.default for parameter in dispatcher.definition.parameters]
            if len(values) > len(dispatcher.names) and values != defaults:
                break
            arguments = dict(zip(dispatcher.names, values, strict=False)) if values else {}
            return ModuleMaker(str(activation), MODULES[base.__name__], arguments)
    # PyTorch has no module for it, or none with these parameters.
    return ModuleMaker(str(activation), Elementwise, {"activation": str(activation)})


def own(maker: Any) -> ModuleMaker:
    """A class or function of the user's that makes a module."""
    if not callable(maker) or isinstance(maker, nn.Module):
        raise TypeError(
            f"activations: expected names, and classes or functions that make a module, not {type(maker).__name__}"
        )
    name = getattr(maker, "__name__", None)
    if name is None or not name.isidentifier():
        raise TypeError("activations: a function without a name cannot be told from others; define it with `def`")
    if name in CATALOGUE:
        raise ValueError(f"activations: {name} is a name of the catalogue; call the class or function otherwise")
    return ModuleMaker(name, maker, {})


KNOWN = f"known are {', '.join([*CATALOGUE, TRAINABLE])}"
