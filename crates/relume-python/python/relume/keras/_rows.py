"""The formulas of functions of more than one element, as `_formulas` has the others; they take an axis."""

from collections.abc import Callable

from keras import ops

from relume import _native
from relume.keras._composition import Tensor, formula, where
from relume.keras._formulas import FORMULAS

RowFormula = Callable[[Tensor, int], Tensor]

# Keras's relu has the derivative 0 at 0.
rectified = formula("x for x ≥ 0, else 0", [])


def row_formula(definition: _native.Definition) -> RowFormula | None:
    """The formula of a function; none if it is neither written here nor follows from its gate."""
    if definition.gate is None:
        return ROW_FORMULAS.get(definition.name)
    gate = next(other for other in _native.catalogue() if other.name == definition.gate)
    values = [parameter.default for parameter in gate.parameters]
    return gated(rectified if gate.name == "relu" else lambda x: FORMULAS[gate.name](x, *values))


def gated(gate: Callable[[Tensor], Tensor]) -> RowFormula:
    """The first half along an axis, times the gate of the second."""

    def formula(x: Tensor, axis: int) -> Tensor:
        if x.shape[axis] is not None and x.shape[axis] % 2:
            raise ValueError(f"axis {axis} has {x.shape[axis]} elements, which cannot be halved")
        through, by = ops.split(x, 2, axis)
        return through * gate(by)

    return formula


def crelu(x: Tensor, axis: int) -> Tensor:
    """At 0 the gradient is that of the first part alone."""
    return ops.concatenate([rectified(x), where(x >= 0, 0.0, -x)], axis)


def prelu(x: Tensor, slope: Tensor) -> Tensor:
    return where(x > 0, x, slope * x)


def nan_of_row(x: Tensor, axis: int) -> Tensor:
    """NaN for a row that holds one, else 0: TensorFlow's largest of a row passes over NaN on some processors."""
    return ops.sum(ops.stop_gradient(where(ops.isnan(x), x, 0.0)), axis, keepdims=True)


def softmax(x: Tensor, axis: int) -> Tensor:
    return ops.softmax(x, axis=axis) + nan_of_row(x, axis)


def log_softmax(x: Tensor, axis: int) -> Tensor:
    return ops.log_softmax(x, axis=axis) + nan_of_row(x, axis)


def sparsemax(x: Tensor, axis: int) -> Tensor:
    """What lies 1 below the largest is 0, so that no sum is large. Only the mean of the others has a gradient."""
    nan = nan_of_row(x, axis)
    x = ops.maximum(x - ops.stop_gradient(ops.amax(x, axis, keepdims=True)), -1.0)
    is_zero = x <= sparsemax_threshold(ops.stop_gradient(x), axis)
    count = ops.sum(where(is_zero, 0.0, ops.ones_like(x)), axis, keepdims=True)
    excess = (ops.sum(where(is_zero, 0.0, x), axis, keepdims=True) - 1) / count
    return where(is_zero, 0.0, x - excess) + nan


def sparsemax_threshold(x: Tensor, axis: int) -> Tensor:
    """By the algorithm of Martins and Astudillo: as many of the largest as stay above their mean less 1/k."""
    falling = ops.flip(ops.sort(x, axis), axis)
    ones = ops.ones_like(x)
    stays = 1 + ops.cumsum(ones, axis) * falling > ops.cumsum(falling, axis)
    total = ops.sum(where(stays, falling, 0.0), axis, keepdims=True)
    return (total - 1) / ops.sum(where(stays, ones, 0.0), axis, keepdims=True)


# Texts have no sums over a row.
ROW_FORMULAS: dict[str, RowFormula] = {
    "crelu": crelu,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "sparsemax": sparsemax,
}
