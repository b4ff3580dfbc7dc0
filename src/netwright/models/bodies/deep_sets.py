"""A small network applied to every constituent, summed over constituents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import DeepSetsBody
from netwright.layers import MaskedSum
from netwright.models._particles import Particles
from netwright.models.bodies.flat import side_by_side
from netwright.models.bodies.hidden import hidden_layer, hidden_layers
from netwright.models.encode import Encoded

__all__ = ["deep_sets"]


def deep_sets(name: str, section: DeepSetsBody, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Sum a small network over the constituents of every group: y = (1/n) Σ_i Φ(x_i), n a typical number of these.

    Weights of Φ are shared by all constituents, padding is ignored, and the order does not matter. The dense layers
    of the body then see y concatenated with the flat features.

    Use it for constituents of jets and other unordered lists of many similar objects. For a few objects with distinct
    roles (the leading jet, the lepton), a dense body sees more.

    Args:
        name: name of the body.
        section: units of Φ, activation and regularisation.
        encoded: scaled features.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        The last layer's output, shape (rows, units).

    Source: arXiv:1703.06114, theorem 2; arXiv:1810.05165, equation 1.3.
    """
    sums = [
        _sum_over_constituents(f"{name}-set-{number}", section, particles, seeds)
        for number, particles in enumerate(encoded.particles)
    ]
    return hidden_layers(section, side_by_side(name, [*encoded.flat, *sums]), name, seeds)


def _sum_over_constituents(name: str, section: DeepSetsBody, particles: Particles, seeds: Iterator[int]) -> Any:
    x, exists = particles.features, None
    if section.batch_normalisation != "none" or section.dropout:
        exists = keras.layers.Reshape((x.shape[1],), name=f"{name}-exists")(particles.mask)
    for number, units in enumerate(section.constituent_units):
        x = hidden_layer(section, x, units, f"{name}-{number}", seeds, exists=exists)
    # a sum over many terms needs float32 precision
    return MaskedSum(scale=particles.typical, dtype="float32", name=f"{name}-sum")(x, particles.mask)
