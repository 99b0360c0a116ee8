"""Functions of more than one element: thin layers over ufuncs that know about axes.

The functions of rows (softmax, ...) are not here: they are generalised ufuncs, which take ``axis=`` by themselves.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from relume import _native


def composed(module: str) -> dict[str, Callable[..., Any]]:
    """The functions of ``relume`` or ``relume.backward``."""
    backward = module.endswith(".backward")
    ufuncs = _native.backward if backward else _native
    own = {"crelu": crelu_backward, "prelu": prelu_backward} if backward else {"crelu": crelu, "prelu": prelu}
    found = {}
    for definition in _native.catalogue():
        if definition.elementwise:
            continue
        function = own.get(definition.name)
        if function is None:
            ufunc = getattr(ufuncs, definition.name)
            if definition.works_on == "rows":
                found[definition.name] = ufunc
                continue
            function = gated_backward(ufunc) if backward else gated(ufunc)
        function.__name__ = function.__qualname__ = definition.name
        function.__module__ = module
        function.__doc__ = definition.backward_doc if backward else definition.doc
        found[definition.name] = function
    return found


def gated(ufunc: np.ufunc) -> Callable[..., Any]:
    def function(x: Any, /, *, axis: int = -1, **options: Any) -> Any:
        return ufunc(*halves(ufunc.__name__, x, axis), **options)

    vars(function)["ufunc"] = ufunc
    return function


def gated_backward(ufunc: np.ufunc) -> Callable[..., Any]:
    def function(x: Any, dy: Any, /, *, axis: int = -1) -> Any:
        return np.concatenate(ufunc(*halves(ufunc.__name__, x, axis), dy), axis)

    vars(function)["ufunc"] = ufunc
    return function


def crelu(x: Any, /, *, axis: int = -1) -> Any:
    return np.concatenate((_native.relu(x), _native.relu(np.negative(x))), axis)


def crelu_backward(x: Any, dy: Any, /, *, axis: int = -1) -> Any:
    positive, negative = halves("backward.crelu", dy, axis)
    return np.where(np.less(x, 0), np.negative(negative), _native.backward.relu(x, positive, np.nan))


def prelu(x: Any, slope: Any, /, *, axis: int | None = None, **options: Any) -> Any:
    return _native.leaky_relu(x, along(slope, axis, np.ndim(x)), **options)


def prelu_backward(x: Any, dy: Any, slope: Any, /, *, axis: int | None = None) -> Any:
    laid = along(slope, axis, np.ndim(x))
    dx = _native.backward.leaky_relu(x, dy, laid, np.nan)
    products = np.zeros(np.shape(dx), dx.dtype)
    np.multiply(x, dy, out=products, where=~np.greater_equal(x, 0))
    missing = products.ndim - np.ndim(laid)
    shared = tuple(i for i in range(products.ndim) if i < missing or np.shape(laid)[i - missing] == 1)
    return dx, products.sum(shared, keepdims=True).reshape(np.shape(slope))


def along(slope: Any, axis: int | None, ndim: int) -> Any:
    """The slopes, laid along an axis of an array with that many dimensions."""
    if axis is None or np.ndim(slope) == 0:
        return slope
    shape = [1] * ndim
    shape[axis] = -1
    return np.reshape(slope, shape)


def halves(name: str, x: Any, axis: int) -> tuple[Any, Any]:
    """The first and the second half along an axis, as views."""
    x = x if hasattr(x, "shape") else np.asarray(x)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{name}: there is no axis {axis} in an array of {x.ndim} dimensions")
    if x.shape[axis] % 2:
        raise ValueError(f"{name}: axis {axis} has {x.shape[axis]} elements, which cannot be halved")
    half = x.shape[axis] // 2
    before = (slice(None),) * (axis % x.ndim)
    return x[(*before, slice(half))], x[(*before, slice(half, None))]
