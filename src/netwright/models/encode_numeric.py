"""From numbers in raw units to scaled features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netwright.config import NumericInput
from netwright.data.describe import Description
from netwright.models.scale import scaled

__all__ = ["encode_numeric"]


def encode_numeric(name: str, group: NumericInput, x: Any, description: Description, seeds: Iterator[int]) -> Any:
    """Build the preprocessing of a group of numbers.

    Args:
        name: of the group.
        group: says how.
        x: the input, shape (rows, columns), in raw units.
        description: constants from training rows.
        seeds: seeds of random layers, one after another.

    Returns:
        Features of shape (rows, features).
    """
    return scaled(name, x, description.numeric[name], group.scaling, group.noise, next(seeds))
