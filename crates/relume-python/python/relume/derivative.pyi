# Written by stubs.py from the catalogue.

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

identity: np.ufunc
def relu(x: ArrayLike, /, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def relu6(x: ArrayLike, /, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def leaky_relu(x: ArrayLike, /, slope: ArrayLike = 0.01, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def elu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
def selu(x: ArrayLike, /, *, at_zero: ArrayLike | None = None, **options: Any) -> Any: ...
def celu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
gelu: np.ufunc
gelu_tanh: np.ufunc
silu: np.ufunc
mish: np.ufunc
softplus: np.ufunc
sigmoid: np.ufunc
tanh: np.ufunc
hard_silu: np.ufunc
