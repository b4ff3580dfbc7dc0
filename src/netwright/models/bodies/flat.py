"""All features of a row side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from netwright.models.encode import Encoded

__all__ = ["flat_features", "side_by_side"]


def flat_features(name: str, encoded: Encoded) -> Any:
    """Put the features of a row, and those of all its particles, side by side.

    Args:
        name: of the body.
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
    """Put features side by side.

    Args:
        name: of the body.
        parts: shape (rows, features) each; one or more.

    Returns:
        Features, shape (rows, Σ features).
    """
    return keras.layers.Concatenate(name=f"{name}-hidden-features")(list(parts)) if len(parts) > 1 else parts[0]
