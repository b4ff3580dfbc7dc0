"""From four-vectors to features of particles, and of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.config import FourVectorsInput
from netwright.data.describe import Description
from netwright.layers import FourVectorFeatures
from netwright.models.scale import scaled

__all__ = ["EncodedFourVectors", "ParticleFeatures", "encode_four_vectors"]


@dataclass(frozen=True)
class ParticleFeatures:
    """Features of each particle, which deep sets sum over and other bodies put side by side.

    Attributes:
        features: shape (rows, P, features), scaled; where there is no particle, the place of missing values.
        mask: shape (rows, P, 1), 1 where there is a particle, else 0.
        typical: a typical number of particles in a row.
    """

    features: Any
    mask: Any
    typical: float


@dataclass(frozen=True)
class EncodedFourVectors:
    """Features of a group of four-vectors.

    Attributes:
        particles: features of each particle; None where the experiment asks for none of them.
        flat: features of the row as a whole, one tensor (rows, features) a kind, scaled.
    """

    particles: ParticleFeatures | None
    flat: tuple[Any, ...]


def encode_four_vectors(
    name: str, group: FourVectorsInput, x: Any, description: Description, seeds: Iterator[int]
) -> EncodedFourVectors:
    """Build the preprocessing of a group of four-vectors.

    Args:
        name: of the group.
        group: says how.
        x: the input, shape (rows, P, 4), in raw units.
        description: constants from training rows.
        seeds: seeds of random layers and initialisers, one after another.

    Returns:
        Features of particles and rows.
    """
    moments = description.four_vectors[name]
    features, mask, jets = FourVectorFeatures(name=f"{name}-features")(x)
    features = scaled(
        f"{name}-constituents", features, moments["constituents"], group.scaling, group.noise, next(seeds)
    )
    jets = scaled(f"{name}-jet", jets, moments["jet"], group.scaling, group.noise, next(seeds))
    log_n = float(moments["jet"].mean[moments["jet"].names.index("log_n")])
    return EncodedFourVectors(ParticleFeatures(features, mask, float(np.exp(log_n))), (jets,))
