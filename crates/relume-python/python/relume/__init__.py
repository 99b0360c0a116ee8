"""Activation functions for NumPy, forward and backward, fast, within 1 ULP in float32 and 2 in float64.

    >>> import numpy as np, relume
    >>> relume.relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    >>> relume.leaky_relu(np.array([-1.0, 0.0, 2.0]), slope=0.2)
    array([-0.2,  0. ,  2. ])

Every function is a ``numpy.ufunc``, or rests on one if it has parameters: ``out=``, ``where=``, ``dtype=``,
broadcasting, subclasses and Dask arrays work as they do for NumPy's own. ``relume.derivative`` has the derivatives,
``relume.backward`` the products of an arriving gradient and the derivative.
"""

from relume import _functions, backward, derivative
from relume._native import VERSION as __version__
from relume._native import get_num_threads, set_num_threads
from relume._threads import num_threads

_found = _functions.functions(__name__)
globals().update(_found)

__all__ = [
    "__version__",
    "backward",
    "derivative",
    "get_num_threads",
    "num_threads",
    "set_num_threads",
    *_found,
]
