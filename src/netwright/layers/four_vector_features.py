"""Kinematics of a jet's constituents, inside the model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.data.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, constituent_features, jet_features

__all__ = ["FourVectorFeatures"]


@keras.saving.register_keras_serializable(package="netwright")
class FourVectorFeatures(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Turn four-vectors of constituents into features relative to their jet, and features of the jet.

    For every constituent ln(pT / pT_jet), ln E, Δη, Δφ and ΔR to the jet axis; for the jet ln pT, η, ln m and
    ln n. Nothing depends on φ of the jet, and nothing jumps at φ = ±π or at zero padding. Use it for jets and
    other sums of particles; the formulas stand in `netwright.data.kinematics`.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are E, px, py, pz of shape (rows, P, 4) in GeV or MeV, zero-padded. Outputs are the constituents'
    features (rows, P, 5), the mask (rows, P, 1) and the jets' features (rows, 4); angles in rad.

    Raises:
        ValueError: the inputs have another shape.

    Source: arXiv:1902.09914, section 2; arXiv:1902.08570, table 2.

    Example:
        >>> import numpy as np
        >>> jets = np.zeros((1, 3, 4), dtype=np.float32)
        >>> jets[0, :2] = [[50, 30, 0, 40], [50, 30, 0, -40]]
        >>> [tuple(x.shape) for x in FourVectorFeatures()(jets)]
        [(1, 3, 5), (1, 3, 1), (1, 4)]
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 3 or input_shape[2] != 4:
            msg = f"{self.name} takes E, px, py, pz of shape (rows, P, 4). Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        super().build(input_shape)

    def call(self, inputs: Any) -> tuple[Any, Any, Any]:
        features, mask = constituent_features(inputs, ops)
        return features, mask, jet_features(inputs, ops)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[tuple[int | None, ...], ...]:
        rows, constituents = input_shape[:2]
        return (
            (rows, constituents, len(CONSTITUENT_FEATURES)),
            (rows, constituents, 1),
            (rows, len(JET_FEATURES)),
        )
