"""Makes functions and layers from relume's catalogue and the formulas."""

import inspect
from collections.abc import Callable
from typing import Any

import keras
from keras import backend, ops
from keras.saving import register_keras_serializable

from relume import _native
from relume._functions import python_name
from relume.keras._formulas import FORMULAS, Tensor
from relume.keras._rows import ROW_FORMULAS

PACKAGE = "relume"

# In these types formulas are computed; in float32 for types that are narrower.
WIDE = ("float32", "float64")


class Function:
    """What becomes a function and a layer: a formula, and the parameters that it takes."""

    def __init__(self, facts: Any, formula: Callable[..., Tensor], defaults: dict[str, Any]) -> None:
        self.name: str = facts.name
        self.facts = facts
        self.formula = formula
        self.defaults = defaults
        of = inspect.Parameter
        self.parameters = [of(name, of.POSITIONAL_OR_KEYWORD, default=value) for name, value in defaults.items()]

    def bind(self, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """The values of all parameters. It raises a ``TypeError`` or a ``ValueError`` that says what is wrong."""
        if not values and not named:
            return self.defaults
        try:
            bound = inspect.Signature(self.parameters).bind(*values, **named)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}") from None
        bound.apply_defaults()
        return {name: self.checked(name, value) for name, value in bound.arguments.items()}

    def checked(self, name: str, value: Any) -> Any:
        if not isinstance(value, int):
            raise TypeError(f"{self.name}: {name} is {value!r}, expected an integer")
        return value

    def __call__(self, x: Tensor, values: dict[str, Any]) -> Tensor:
        """The function of a tensor, rounded once if its type is a narrow one."""
        x = ops.convert_to_tensor(x)
        dtype = backend.standardize_dtype(x.dtype)
        if "complex" in dtype:
            raise TypeError(f"{self.name} is not defined for complex numbers")
        if "float" not in dtype:
            x, dtype = ops.cast(x, keras.config.floatx()), keras.config.floatx()
        if dtype in WIDE:
            return self.formula(x, *values.values())
        return ops.cast(self.formula(ops.cast(x, WIDE[0]), *values.values()), dtype)

    def output_shape(self, shape: tuple[int | None, ...], values: dict[str, Any]) -> tuple[int | None, ...]:
        return tuple(self.formula(keras.KerasTensor(shape), *values.values()).shape)


class Elementwise(Function):
    """A function of the catalogue."""

    def __init__(self, definition: _native.Definition) -> None:
        self.catalogue_names = {python_name(parameter.name): parameter.name for parameter in definition.parameters}
        defaults = zip(self.catalogue_names, (parameter.default for parameter in definition.parameters), strict=True)
        super().__init__(definition, FORMULAS[definition.name], dict(defaults))

    def checked(self, name: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"{self.name}: {name} is {value!r}, expected a number") from None
        if not is_traced_by_torch():
            self.facts.check(self.catalogue_names[name], number)
        return number


def is_traced_by_torch() -> bool:
    """Whether this is PyTorch's compiler, which cannot look into our native code."""
    if backend.backend() != "torch":
        return False
    import torch

    return torch.compiler.is_compiling()


def public_function(function: Function, layer: type[keras.layers.Layer]) -> Callable[..., Tensor]:
    """The function as users call it."""

    def call(x: Tensor, *values: Any, **named: Any) -> Tensor:
        given = function.bind(values, named)
        if isinstance(x, keras.KerasTensor):
            return layer(**given)(x)
        return function(x, given)

    of = inspect.Parameter
    call.__name__ = call.__qualname__ = function.name
    call.__module__ = "relume.keras"
    call.__doc__ = f"{describe(function)}\n\nAs an activation: ``activation=relume.keras.{function.name}``."
    vars(call)["__signature__"] = inspect.Signature([of("x", of.POSITIONAL_OR_KEYWORD), *function.parameters])
    return register_keras_serializable(PACKAGE)(call)


def public_layer(function: Function) -> type[keras.layers.Layer]:
    """The layer as users construct it."""

    def __init__(self: Any, *values: Any, **options: Any) -> None:
        own = {name: options.pop(name) for name in names if name in options}
        keras.layers.Layer.__init__(self, **options)
        self.values = function.bind(values, own)
        self.supports_masking = True

    def call(self: Any, inputs: Tensor) -> Tensor:
        return function(inputs, self.values)

    def compute_output_shape(self: Any, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return function.output_shape(tuple(input_shape), self.values)

    def get_config(self: Any) -> dict[str, Any]:
        return {**keras.layers.Layer.get_config(self), **self.values}

    names = [parameter.name for parameter in function.parameters]
    of = inspect.Parameter
    vars(__init__)["__signature__"] = inspect.Signature(
        [of("self", of.POSITIONAL_OR_KEYWORD), *function.parameters, of("options", of.VAR_KEYWORD)]
    )
    methods = (__init__, call, compute_output_shape, get_config)
    body: dict[str, Any] = {method.__name__: method for method in methods}
    body |= {"__doc__": describe(function), "__module__": "relume.keras.layers"}
    return register_keras_serializable(PACKAGE)(type(layer_name(function.name), (keras.layers.Layer,), body))


def describe(function: Function) -> str:
    """The first paragraphs of a docstring."""
    facts = function.facts
    parameters = [
        f"    {python_name(parameter.name)}: {parameter.description}; {parameter.domain}"
        for parameter in getattr(facts, "parameters", [])
    ]
    text = f"{facts.title}: {facts.formula}.\n\n{facts.summary}"
    return text + ("\n\nArgs:\n" + "\n".join(parameters) if parameters else "")


def layer_name(name: str) -> str:
    """``LeakyReLU`` from ``leaky_relu``: words that are titles in the catalogue are spelled as there."""
    return "".join(SPELLINGS.get(word, word.capitalize()) for word in name.split("_"))


CATALOGUE, FACTS = _native.catalogue(), [facts for facts in _native.facts() if facts.name != "prelu"]
TITLES = [*(known.title for known in CATALOGUE), *(known.title for known in FACTS)]
SPELLINGS = {title.lower(): title for title in TITLES if title.isalnum() and not title.islower()}

_functions = [
    *(Elementwise(definition) for definition in CATALOGUE),
    *(Function(facts, ROW_FORMULAS[facts.name], {"axis": -1}) for facts in FACTS),
]
_layers = [public_layer(function) for function in _functions]

FUNCTIONS = {f.name: public_function(f, layer) for f, layer in zip(_functions, _layers, strict=True)}
LAYERS = {layer.__name__: layer for layer in _layers}
