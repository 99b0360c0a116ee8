# Written by stubs.py from the catalogue.

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relume import backward as backward
from relume import derivative as derivative
from relume._native import get_num_threads as get_num_threads
from relume._native import set_num_threads as set_num_threads
from relume._threads import num_threads as num_threads

identity: np.ufunc
relu: np.ufunc
relu6: np.ufunc

def leaky_relu(x: ArrayLike, /, slope: ArrayLike = 0.01, **options: Any) -> Any: ...
def threshold(x: ArrayLike, /, threshold: ArrayLike = 0.0, value: ArrayLike = 0.0, **options: Any) -> Any: ...
def thresholded_relu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...

squared_relu: np.ufunc

def elu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...

selu: np.ufunc

def celu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...

gelu: np.ufunc
gelu_tanh: np.ufunc
silu: np.ufunc
mish: np.ufunc
softplus: np.ufunc

def squareplus(x: ArrayLike, /, b: ArrayLike = 4.0, **options: Any) -> Any: ...

sparse_plus: np.ufunc
sigmoid: np.ufunc
log_sigmoid: np.ufunc
sparse_sigmoid: np.ufunc
tanh: np.ufunc
softsign: np.ufunc

def hard_sigmoid(
    x: ArrayLike, /, slope: ArrayLike = 0.16666666666666666, offset: ArrayLike = 0.5, **options: Any
) -> Any: ...

hard_silu: np.ufunc

def hard_tanh(x: ArrayLike, /, min: ArrayLike = -1.0, max: ArrayLike = 1.0, **options: Any) -> Any: ...

tanh_shrink: np.ufunc

def soft_shrink(x: ArrayLike, /, lambda_: ArrayLike = 0.5, **options: Any) -> Any: ...
def hard_shrink(x: ArrayLike, /, lambda_: ArrayLike = 0.5, **options: Any) -> Any: ...
