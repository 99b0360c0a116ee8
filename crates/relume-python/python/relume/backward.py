"""The backward passes: ``relume.backward.NAME(x, dy)`` is dy·f′(x), in one pass.

>>> import numpy as np, relume
>>> relume.backward.relu(np.array([-1.0, 2.0]), np.array([0.25, 0.5]))
array([0. , 0.5])
"""

from relume import _functions

_found = _functions.functions(__name__)
globals().update(_found)

__all__ = list(_found)
