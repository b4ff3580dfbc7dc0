"""Fully connected layers that each see all layers before."""

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
    """Put fully connected layers one after another; each sees the features and the outputs of all before it.

    x_k = f(W_k [x_0, x_1, ..., x_{k-1}] + b_k), x_0 the features. Heads come after it, so they see
    [x_0, x_1, ..., x_K] too.

    Use it for few features of much meaning, with narrower layers than a dense body would have: nothing has to be
    carried through the layers, and gradients reach each directly. With hundreds of features it costs much, as every
    layer has weights for all of them; then take `residual`.

    Args:
        name: of the body.
        section: units, activation and regularisation.
        encoded: scaled features.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The features and all layers' outputs side by side, shape (rows, features + Σ units).

    Source: arXiv:1608.06993, equation 2; with dense layers in place of convolutions.
    """
    x = flat_features(name, encoded)
    for number, units in enumerate(section.units):
        layer = f"{name}-hidden-{number}"
        x = keras.layers.Concatenate(name=f"{layer}-all")([x, hidden_layer(section, x, units, layer, seeds)])
    return x
