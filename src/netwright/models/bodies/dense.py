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
    """Apply a sequence of fully connected layers: x_k = f(W_k x_{k-1} + b_k), x_0 the features.

    Start with it, using two to five layers, as the baseline for everything else. In deeper networks gradients vanish
    on their way to the first layers; use `residual` or `densely_connected` instead. For many constituents of a jet it
    has to learn separately for every position what a constituent is; `deep_sets` learns it once.

    Args:
        name: name of the body.
        section: units, activation and regularisation.
        encoded: scaled features.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        The last layer's output, shape (rows, units).

    Source: Rumelhart, Hinton and Williams (1986), doi:10.1038/323533a0.
    """
    return hidden_layers(section, flat_features(name, encoded), name, seeds)
