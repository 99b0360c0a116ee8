# Written by stubs.py from the catalogue.

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

identity: np.ufunc
def relu(x: ArrayLike, dy: ArrayLike, /, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def relu6(x: ArrayLike, dy: ArrayLike, /, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def leaky_relu(x: ArrayLike, dy: ArrayLike, /, slope: ArrayLike = 0.01, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def threshold(x: ArrayLike, dy: ArrayLike, /, threshold: ArrayLike = 0.0, value: ArrayLike = 0.0, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def thresholded_relu(x: ArrayLike, dy: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
squared_relu: np.ufunc
def elu(x: ArrayLike, dy: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
def selu(x: ArrayLike, dy: ArrayLike, /, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def celu(x: ArrayLike, dy: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
def isrlu(x: ArrayLike, dy: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
gelu: np.ufunc
gelu_tanh: np.ufunc
quick_gelu: np.ufunc
def silu(x: ArrayLike, dy: ArrayLike, /, beta: ArrayLike = 1.0, **options: Any) -> Any: ...
mish: np.ufunc
logish: np.ufunc
def softplus(x: ArrayLike, dy: ArrayLike, /, beta: ArrayLike = 1.0, **options: Any) -> Any: ...
def squareplus(x: ArrayLike, dy: ArrayLike, /, b: ArrayLike = 4.0, **options: Any) -> Any: ...
sparse_plus: np.ufunc
sigmoid: np.ufunc
log_sigmoid: np.ufunc
sparse_sigmoid: np.ufunc
tanh: np.ufunc
softsign: np.ufunc
def hard_sigmoid(x: ArrayLike, dy: ArrayLike, /, slope: ArrayLike = 0.16666666666666666, offset: ArrayLike = 0.5, **options: Any) -> Any: ...
hard_silu: np.ufunc
def hard_tanh(x: ArrayLike, dy: ArrayLike, /, min: ArrayLike = -1.0, max: ArrayLike = 1.0, **options: Any) -> Any: ...
tanh_shrink: np.ufunc
def soft_shrink(x: ArrayLike, dy: ArrayLike, /, lambda_: ArrayLike = 0.5, **options: Any) -> Any: ...
def hard_shrink(x: ArrayLike, dy: ArrayLike, /, lambda_: ArrayLike = 0.5, **options: Any) -> Any: ...
def prelu(x: ArrayLike, dy: ArrayLike, slope: ArrayLike, /, *, axis: int | None = None) -> Any: ...
def crelu(x: ArrayLike, dy: ArrayLike, /, *, axis: int = -1) -> Any: ...
def glu(x: ArrayLike, dy: ArrayLike, /, *, axis: int = -1) -> Any: ...
def reglu(x: ArrayLike, dy: ArrayLike, /, *, axis: int = -1) -> Any: ...
def geglu(x: ArrayLike, dy: ArrayLike, /, *, axis: int = -1) -> Any: ...
def swiglu(x: ArrayLike, dy: ArrayLike, /, *, axis: int = -1) -> Any: ...
softmax: np.ufunc
log_softmax: np.ufunc
sparsemax: np.ufunc

__all__ = [
    "identity",
    "relu",
    "relu6",
    "leaky_relu",
    "threshold",
    "thresholded_relu",
    "squared_relu",
    "elu",
    "selu",
    "celu",
    "isrlu",
    "gelu",
    "gelu_tanh",
    "quick_gelu",
    "silu",
    "mish",
    "logish",
    "softplus",
    "squareplus",
    "sparse_plus",
    "sigmoid",
    "log_sigmoid",
    "sparse_sigmoid",
    "tanh",
    "softsign",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "tanh_shrink",
    "soft_shrink",
    "hard_shrink",
    "prelu",
    "crelu",
    "glu",
    "reglu",
    "geglu",
    "swiglu",
    "softmax",
    "log_softmax",
    "sparsemax",
]
