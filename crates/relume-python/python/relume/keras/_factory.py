"""Makes functions and layers from relume's catalogue and the formulas."""

import inspect
from collections.abc import Callable
from typing import Any

import keras
from keras import backend, ops
from keras.saving import register_keras_serializable

from relume import _native
from relume._functions import python_name
from relume.keras._composition import Tensor
from relume.keras._formulas import FORMULAS
from relume.keras._rows import row_formula

BY_TORCH = backend.backend() == "torch"
if BY_TORCH:
    from torch.compiler import is_dynamo_compiling

    from relume.keras import _kernels

PACKAGE = "relume"

Shape = tuple[int | None, ...]

# In these types formulas are computed; in float32 for types that are narrower.
WIDE = ("float32", "float64")


class Function:
    """What becomes a function and a layer: a formula, and the parameters that it takes."""

    def __init__(
        self, definition: _native.Definition, formula: Callable[..., Tensor], defaults: dict[str, Any]
    ) -> None:
        self.name = definition.name
        self.definition = definition
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
        """The function of a tensor, or of what can become one."""
        x = ops.convert_to_tensor(x)
        dtype = backend.standardize_dtype(x.dtype)
        if "complex" in dtype:
            raise TypeError(f"{self.name} is not defined for complex numbers")
        if "float" not in dtype:
            x = ops.cast(x, keras.config.floatx())
        operation = self.operation(x, values)
        return self.composed(x, tuple(values.values())) if operation is None else operation(x)

    def operation(self, x: Tensor, values: dict[str, Any]) -> Any:
        """What computes the function of this tensor faster than its formula, if anything does."""
        return None

    def composed(self, x: Tensor, values: tuple[Any, ...]) -> Tensor:
        """The formula's result, rounded once if the type of x is a narrow one."""
        dtype = backend.standardize_dtype(x.dtype)
        if dtype in WIDE:
            return self.formula(x, *values)
        return ops.cast(self.formula(ops.cast(x, WIDE[0]), *values), dtype)

    def output_shape(self, shape: Shape, values: dict[str, Any]) -> Shape:
        return tuple(self.formula(keras.KerasTensor(shape), *values.values()).shape)


class Elementwise(Function):
    """A function of the catalogue."""

    def __init__(self, definition: _native.Definition) -> None:
        self.catalogue_names = [parameter.name for parameter in definition.parameters]
        defaults = {python_name(parameter.name): parameter.default for parameter in definition.parameters}
        super().__init__(definition, FORMULAS[definition.name], defaults)

    def checked(self, name: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"{self.name}: {name} is {value!r}, expected a number") from None
        # PyTorch's compiler cannot look into native code.
        if not (BY_TORCH and is_dynamo_compiling()):
            self.definition.check(name.removesuffix("_"), number)
        return number

    def operation(self, x: Tensor, values: dict[str, Any]) -> Any:
        return _kernels.operation(self, x, values) if BY_TORCH else None


class FunctionLayer(keras.layers.Layer):
    """What all layers have in common; a layer for a function has that function."""

    function: Function

    def __init__(self, *values: Any, **options: Any) -> None:
        names = [parameter.name for parameter in self.function.parameters]
        own = {name: options.pop(name) for name in names if name in options}
        super().__init__(**options)
        self.values = self.function.bind(values, own)
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        return self.function(inputs, self.values)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.function.output_shape(tuple(input_shape), self.values)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.values}


def public_layer(function: Function) -> type[FunctionLayer]:
    """The layer as users construct it."""

    def __init__(self: FunctionLayer, *values: Any, **options: Any) -> None:
        FunctionLayer.__init__(self, *values, **options)

    of = inspect.Parameter
    own = [of("self", of.POSITIONAL_OR_KEYWORD), *function.parameters, of("options", of.VAR_KEYWORD)]
    vars(__init__)["__signature__"] = inspect.Signature(own)
    body = {
        "function": function,
        "__init__": __init__,
        "__doc__": describe(function),
        "__module__": "relume.keras.layers",
    }
    layer = type(layer_name(function.name), (FunctionLayer,), body)
    return register_keras_serializable(PACKAGE)(layer)  # type: ignore[no-any-return]


def public_function(function: Function, layer: type[FunctionLayer]) -> Callable[..., Tensor]:
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
    return register_keras_serializable(PACKAGE)(call)  # type: ignore[no-any-return]


def describe(function: Function) -> str:
    """The first paragraphs of a docstring."""
    definition = function.definition
    parameters = [
        f"    {python_name(parameter.name)}: {parameter.description}; {parameter.domain}"
        for parameter in definition.parameters
    ]
    text = f"{definition.title}: {definition.formula}.\n\n{definition.summary}"
    return text + ("\n\nArgs:\n" + "\n".join(parameters) if parameters else "")


def layer_name(name: str) -> str:
    """``LeakyReLU`` from ``leaky_relu``: words that are titles in the catalogue are spelled as there."""
    return "".join(SPELLINGS.get(word, word.capitalize()) for word in name.split("_"))


def made(definition: _native.Definition) -> Function | None:
    """The function, if relume or its text knows how it is computed. Keras has a layer for learned slopes."""
    if definition.elementwise:
        return Elementwise(definition)
    formula = row_formula(definition)
    return formula and Function(definition, formula, {"axis": -1})


CATALOGUE = _native.catalogue()
TITLES = [definition.title for definition in CATALOGUE]
SPELLINGS = {title.lower(): title for title in TITLES if title.isalnum() and not title.islower()}

_functions = [function for function in map(made, CATALOGUE) if function]
_layers = [public_layer(function) for function in _functions]

FUNCTIONS = {f.name: public_function(f, layer) for f, layer in zip(_functions, _layers, strict=True)}
LAYERS = {layer.__name__: layer for layer in _layers}
