"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netwright.config import DenseBody
from netwright.models.bodies.flat import flat_features
from netwright.models.bodies.hidden import hidden_layers
from netwright.models.encode import Encoded

__all__ = ["dense"]


def dense(name: str, section: DenseBody, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Put fully connected layers one after another: x_k = f(W_k x_{k-1} + b_k), x_0 the features.

    Use it first, with two to five layers: everything else is measured against it. Deeper, gradients fade on their
    way to the first layers; then take `residual` or `densely_connected`. On many constituents of a jet side by side
    it has to learn for every place anew what a constituent is; `deep_sets` learns it once.

    Args:
        name: of the body.
        section: units, activation and regularisation.
        encoded: scaled features.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The last layer's output, shape (rows, units).

    Source: Rumelhart, Hinton and Williams (1986), doi:10.1038/323533a0.
    """
    return hidden_layers(section, flat_features(name, encoded), name, seeds)
