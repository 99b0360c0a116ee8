# Written by stubs.py from the catalogue.

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relume import backward as backward
from relume import derivative as derivative
from relume._native import VERSION as __version__
from relume._native import get_num_threads as get_num_threads
from relume._native import set_num_threads as set_num_threads
from relume._threads import num_threads as num_threads

identity: np.ufunc
relu: np.ufunc
relu6: np.ufunc
def leaky_relu(x: ArrayLike, /, slope: ArrayLike = 0.01, **options: Any) -> Any: ...
def elu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
selu: np.ufunc
def celu(x: ArrayLike, /, alpha: ArrayLike = 1.0, **options: Any) -> Any: ...
gelu: np.ufunc
gelu_tanh: np.ufunc
silu: np.ufunc
mish: np.ufunc
softplus: np.ufunc
sigmoid: np.ufunc
tanh: np.ufunc
hard_silu: np.ufunc
