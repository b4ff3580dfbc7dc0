"""The sum of particles as a whole, inside the model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.kinematics import JET_FEATURES, jet_features
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["JetFeatures"]


@keras.saving.register_keras_serializable(package="netwright")
class JetFeatures(AbstractFourVectorLayer):
    """Turn four-vectors of constituents into ln pT, η, ln m and ln n of their sum.

    The mass comes from angles, of massless constituents. Use it for jets; where the objects' own masses count, use
    `PairFeatures`. The formulas are in `netwright.kinematics`.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are E, px, py, pz of shape (rows, P, 4) in GeV or MeV, zero-padded. Outputs are features of shape
    (rows, 4), logarithms of that unit, the others dimensionless; NaN where there is no constituent at all.

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> jets = np.array([[[50, 30, 0, 40], [50, 30, 0, -40]]], dtype=np.float32)
        >>> np.exp(JetFeatures()(jets))[0].round(2).tolist()
        [60.0, 1.0, 80.0, 2.0]
    """

    def call(self, inputs: Any) -> Any:
        exists = ops.any(inputs[..., 0] > 0, axis=1, keepdims=True)
        return ops.where(exists, jet_features(inputs, ops), np.nan)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape[0], len(JET_FEATURES)
