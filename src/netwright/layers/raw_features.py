"""The components of particles as they are."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._four_vectors import Shape
from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["RawFeatures"]


@keras.saving.register_keras_serializable(package="netwright")
class RawFeatures(RawUnitsLayer):
    """Pass the four components of each particle on, and NaN where there is none.

    Use it to see what a network learns from the components alone; features with directions and masses are almost
    always better.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are four-vectors of any basis and unit, shape (rows, P, 4), and a mask (rows, P, 1) of zeros and ones;
    outputs are features of shape (rows, P, 4) in that unit.

    Source: definition.

    Example:
        >>> x, mask = np.ones((1, 2, 4), dtype=np.float32), np.array([[[1.0], [0.0]]], dtype=np.float32)
        >>> RawFeatures()(x, mask)[0, :, 0].tolist()
        [1.0, nan]
    """

    def call(self, p4: Any, exists: Any) -> Any:
        return ops.where(exists > 0, p4, np.nan)

    def compute_output_shape(self, p4_shape: Shape, exists_shape: Shape) -> Shape:
        del exists_shape  # Keras names the arguments after those of call
        return p4_shape
