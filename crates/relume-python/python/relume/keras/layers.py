"""The layers: one for each function of ``relume.keras``, with the same parameters.

>>> import keras, numpy as np, relume.keras
>>> layer = relume.keras.layers.LeakyReLU(slope=0.5)
>>> keras.ops.convert_to_numpy(layer(np.array([-2.0, 4.0], "float32")))
array([-1.,  4.], dtype=float32)

"""

from typing import Any

import keras

from relume.keras._factory import LAYERS, PACKAGE
from relume.keras._rows import prelu


@keras.saving.register_keras_serializable(PACKAGE)
class PReLU(keras.layers.PReLU):
    """Keras's own layer, whose slopes for negative inputs are learned; at 0 the derivative is the slope."""

    def call(self, inputs: Any) -> Any:
        return prelu(inputs, self.alpha)


globals().update(LAYERS)

__all__ = [*LAYERS, "PReLU"]
