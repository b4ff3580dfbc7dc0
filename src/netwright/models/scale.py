"""Scaling of continuous features, with a place for missing values, as an experiment asks for it."""

from __future__ import annotations

from typing import Any

import keras

from netwright.config import Scaling
from netwright.data import Moments, missing_positions
from netwright.layers import MaskedBatchNormalisation, MissingPlace, QuantileScaling, Standardise, Unstandardise

__all__ = ["scaled"]


def scaled(name: str, x: Any, moments: Moments, scaling: Scaling, noise: float, seed: int) -> Any:
    """Scale features, add noise in training, and put what is missing (NaN) off the bulk.

    Batch normalisation works on standardised features, so that neither its ε nor its first averages depend on
    units. What is missing gets no noise.

    Args:
        name: of the layers, as a beginning.
        x: features, shape (..., features), in their units; NaN where there is none.
        moments: of the features.
        scaling: in which way.
        noise: deviation of the noise that training adds, in deviations of each feature.
        seed: of the noise.

    Returns:
        Scaled features, shape (..., features), finite; in their units where they are not scaled.
    """
    places = missing_positions(moments)
    constants = (moments.mean.tolist(), moments.std.tolist())
    if moments.quantiles is not None:
        maps = (moments.quantiles.knots.tolist(), moments.quantiles.normal.tolist())
        x = QuantileScaling(*maps, name=f"{name}-quantiles")(x)
    elif scaling != "none" or noise:
        x = Standardise(*constants, name=f"{name}-standardise")(x)
    if scaling == "batch-normalisation":
        x = MaskedBatchNormalisation(name=f"{name}-normalisation")(x)
    if noise:
        x = keras.layers.GaussianNoise(noise, seed=seed, name=f"{name}-noise")(x)
    if scaling == "none":
        x = Unstandardise(*constants, name=f"{name}-units")(x) if noise else x
        places = moments.mean + places * moments.std
    return MissingPlace(places.tolist(), name=f"{name}-missing")(x)
