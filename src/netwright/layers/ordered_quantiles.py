"""Raw outputs as quantiles that cannot cross."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.tasks import ordered_quantiles

__all__ = ["OrderedQuantiles"]


@keras.saving.register_keras_serializable(package="netwright")
class OrderedQuantiles(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Make a median and the ends of a 68% and a 95% interval of five raw outputs, as `ordered_quantiles` says.

    Args:
        kwargs: what every Keras layer takes.

    Inputs have shape (..., 5), outputs the same, both in standard deviations of the target.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> quantiles = OrderedQuantiles()(np.zeros((1, 5), np.float32))[0]
        >>> [round(float(q), 2) for q in quantiles]
        [0.0, -0.69, 0.69, -1.39, 1.39]
    """

    def call(self, inputs: Any) -> Any:
        return ordered_quantiles(inputs, ops)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape
