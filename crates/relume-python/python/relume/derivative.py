"""The derivatives: ``relume.derivative.NAME(x)`` is f′(x).

>>> import numpy as np, relume
>>> relume.derivative.relu(np.array([-1.0, 0.0, 2.0]))
array([0., 1., 1.])
>>> relume.derivative.relu(np.array([-1.0, 0.0, 2.0]), at_zero=0.5)
array([0. , 0.5, 1. ])
"""

from relume import _functions

_found = _functions.functions(__name__)
globals().update(_found)

__all__ = list(_found)
