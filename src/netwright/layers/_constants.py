"""Numbers found from training rows, as weights that training cannot move."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

__all__ = ["add_constant"]


def add_constant(layer: keras.layers.Layer, name: str, values: npt.ArrayLike) -> Any:
    """Give a layer numbers that are data of the compiled program, so that members with other numbers share it.

    Args:
        layer: that is being built.
        name: of the numbers within the layer.
        values: any shape, in any unit; kept in float32, whatever the layer computes in.

    Returns:
        A weight that training cannot move, of that shape; it is saved and loaded with the others.

    Source: definition.

    Example:
        >>> layer = keras.layers.Layer()
        >>> add_constant(layer, "place", [-4.0, 3.5]).numpy().tolist(), len(layer.trainable_weights)
        ([-4.0, 3.5], 0)
    """
    numbers = np.asarray(values, dtype=np.float32)

    def first(shape: tuple[int, ...], dtype: str) -> Any:
        del shape  # Keras asks for what it was told
        return keras.ops.convert_to_tensor(numbers, dtype=dtype)

    return layer.add_weight(
        shape=numbers.shape, initializer=first, dtype="float32", trainable=False, autocast=False, name=name
    )
