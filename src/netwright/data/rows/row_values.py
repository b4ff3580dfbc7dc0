"""The forms in which the inputs of rows are stored."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from netwright.data.cache.arrays import is_mapped
from netwright.data.rows.ragged import Ragged
from netwright.data.rows.streamed import StreamedRows

__all__ = ["RowValues", "beyond_memory", "stored"]

Array = npt.NDArray[Any]

RowValues = Array | Ragged | StreamedRows
"""Inputs of rows in memory, in a mapped file, or in their own files; indexed by rows, all give an array."""


def stored(values: RowValues) -> Array:
    """Return the array that holds the numbers of rows.

    Args:
        values: rows.

    Returns:
        The rows themselves, shape (rows, ...), or the entries of ragged ones, shape (entries, ...).

    Raises:
        DataError: they stay in their files, and would take more than half of the memory.
    """
    if isinstance(values, StreamedRows):
        return values[:]
    return values.values if isinstance(values, Ragged) else values


def beyond_memory(values: RowValues) -> bool:
    """Return whether rows are read from a file whenever they are needed.

    Args:
        values: rows.

    Returns:
        True for those in a mapped file, and for those that stay in their files.

    Example:
        >>> import numpy as np
        >>> beyond_memory(np.zeros((3, 2)))
        False
    """
    return isinstance(values, StreamedRows) or is_mapped(stored(values))
