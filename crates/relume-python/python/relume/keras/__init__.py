"""Activation functions and layers for Keras 3, on TensorFlow, JAX and PyTorch.

    >>> import keras, numpy as np, relume.keras
    >>> layer = keras.layers.Dense(8, activation=relume.keras.mish)
    >>> keras.ops.convert_to_numpy(relume.keras.leaky_relu(np.array([-2.0, 4.0], "float32"), slope=0.5))
    array([-1.,  4.], dtype=float32)

Every function of relume's catalogue is here, under its name and with its parameters, and as a layer in ``layers``.
They are composed of Keras's own operations, so that they can be compiled, saved and exported. With the
torch backend, in eager mode on a CPU, relume's kernels compute those of single elements.
"""

from relume.keras import _names, layers
from relume.keras._factory import FUNCTIONS
from relume.keras._rows import prelu

globals().update(FUNCTIONS)
_names.register(FUNCTIONS)

__all__ = [*FUNCTIONS, "layers", "prelu"]
