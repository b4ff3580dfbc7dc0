"""Whether a value is missing, as a separate feature."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.layers._exists import exists

__all__ = ["MissingIndicator"]


@keras.saving.register_keras_serializable(package="netwright")
class MissingIndicator(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Flag missing values: 1 for NaN, else 0.

    Use it where much depends on what is missing, or where a feature has no empty side for its missing values. It
    doubles the inputs; a position outside the bulk (`MissingPlace`) is usually enough.

    Args:
        kwargs: what every Keras layer takes.

    Inputs have any shape and unit, outputs the same shape, dimensionless.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> MissingIndicator()(np.array([[5.0, np.nan]], dtype=np.float32)).tolist()
        [[0.0, 1.0]]
    """

    def call(self, inputs: Any) -> Any:
        return 1.0 - ops.cast(exists(inputs), "float32")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape
