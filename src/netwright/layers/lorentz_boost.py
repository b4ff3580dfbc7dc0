"""The Lorentz Boost Network: learnt particles in learnt rest frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.kinematics import REST_FRAME_FEATURES, rest_frame_features
from netwright.layers._constants import add_constant
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["LorentzBoost"]


@keras.saving.register_keras_serializable(package="netwright")
class LorentzBoost(AbstractFourVectorLayer):
    """Combine particles into learnt particles and learnt rest frames, boost each into its frame, and compute features.

    With the P four-vectors p_i of a row, M combined particles k_m = Σ_i |w_im| p_i and M rest frames
    r_m = Σ_i |v_im| p_i, each k_m is boosted into the rest frame of r_m: k'_m = Λ(r_m) k_m. Features are E, pT, η,
    φ (cos and sin), m of each k'_m and the cosines between each two. The weights enter by their absolute values, as
    in the authors' own program: sums of particles have positive energies and masses, and a weight can become exactly
    0, which softplus cannot. γ of a rest frame ends at 25, so that massless and null ones give finite numbers and
    gradients, and a particle almost at rest has no direction. The formulas are in `netwright.kinematics`.

    Use it for a few objects in a fixed order if it is not known what decays into what. If it is known, use pairs; for
    the many constituents of a jet use deep sets. A batch normalisation should follow.

    Args:
        particles: M, of combined particles and of rest frames.
        features: some of E, pt, eta, phi, m, pair_cos; all if not given.
        scale: energy that the four-vectors are divided by, in their unit, so that features are near 1.
        seed: of the first weights, uniform between 0 and 1; drawn afresh each time if not given.
        kwargs: what every Keras layer takes.

    Inputs are what `FourMomenta` gives, in GeV or MeV: E, px, py, pz of shape (rows, P, 4), zero-padded, so that absent
    particles add nothing, and the excess of energy over momentum, (rows, P, 1). Outputs are features (rows, n),
    dimensionless; NaN where there is no particle at all.

    Raises:
        ValueError: there are no two particles, a feature is unknown or missing, the scale is not positive, or the
            inputs have another shape.

    Source: arXiv:1812.09722, section 2; the boost is its equation 2.

    Example:
        >>> muons = np.array([[[50, 30, 0, 40], [50, 30, 0, -40]]], dtype=np.float32)
        >>> LorentzBoost(particles=3, features=["E", "m"], seed=1)(muons, np.zeros((1, 2, 1))).shape
        (1, 6)
    """

    def __init__(
        self,
        particles: int = 8,
        features: Sequence[str] = REST_FRAME_FEATURES,
        scale: float = 1.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.particles, self.features, self.scale, self.seed = int(particles), list(features), float(scale), seed
        if particles < 2:
            msg = f"`particles` must be at least 2. Received: particles={particles}"
            raise ValueError(msg)
        if not self.features or not set(self.features) <= set(REST_FRAME_FEATURES):
            msg = f"`features` must be some of {', '.join(REST_FRAME_FEATURES)}. Received: features={features}"
            raise ValueError(msg)
        if not 0 < scale < float("inf"):
            msg = f"`scale` must be positive and finite. Received: scale={scale}"
            raise ValueError(msg)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.combinations = self.add_weight(
            shape=(2, input_shape[1], self.particles),  # of particles, and of rest frames
            initializer=keras.initializers.RandomUniform(0.0, 1.0, seed=self.seed),
            name="combinations",
        )
        self.energy = add_constant(self, "scale", self.scale)

    def call(self, p4: Any, excess: Any) -> Any:
        weights = ops.abs(self.combinations) / self.energy
        exists = ops.any(p4[..., 0] > 0, axis=1, keepdims=True)
        return ops.where(exists, rest_frame_features(p4, excess, weights, self.features, ops), np.nan)

    def compute_output_shape(self, p4_shape: Shape, excess_shape: Shape) -> Shape:
        del excess_shape  # Keras names the arguments after those of call
        numbers = {"phi": 2 * self.particles, "pair_cos": self.particles * (self.particles - 1) // 2}
        return p4_shape[0], sum(numbers.get(name, self.particles) for name in self.features)

    def get_config(self) -> dict[str, Any]:
        config = {"particles": self.particles, "features": self.features, "scale": self.scale, "seed": self.seed}
        return {**super().get_config(), **config}
