"""Scaling of continuous features, with a place for missing values, as an experiment asks for it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from netwright.config import Scaling
from netwright.data.moments import Moments
from netwright.layers import Standardise

__all__ = ["missing_positions", "scaled"]


def scaled(name: str, x: Any, moments: Moments, scaling: Scaling, noise: float, seed: int) -> Any:
    """Scale features; what is missing in them (NaN) goes off the bulk.

    Args:
        name: of the layers, as a beginning.
        x: features, shape (..., features), in their units; NaN where there is none.
        moments: of the features.
        scaling: in which way.
        noise: deviation of the noise that training adds, in deviations of each feature.
        seed: of the noise.

    Returns:
        Scaled features, shape (..., features), finite.
    """
    missing = missing_positions(moments).tolist()
    x = Standardise(moments.mean.tolist(), moments.std.tolist(), missing, name=f"{name}-standardise")(x)
    if noise:
        x = keras.layers.GaussianNoise(noise, seed=seed, name=f"{name}-noise")(x)
    return x


def missing_positions(moments: Moments) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Say where a missing value of each feature goes: off the bulk, on the emptier side.

    With the ends of the distribution in deviations, l = (mean - min) / σ and h = (max - mean) / σ, the emptier
    side is the one whose end is nearer: -max(l + 1, 3) if l <= h, else +max(h + 1, 3).

    Args:
        moments: of the features, shape (features,) each.

    Returns:
        Positions in deviations, shape (features,), dimensionless, at least 3 away from 0.

    Source: definition; the seed asks for 3 σ from the centre, so that networks see the gap.

    Example:
        >>> one = np.ones(1)
        >>> m = Moments(("pt",), 50 * one, 10 * one, 30 * one, 500 * one, 0 * one)
        >>> missing_positions(m).tolist()
        [-3.0]
    """
    low = (moments.mean - moments.minimum) / moments.std
    high = (moments.maximum - moments.mean) / moments.std
    positions: np.ndarray[Any, np.dtype[np.float64]] = np.where(
        low <= high, -np.maximum(low + 1, 3.0), np.maximum(high + 1, 3.0)
    )
    return positions
