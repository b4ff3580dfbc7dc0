"""From numbers in raw units to scaled features."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from netwright.config import NumericInput
from netwright.data import Description, Moments, markers_of
from netwright.layers import Centre, Logarithm, MissingIndicator, MissingMarkers
from netwright.models.scale import scaled

__all__ = ["CENTRE", "centred", "encode_numeric"]

CENTRE = "{}-centre"
"""Name of the layer that takes the centres off a group's fine columns."""


def encode_numeric(name: str, group: NumericInput, x: Any, description: Description, seeds: Iterator[int]) -> Any:
    """Build the preprocessing of a group of numbers: missing values, logarithms, scaling, noise, indicators.

    Args:
        name: of the group.
        group: says how.
        x: the input, shape (rows, columns), in raw units, with whatever stands for a missing value; or what `centred`
            made of it.
        description: constants from training rows.
        seeds: seeds of random layers, one after another.

    Returns:
        Features of shape (rows, features).
    """
    markers, moments = markers_of(group.missing), description.numeric[name]
    if markers and name not in description.centres:  # `centred` has them too
        x = MissingMarkers(markers, name=f"{name}-markers")(x)
    features = x
    if group.log:
        features = Logarithm(_smallest(group, moments), name=f"{name}-log")(x)
    features = scaled(name, features, moments, group.scaling, group.noise, next(seeds))
    if not group.indicator:
        return features
    return keras.layers.Concatenate(name=f"{name}-with_indicators")(
        [features, MissingIndicator(name=f"{name}-indicators")(x)]
    )


def centred(name: str, group: NumericInput, x: Any, rest: Any, centres: Mapping[str, float]) -> Any:
    """Turn values and rests of fine columns into distances from their centres, which float32 can hold.

    Args:
        name: of the group.
        group: says which values are missing.
        x: the input, shape (rows, columns), in raw units.
        rest: what float32 left over of its fine columns, shape (rows, fine columns), in raw units.
        centres: by fine column, what is taken off, in its unit.

    Returns:
        Shape (rows, columns), in the columns' units; NaN for what is missing.
    """
    places = [group.columns.index(column) for column in centres]
    layer = Centre(places, list(centres.values()), markers_of(group.missing), name=CENTRE.format(name))
    return layer(x, rest)


def _smallest(group: NumericInput, moments: Moments) -> list[float | None]:
    """Return the smallest training value of columns whose logarithm is taken."""
    logarithms = dict(zip(group.columns, moments.minimum.tolist(), strict=True))
    # exp and ln may lose the last digit at the end of float32's range
    return [
        max(math.exp(logarithms[c]), float(np.finfo(np.float32).tiny)) if c in group.log else None
        for c in group.columns
    ]
