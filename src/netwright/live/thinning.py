"""Some of many records, evenly spaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["thinned"]


def thinned(records: Sequence[Any], most: int) -> list[Any]:
    """Return evenly spaced ones, the first and the last among them.

    Args:
        records: in their order.
        most: how many at most, two or more.

    Returns:
        Some or all of them.

    Example:
        >>> thinned(range(10), 4)
        [0, 3, 6, 9]
    """
    if len(records) <= most:
        return list(records)
    return [records[round(index * (len(records) - 1) / (most - 1))] for index in range(most)]
