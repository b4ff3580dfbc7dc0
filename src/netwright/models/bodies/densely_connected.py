"""Fully connected layers that each see all previous layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import DenselyConnectedBody
from netwright.models.bodies.flat import flat_features
from netwright.models.bodies.hidden import hidden_layer
from netwright.models.encode import Encoded

__all__ = ["densely_connected"]


def densely_connected(name: str, section: DenselyConnectedBody, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Apply a sequence of fully connected layers; each sees the features and the outputs of all previous layers.

    x_k = f(W_k [x_0, x_1, ..., x_{k-1}] + b_k), x_0 the features. Heads come last, so they also see
    [x_0, x_1, ..., x_K].

    Use it for a few informative features, with narrower layers than in a dense body: no information has to be passed
    through the layers, and gradients reach each layer directly. With hundreds of features it is expensive, as every
    layer has weights for all of them; use `residual` instead.

    Args:
        name: name of the body.
        section: units, activation and regularisation.
        encoded: scaled features.
        seeds: iterator over seeds for initialisers and dropout.

    Returns:
        The features and the outputs of all layers, concatenated, shape (rows, features + Σ units).

    Source: arXiv:1608.06993, equation 2; with dense layers instead of convolutions.
    """
    x = flat_features(name, encoded)
    for number, units in enumerate(section.units):
        layer = f"{name}-hidden-{number}"
        x = keras.layers.Concatenate(name=f"{layer}-all")([x, hidden_layer(section, x, units, layer, seeds)])
    return x
