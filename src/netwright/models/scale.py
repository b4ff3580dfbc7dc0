"""Scaling of continuous features, including missing values, as set in an experiment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras

from netwright.config import NumberScaling
from netwright.data import Moments, missing_positions
from netwright.layers import MaskedBatchNormalisation, MissingPlace, QuantileScaling, Standardise, Unstandardise

__all__ = ["scaled"]


def scaled(name: str, x: Any, moments: Moments, scaling: NumberScaling, noise: float, seed: int) -> Any:
    """Scale features, add noise in training, and move missing values (NaN) outside the bulk of the distribution.

    Batch normalisation works on standardised features, so that neither its ε nor its initial averages depend
    on units. Missing values get no noise.

    Args:
        name: prefix of the names of the layers.
        x: features, shape (..., features), in their units; NaN where missing.
        moments: moments of the features.
        scaling: the kind of scaling; both are the features by quantiles, then the same features standardised.
        noise: standard deviation of the noise added in training, in standard deviations of each feature.
        seed: seed of the noise.

    Returns:
        Scaled features, shape (..., features), finite; in their units where they are not scaled. For both,
        twice as many.
    """
    if scaling == "both":
        flat = scaled(f"{name}-by_quantiles", x, moments, "quantiles", noise, seed)
        linear = scaled(f"{name}-linear", x, replace(moments, quantiles=None), "standardise", noise, seed)
        return keras.layers.Concatenate(name=f"{name}-both")([flat, linear])
    missing_values = missing_positions(moments)
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
        missing_values = moments.mean + missing_values * moments.std
    return MissingPlace(missing_values.tolist(), name=f"{name}-missing")(x)
