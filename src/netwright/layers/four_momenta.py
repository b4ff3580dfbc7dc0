"""Four-vectors of any basis as E, px, py, pz."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.config import Basis
from netwright.kinematics import energy_excess, to_cartesian
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["FourMomenta"]


@keras.saving.register_keras_serializable(package="netwright")
class FourMomenta(AbstractFourVectorLayer):
    """Turn four-vectors of the file's basis into E, px, py, pz, and say which particles there are.

    px = pT cos φ, py = pT sin φ, pz = pT sinh η, E = sqrt(p² + m |m|); a particle is there where E > 0. The excess
    d = E - |p| carries the digits of the mass, which E, px, py and pz in float32 do not. All layers of features
    take what this one gives.

    Args:
        basis: ``E,px,py,pz``, ``E,pt,eta,phi`` or ``pt,eta,phi,m``.
        kwargs: what every Keras layer takes.

    Inputs are four-vectors of shape (rows, P, 4), energies, momenta and masses in GeV or MeV, φ in rad, zeros where
    there is no particle. Outputs are E, px, py, pz in that unit, (rows, P, 4), the excess in that unit,
    (rows, P, 1), and the mask (rows, P, 1), 1 where there is a particle, else 0.

    Raises:
        ValueError: the basis is none of the three, or the inputs have another shape.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> x = np.array([[[3.0, 0.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0]]], dtype=np.float32)
        >>> p4, excess, mask = FourMomenta("pt,eta,phi,m")(x)
        >>> p4[0, 0].tolist(), excess[0, :, 0].tolist(), mask[0, :, 0].tolist()
        ([5.0, 3.0, 0.0, 0.0], [2.0, 0.0], [1.0, 0.0])
    """

    def __init__(self, basis: Basis = "E,px,py,pz", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if basis not in {"E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"}:
            msg = f"`basis` must be E,px,py,pz or E,pt,eta,phi or pt,eta,phi,m. Received: basis={basis}"
            raise ValueError(msg)
        self.basis = basis

    def call(self, inputs: Any) -> tuple[Any, Any, Any]:
        p4 = to_cartesian(inputs, self.basis, ops)
        return p4, energy_excess(inputs, self.basis, ops), ops.cast(p4[..., :1] > 0, p4.dtype)

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, Shape, Shape]:
        return input_shape, (*input_shape[:2], 1), (*input_shape[:2], 1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "basis": self.basis}
