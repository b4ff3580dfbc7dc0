"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netwright.config import HiddenLayers
from netwright.models.bodies.hidden import hidden

__all__ = ["dense"]


def dense(name: str, body: HiddenLayers, x: Any, seeds: Iterator[int]) -> Any:
    """Put fully connected layers one after another: x_k = f(W_k x_{k-1} + b_k), x_0 the features.

    Use it first, with two to five layers: everything else is measured against it. Deeper, gradients fade on their
    way to the first layers; then take `residual` or `densely_connected`. On many constituents of a jet side by side
    it has to learn for every place anew what a constituent is; `deep_sets` learns it once.

    Args:
        name: of the body.
        body: units, activation and regularisation.
        x: features, shape (rows, features).
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The last layer's output, shape (rows, units).

    Source: Rumelhart, Hinton and Williams (1986), doi:10.1038/323533a0.
    """
    for number, units in enumerate(body.units):
        x = hidden(body, x, units, f"{name}-hidden-{number}", seeds)
    return x
