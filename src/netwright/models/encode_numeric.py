"""Encoding numbers in raw units as scaled features."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from netwright.config import Numbers
from netwright.data import Moments, markers_of
from netwright.layers import Centre, Logarithm, MissingIndicator, MissingMarkers
from netwright.models.scale import scaled

__all__ = ["CENTRE", "centred", "encode_numeric", "present"]

CENTRE = "{}-centre"
"""Name of the layer that takes the centres off a group's fine columns."""


def encode_numeric(name: str, group: Numbers, x: Any, moments: Moments, seeds: Iterator[int]) -> Any:
    """Build the preprocessing of numbers: logarithms, scaling, noise, missing values, indicators.

    Args:
        name: prefix of the names of the layers.
        group: how they are prepared.
        x: shape (rows, columns), or (rows, P, columns) of particles, in raw units, NaN where missing; from `present`
            or `centred`.
        moments: of the training rows, as `netwright.data.describe_numeric` has them.
        seeds: iterator over seeds for random layers.

    Returns:
        Features of shape (rows, features) or (rows, P, features).
    """
    features = x
    if group.log:
        features = Logarithm(_smallest(group, moments), name=f"{name}-log")(x)
    features = scaled(name, features, moments, group.scaling, group.noise, next(seeds))
    if not group.indicator:
        return features
    return keras.layers.Concatenate(name=f"{name}-with_indicators")(
        [features, MissingIndicator(name=f"{name}-indicators")(x)]
    )


def present(name: str, group: Numbers, x: Any) -> Any:
    """Replace the markers of missing values by NaN.

    Args:
        name: prefix of the names of the layers.
        group: defines the markers.
        x: shape (..., columns), in raw units.

    Returns:
        The same shape and units.
    """
    markers = markers_of(group.missing)
    return MissingMarkers(markers, name=f"{name}-markers")(x) if markers else x


def centred(name: str, group: Numbers, x: Any, rest: Any, centres: Mapping[str, float]) -> Any:
    """Convert values and remainders of fine columns to distances from their centres, which float32 can resolve.

    Args:
        name: name of the group.
        group: its section of the experiment, with the markers of missing values.
        x: shape (..., columns), in raw units.
        rest: remainders of the fine columns after rounding to float32, shape (..., fine columns), in raw units.
        centres: value subtracted from each fine column, in its unit.

    Returns:
        Distances, shape (..., columns), in the columns' units; NaN where missing.
    """
    fine_columns = [group.columns.index(column) for column in centres]
    layer = Centre(fine_columns, list(centres.values()), markers_of(group.missing), name=CENTRE.format(name))
    return layer(x, rest)


def _smallest(group: Numbers, moments: Moments) -> list[float | None]:
    """Return the smallest training value of each column that is log-transformed."""
    logarithms = dict(zip(group.columns, moments.minimum.tolist(), strict=True))
    # exp and ln may lose the last digit at the limits of the float32 range
    return [
        max(math.exp(logarithms[c]), float(np.finfo(np.float32).tiny)) if c in group.log else None
        for c in group.columns
    ]
