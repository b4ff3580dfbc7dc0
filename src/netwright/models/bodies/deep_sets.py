"""One small network for every constituent, summed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import DeepSetsBody
from netwright.layers import MaskedSum
from netwright.models.bodies.hidden import hidden
from netwright.models.encode import Encoded
from netwright.models.encode_four_vectors import ParticleFeatures

__all__ = ["sets_and_flat"]


def sets_and_flat(name: str, body: DeepSetsBody, encoded: Encoded, seeds: Iterator[int]) -> list[Any]:
    """Sum a small network over the constituents of every group: y = (1/n) Σ_i Φ(x_i), n a typical number of them.

    Weights of Φ are shared over constituents, padding is left out, and the order does not matter. The dense layers
    of the body then see y beside the flat features.

    Use it for constituents of jets and other lists of many like things without an order. For a few objects that each
    have a part to play (the leading jet, the lepton), a dense body sees more.

    Args:
        name: of the body.
        body: units of Φ, activation and regularisation.
        encoded: scaled features.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The flat features and one sum a group, shape (rows, features) each.

    Source: arXiv:1703.06114, theorem 2; arXiv:1810.05165, equation 1.3.
    """
    sums = [
        _sum_over_constituents(f"{name}-set-{number}", body, particles, seeds)
        for number, particles in enumerate(encoded.particles)
    ]
    return [*encoded.flat, *sums]


def _sum_over_constituents(name: str, body: DeepSetsBody, particles: ParticleFeatures, seeds: Iterator[int]) -> Any:
    x, exists = particles.features, None
    if body.batch_normalisation != "none" or body.dropout:
        exists = keras.layers.Reshape((x.shape[1],), name=f"{name}-exists")(particles.mask)
    for number, units in enumerate(body.constituent_units):
        x = hidden(body, x, units, f"{name}-{number}", seeds, exists=exists)
    # a sum of many needs the digits of float32
    return MaskedSum(scale=particles.typical, dtype="float32", name=f"{name}-sum")(x, particles.mask)
