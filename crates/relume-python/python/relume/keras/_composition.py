"""Composes the formulas of the catalogue of Keras's operations.

They take a tensor of float32 or float64 and the parameters, which are numbers, in the catalogue's order. What makes
them right far out, and in their gradients, which every framework derives by itself:

- A gradient flows through both branches of a ``where``, and what is not chosen still counts: 0·inf is NaN. So each
  branch computes with numbers that do it no harm; `_native.parse_formula` gives the cases of a text an x of their own.
- At a kink, max and min have the derivative of the number that is their bound, and |x| has -1, as the two branches of
  Keras's relu. No derivative of Keras's own abs is asked for: at 0 it is anybody's guess.
- NaN compares false with everything, so the last branch is one that computes with it.
- Exponentials are only taken of numbers below 0, and nothing is subtracted from what is nearly as large.
"""

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import backend, ops

from relume import _native

Tensor = Any
Number = Any  # a float or a tensor
Formula = Callable[..., Tensor]


def formula(text: str, parameters: list[str]) -> Formula:
    """What computes a text for a tensor and the values of its parameters."""
    definitions, body = _native.parse_formula(text, parameters)

    def composed(x: Tensor, *values: float) -> Tensor:
        variables = [x, *values]
        for definition in definitions:
            variables.append(compose(definition, variables))
        return for_all(compose(body, variables), x)

    return composed


def compose(tree: Any, variables: list[Number]) -> Number:
    if isinstance(tree, float):
        return tree
    if isinstance(tree, int):
        return variables[tree]
    sign, *parts = tree
    if sign == "cases":
        return cases(parts[0], parts[1], variables)
    if sign == "power":
        return power(compose(parts[0], variables), parts[1])
    return OPERATIONS[sign](*[compose(part, variables) for part in parts])


def cases(conditions: Any, otherwise: Any, variables: list[Number]) -> Number:
    """The first that holds. What is decided by parameters alone is decided here."""
    result = for_all(compose(otherwise, variables), variables[0])
    for condition, tree in reversed(conditions):
        holds, chosen = compose(condition, variables), compose(tree, variables)
        if isinstance(holds, bool):
            result = chosen if holds else result
        else:
            result = where(holds, chosen, result)
    return result


def for_all(result: Number, x: Tensor) -> Tensor:
    """A number for every element, except that NaN stays NaN."""
    return where(ops.isnan(x), x, result) if isinstance(result, float) else result


def where(condition: Tensor, chosen: Number, other: Number) -> Tensor:
    """As in Keras, except that a number combined with a tensor of float64 is not rounded to float32 on any backend."""
    dtype = chosen.dtype if isinstance(other, float) else other.dtype
    branches = [ops.convert_to_tensor(x, dtype) if isinstance(x, float) else x for x in (chosen, other)]
    return ops.where(condition, *branches)


def is_number(*values: Number) -> bool:
    return all(isinstance(value, float) for value in values)


def times(a: Number, b: Number) -> Number:
    """0 times what may be infinite is 0, where the 0 is one of the text or of a parameter."""
    return 0.0 if any(isinstance(factor, float) and factor == 0 for factor in (a, b)) else a * b


def power(a: Number, exponent: int) -> Number:
    """By products: the gradient of a square that overflows would be 0·inf."""
    return functools.reduce(operator.mul, [a] * exponent)


def maximum(a: Number, b: Number) -> Number:
    if is_number(a, b):
        return max(a, b)
    if isinstance(b, float):
        a, b = b, a
    if isinstance(a, float) and a == 0:
        return ops.relu(b)
    return where(b <= a, a, b)


def minimum(a: Number, b: Number) -> Number:
    if is_number(a, b):
        return min(a, b)
    if isinstance(b, float):
        a, b = b, a
    return where(b >= a, a, b)


def absolute(a: Number) -> Number:
    """|a|, and no more than the largest finite number, so that 0 times it is 0."""
    return abs(a) if isinstance(a, float) else -folded(a)


def folded(a: Tensor) -> Tensor:
    """−|a|, with the derivative 1 at 0, and no less than the least finite number."""
    least = float(np.finfo(backend.standardize_dtype(a.dtype)).min)
    below = where(a > 0, -a, a)
    return where(below < least, least, below)


def exp_less_one(a: Tensor) -> Tensor:
    """Some frameworks have ``expm1(a) + 1`` for its derivative, which rounds to 0 far out."""
    return where(a < -1, ops.exp(a) - 1, ops.expm1(a))


def sigmoid(a: Tensor) -> Tensor:
    z = ops.exp(folded(a))
    return where(a > 0, 1.0, z) / (1 + z)


def softplus(a: Tensor) -> Tensor:
    return ops.relu(a) + ops.log1p(ops.exp(folded(a)))


def tanh(a: Tensor) -> Tensor:
    less = exp_less_one(2 * folded(a))
    return where(a > 0, -less, less) / (less + 2)


def normal_cdf(a: Tensor) -> Tensor:
    return ops.erfc(-math.sqrt(0.5) * a) / 2


def normal_density(a: Tensor) -> Tensor:
    return ops.exp(a * a / -2) / math.sqrt(2 * math.pi)


def both(a: Any, b: Any) -> Any:
    """Whether both hold; what parameters alone decide is a ``bool``."""
    if isinstance(a, bool):
        return b if a else False
    return both(b, a) if isinstance(b, bool) else ops.logical_and(a, b)


def either(a: Any, b: Any) -> Any:
    if isinstance(a, bool):
        return True if a else b
    return either(b, a) if isinstance(b, bool) else ops.logical_or(a, b)


def of_either(of_number: Callable[[float], float], of_tensor: Callable[[Tensor], Tensor]) -> Callable[[Number], Number]:
    """A function of parameters and of tensors."""
    return lambda a: of_number(a) if isinstance(a, float) else of_tensor(a)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "negative": operator.neg,
    "+": operator.add,
    "−": operator.sub,
    "·": times,
    "/": operator.truediv,
    "min": minimum,
    "max": maximum,
    "|": absolute,
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
    "and": both,
    "or": either,
    "exp": of_either(math.exp, ops.exp),
    "expm1": of_either(math.expm1, exp_less_one),
    "ln": of_either(math.log, ops.log),
    "log1p": of_either(math.log1p, ops.log1p),
    "√": of_either(math.sqrt, ops.sqrt),
    "tanh": of_either(math.tanh, tanh),
    "erf": of_either(math.erf, ops.erf),
    "σ": sigmoid,
    "softplus": softplus,
    "Φ": normal_cdf,
    "φ": normal_density,
}
