"""Constituents of a jet relative to it, inside the model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.kinematics import CONSTITUENT_FEATURES, constituent_features
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["ConstituentFeatures"]


@keras.saving.register_keras_serializable(package="netwright")
class ConstituentFeatures(AbstractFourVectorLayer):
    """Turn four-vectors of constituents into features relative to their jet.

    For every constituent ln(pT / pT_jet), ln E, Δη, Δφ and ΔR to the sum of all. Nothing depends on φ of the jet,
    and nothing jumps at φ = ±π. Use it for jets and other sums of particles; for the
    objects of an event, which have no common axis, use `ObjectFeatures`. The formulas are in `netwright.kinematics`.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are E, px, py, pz of shape (rows, P, 4) in GeV or MeV, zero-padded. Outputs are features of shape
    (rows, P, 5); angles in rad; NaN where there is no constituent.

    Raises:
        ValueError: the inputs have another shape.

    Source: arXiv:1902.09914, section 2; arXiv:1902.08570, table 2.

    Example:
        >>> jets = np.zeros((1, 3, 4), dtype=np.float32)
        >>> jets[0, :2] = [[50, 30, 0, 40], [50, 30, 0, -40]]
        >>> ConstituentFeatures()(jets)[0, :, 3].tolist()
        [0.0, 0.0, nan]
    """

    def call(self, inputs: Any) -> Any:
        features, mask = constituent_features(inputs, ops)
        return ops.where(mask > 0, features, np.nan)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:2], len(CONSTITUENT_FEATURES))
