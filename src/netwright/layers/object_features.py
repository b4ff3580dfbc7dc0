"""Particles one by one, inside the model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.kinematics import OBJECT_FEATURES, object_features
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["ObjectFeatures"]


@keras.saving.register_keras_serializable(package="netwright")
class ObjectFeatures(AbstractFourVectorLayer):
    """Turn four-vectors of objects into ln pT, η, cos φ, sin φ, ln m and ln γ of each.

    φ is two numbers, without a jump at ±π; m and the boost γ = E / m are smoothed out below half a per cent of E.
    Use it for leptons, jets and missing momentum of an event; for the constituents of one jet use
    `ConstituentFeatures`. The formulas are in `netwright.kinematics`.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are what `FourMomenta` gives, in GeV or MeV: E, px, py, pz of shape (rows, P, 4), zero-padded, and the
    excess of energy over momentum, (rows, P, 1). Outputs are features of shape (rows, P, 6), logarithms of that unit,
    the others dimensionless; NaN where there is no object.

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> objects = np.array([[[5, 0, 3, 0], [0, 0, 0, 0]]], dtype=np.float32)
        >>> excess = np.array([[[2], [0]]], dtype=np.float32)
        >>> np.exp(ObjectFeatures()(objects, excess))[0, :, 4].round(3).tolist()
        [4.0, nan]
    """

    def call(self, p4: Any, excess: Any) -> Any:
        return object_features(p4, excess, ops)

    def compute_output_shape(self, p4_shape: Shape, excess_shape: Shape) -> Shape:
        del excess_shape  # Keras names the arguments after those of call
        return (*p4_shape[:2], len(OBJECT_FEATURES))
