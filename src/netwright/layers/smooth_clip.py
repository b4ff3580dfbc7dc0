"""Scaled features, held within a range."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["SmoothClip"]


@keras.saving.register_keras_serializable(package="netwright")
class SmoothClip(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Hold features within a range, smoothly: y = x / √(1 + (x / c)²), which is x near 0 and ±c far out.

    A single value far outside of the range of the training rows then cannot dominate a row.

    Args:
        limit: c, in the unit of the inputs, positive.
        kwargs: what every Keras layer takes.

    Inputs have any shape and unit, outputs the same.

    Raises:
        ValueError: the limit is not positive.

    Source: arXiv:2407.04491, section 3 (robust scaling and smooth clipping), with c = 3.

    Example:
        >>> import numpy as np
        >>> y = SmoothClip(3.0)(np.array([0.1, 4.0, -1e9], dtype=np.float32))
        >>> [round(float(value), 3) for value in y]
        [0.1, 2.4, -3.0]
    """

    def __init__(self, limit: float = 3.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not limit > 0:
            msg = f"`limit` must be positive. Received: limit={limit}"
            raise ValueError(msg)
        self.limit = float(limit)

    def call(self, inputs: Any) -> Any:
        size = ops.minimum(ops.abs(inputs), 1e6 * self.limit)  # its square stays within float32
        return ops.sign(inputs) * size / ops.sqrt(1.0 + ops.square(size / self.limit))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "limit": self.limit}
