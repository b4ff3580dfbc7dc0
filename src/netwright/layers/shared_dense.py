"""One fully connected layer for every particle of a row."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["SharedDense"]


@keras.saving.register_keras_serializable(package="netwright")
class SharedDense(keras.layers.Dense):  # type: ignore[misc]  # keras ships no types
    """Multiply the features of every particle by the same weights: y_p = f(W x_p + b).

    Keras's own layer gives the same. Here rows and particles lie along one axis meanwhile, since XLA on a CPU takes
    much longer for the gradient of the weights over two axes.

    Args:
        args: as `keras.layers.Dense`.
        kwargs: as `keras.layers.Dense`.

    Inputs have shape (rows, P, features) in any unit, outputs (rows, P, units).

    Raises:
        ValueError: the inputs have another number of dimensions.

    Source: definition; arXiv:1703.06114, equation 4, without the sum.

    Example:
        >>> import numpy as np
        >>> SharedDense(2)(np.ones((5, 7, 3), dtype=np.float32)).shape
        (5, 7, 2)
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 3:
            msg = (
                f"{self.name} takes features of particles, (rows, P, features). Received: inputs of shape {input_shape}"
            )
            raise ValueError(msg)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001  # Keras's interface
        particles, features = inputs.shape[1:]
        flat = super().call(ops.reshape(inputs, (-1, features)), training=training)
        return ops.reshape(flat, (-1, particles, self.units))
