"""From the inputs in raw units to features that a body can work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from netwright.config import CategoricalInput, FourVectorsInput, InputGroup, NumericInput
from netwright.data.describe import Description, Moments
from netwright.layers import FourVectorFeatures, OneHot, Standardise

__all__ = ["Encoded", "encode", "missing_positions"]


@dataclass(frozen=True)
class Encoded:
    """Features of the inputs, standardised.

    Attributes:
        inputs: the network's inputs by group, in raw units.
        flat: features of shape (rows, features), one tensor a group.
        sets: features (rows, P, features), mask (rows, P, 1) and the mean number of constituents of every
            four-vector group.
    """

    inputs: Mapping[str, Any]
    flat: tuple[Any, ...]
    sets: tuple[tuple[Any, Any, float], ...]


def encode(groups: Mapping[str, InputGroup], description: Description) -> Encoded:
    """Build the preprocessing of every group of inputs.

    Args:
        groups: the groups of an experiment.
        description: constants from training rows.

    Returns:
        The inputs and their features.
    """
    inputs, flat, sets = {}, [], []
    for name, group in groups.items():
        dtype = "int32" if isinstance(group, CategoricalInput) else "float32"
        inputs[name] = keras.Input(description.shapes[name], dtype=dtype, name=name)
        if isinstance(group, NumericInput):
            flat.append(_numeric(name, group, description.numeric[name])(inputs[name]))
        elif isinstance(group, CategoricalInput):
            flat.append(OneHot(description.vocabulary[name], name=f"{name}-one_hot")(inputs[name]))
        elif isinstance(group, FourVectorsInput):
            features, mask, jets = FourVectorFeatures(name=f"{name}-features")(inputs[name])
            features = _scaled(f"{name}-standardise", description.constituents[name])(features)
            features = keras.layers.Multiply(name=f"{name}-masked")([features, mask])
            jet_moments = description.jets[name]
            flat.append(_scaled(f"{name}-jet-standardise", jet_moments)(jets))
            log_n = float(jet_moments.mean[jet_moments.names.index("log_n")])
            sets.append((features, mask, float(np.exp(log_n))))
    return Encoded(inputs, tuple(flat), tuple(sets))


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


def _numeric(name: str, group: NumericInput, moments: Moments) -> Standardise:
    missing = missing_positions(moments).tolist() if group.missing else None
    return Standardise(moments.mean.tolist(), moments.std.tolist(), missing, name=f"{name}-standardise")


def _scaled(name: str, moments: Moments) -> Standardise:
    return Standardise(moments.mean.tolist(), moments.std.tolist(), name=name)
