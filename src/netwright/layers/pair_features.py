"""Particles two by two, inside the model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.kinematics import PAIR_FEATURES, pair_features
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["PairFeatures"]


@keras.saving.register_keras_serializable(package="netwright")
class PairFeatures(AbstractFourVectorLayer):
    """Turn four-vectors into ln m, Δη, Δφ, ΔR and the cosine of the opening angle of each two of the first ones.

    A dense network learns masses of pairs only from many rows, in a long training; this layer computes them. Use it
    where something decays into the objects; the number of pairs grows with the square of theirs. The formulas are in
    `netwright.kinematics`.

    Args:
        first: how many of the first particles make pairs, from 2.
        kwargs: what every Keras layer takes.

    Inputs are what `FourMomenta` gives, in GeV or MeV: E, px, py, pz of shape (rows, P, 4), zero-padded, and the
    excess of energy over momentum, (rows, P, 1). Outputs are features of shape (rows, n (n - 1) / 2, 5),
    n = min(first, P): ln m of that unit, angles in rad, the cosine dimensionless; NaN where one of the two is
    absent.

    Raises:
        ValueError: `first` is less than 2, or the inputs have another shape or a single particle.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> two = np.array([[[50, 30, 0, 40], [50, 30, 0, -40]]], dtype=np.float32)
        >>> np.exp(PairFeatures(first=4)(two, np.zeros((1, 2, 1), dtype=np.float32)))[0, :, 0].round(2).tolist()
        [80.0]
    """

    def __init__(self, first: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if first < 2:
            msg = f"`first` must be at least 2, or there are no pairs. Received: first={first}"
            raise ValueError(msg)
        self.first = int(first)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if self._particles(input_shape) < 2:
            msg = f"{self.name} needs two particles or more. Received: inputs of shape {input_shape}"
            raise ValueError(msg)

    def call(self, p4: Any, excess: Any) -> Any:
        return pair_features(p4, self.first, excess, ops)

    def compute_output_shape(self, p4_shape: Shape, excess_shape: Shape) -> Shape:
        del excess_shape  # Keras names the arguments after those of call
        number = self._particles(p4_shape)
        return p4_shape[0], number * (number - 1) // 2, len(PAIR_FEATURES)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "first": self.first}

    def _particles(self, input_shape: Shape) -> int:
        return min(self.first, input_shape[1] or 0)
