"""From the ufuncs of the native half to the functions that users call."""

import inspect
import keyword
from collections.abc import Callable
from typing import Any

import numpy as np

from relume import _composed, _native

_ELEMENTWISE = [definition for definition in _native.catalogue() if definition.elementwise]

# What is chosen at zero when nothing is: the function's own derivative.
_NO_CHOICE = np.nan


def functions(module: str) -> dict[str, Callable[..., Any]]:
    """The functions of one of our modules: ``relume``, ``relume.derivative`` or ``relume.backward``."""
    kind = module.partition(".")[2]
    ufuncs = getattr(_native, kind) if kind else _native
    inputs = ("x", "dy") if kind == "backward" else ("x",)
    found = {
        definition.name: _function(getattr(ufuncs, definition.name), inputs, definition, module)
        for definition in _ELEMENTWISE
    }
    # The derivative of a function of several elements is not one number for each.
    return found if kind == "derivative" else found | _composed.composed(module)


def python_name(parameter: str) -> str:
    """The name of a parameter, which must not be a word of the language: ``lambda_``."""
    return parameter + "_" if keyword.iskeyword(parameter) else parameter


def _function(
    ufunc: np.ufunc, inputs: tuple[str, ...], definition: _native.Definition, module: str
) -> Callable[..., Any]:
    """The ufunc itself if it takes no parameters, else a function that gives them names and defaults."""
    parameters = {python_name(parameter.name): parameter for parameter in definition.parameters}
    has_at_zero = ufunc.nin > len(inputs) + len(parameters)
    if not parameters and not has_at_zero:
        return ufunc
    fewest, most = len(inputs), len(inputs) + len(parameters)
    defaults = [parameter.default for parameter in parameters.values()] + [_NO_CHOICE] * has_at_zero

    def function(*operands: Any, **options: Any) -> Any:
        if len(operands) == fewest and not options:
            return ufunc(*operands, *defaults)
        if len(operands) > most:
            raise TypeError(f"{ufunc.__name__}() takes at most {most} positional arguments, got {len(operands)}")
        given = operands[fewest:]
        values = [*given, *defaults[len(given) :]]
        for i, (name, parameter) in enumerate(parameters.items()):
            if i >= len(given):
                values[i] = options.pop(name, parameter.default)
            if isinstance(values[i], (int, float)):
                definition.check(parameter.name, values[i])
        if has_at_zero and (at_zero := options.pop("at_zero", None)) is not None:
            values[-1] = at_zero
        return ufunc(*operands[:fewest], *values, **options)

    function.__name__ = function.__qualname__ = definition.name
    function.__module__ = module
    # NumPy's own signature, which knows no names, makes the first paragraph.
    function.__doc__ = ufunc.__doc__.partition("\n\n")[2]
    signature = _signature(inputs, {name: parameter.default for name, parameter in parameters.items()}, has_at_zero)
    vars(function).update(ufunc=ufunc, __signature__=signature)
    return function


def _signature(inputs: tuple[str, ...], defaults: dict[str, float], has_at_zero: bool) -> inspect.Signature:
    of = inspect.Parameter
    return inspect.Signature(
        [
            *(of(name, of.POSITIONAL_ONLY) for name in inputs),
            *(of(name, of.POSITIONAL_OR_KEYWORD, default=default) for name, default in defaults.items()),
            *([of("at_zero", of.KEYWORD_ONLY, default=None)] if has_at_zero else []),
            of("options", of.VAR_KEYWORD),
        ]
    )
