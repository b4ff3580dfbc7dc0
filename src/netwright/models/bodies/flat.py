"""All features of a row, concatenated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from netwright.models.encode import Encoded

__all__ = ["flat_features", "side_by_side"]


def flat_features(name: str, encoded: Encoded) -> Any:
    """Concatenate the features of a row and of all its particles.

    Args:
        name: name of the body.
        encoded: scaled features.

    Returns:
        Features, shape (rows, features).
    """
    flattened = [
        keras.layers.Flatten(name=f"{name}-hidden-flat-{number}")(particles.features)
        for number, particles in enumerate(encoded.particles)
    ]
    return side_by_side(name, [*encoded.flat, *flattened])


def side_by_side(name: str, parts: Sequence[Any]) -> Any:
    """Concatenate features.

    Args:
        name: name of the body.
        parts: one or more tensors, each of shape (rows, features).

    Returns:
        Features, shape (rows, Σ features).
    """
    return keras.layers.Concatenate(name=f"{name}-hidden-features")(list(parts)) if len(parts) > 1 else parts[0]
