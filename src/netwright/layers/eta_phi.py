"""Directions of particles, inside the model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.kinematics import eta_phi
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["EtaPhi"]


@keras.saving.register_keras_serializable(package="netwright")
class EtaPhi(AbstractFourVectorLayer):
    """Turn four-vectors into pseudorapidity η and azimuth φ, the coordinates in which detectors see neighbours.

    Graphs take distances from them: ΔR² = Δη² + Δφ², where Δφ has to be brought back to [-π, π].

    Args:
        kwargs: what every Keras layer takes.

    Inputs are E, px, py, pz of shape (rows, P, 4) in any unit of energy, zero-padded. Outputs are η, dimensionless,
    and φ in rad, shape (rows, P, 2); zeros where there is no particle.

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> particles = np.array([[[5, 0, 3, 4], [0, 0, 0, 0]]], dtype=np.float32)
        >>> [[round(float(x), 3) for x in particle] for particle in EtaPhi()(particles)[0]]
        [[1.099, 1.571], [0.0, 0.0]]
    """

    def call(self, inputs: Any) -> Any:
        return eta_phi(inputs, ops)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:2], 2)
