"""Layers that pass missing values on."""

from __future__ import annotations

import keras

from netwright.layers import MaskedBatchNormalisation

__all__ = ["gives_missing"]


def gives_missing(layer: keras.layers.Layer) -> bool:
    """Return whether a layer passes missing values on as NaN, which a later one puts in their place.

    Args:
        layer: of any kind.

    Returns:
        True for the batch normalisation of inputs.
    """
    return isinstance(layer, MaskedBatchNormalisation)
