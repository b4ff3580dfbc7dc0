"""The offset subtracted from a regression target in float64, so that float32 resolves its values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.precision.resolution import near_number, resolution_of
from netwright.data.precision.sizes import refuse_sizes
from netwright.errors import DataError

__all__ = ["less", "target_offset"]

_VALUES = 32_768  # inspected


def target_offset(
    where: str, column: str, values: npt.NDArray[Any], counts: npt.NDArray[np.bool_], columns: pa.Schema
) -> float:
    """Return the offset to subtract from a target, such as times of 1.7e9 s that differ by seconds.

    Args:
        where: the head, for messages.
        column: of the target.
        values: shape (rows,), in the type and unit of the file.
        counts: which rows the head learns from, shape (rows,); up to 32,768 of them are inspected, evenly spaced.
        columns: names and types of all columns, for messages.

    Returns:
        A short number near the median, in the target's unit; 0 if float32 resolves the target as it is.

    Raises:
        DataError: the values are too small or too large for float32, or lie in clusters so distant that no offset
            helps.

    Example:
        >>> times = 1.7e9 + np.linspace(0, 100, 1001)
        >>> columns = pa.schema([("t", pa.float64())])
        >>> [target_offset("targets.t", "t", x, np.ones(1001, bool), columns) for x in (times, times - 1.7e9)]
        [1700000050.0, 0.0]
    """
    rows = np.flatnonzero(counts)
    sampled = values[rows[np.linspace(0, len(rows) - 1, min(len(rows), _VALUES)).astype(np.int64)]]
    refuse_sizes(where, column, sampled, columns)
    resolution = resolution_of(sampled)
    if not resolution.lost:
        return 0.0
    if resolution.far_apart:
        msg = (
            f"{where}: column {column} is too fine for float32, in which networks compute: its {resolution.distinct:,} "
            f"distinct values become {resolution.kept:,}, and lie in distant clusters. Train on one cluster with "
            f"{where}.where, "
            "or derive a target relative to each (data.derived)."
        )
        raise DataError(msg)
    return float(near_number(resolution))


def less(values: npt.NDArray[Any], offset: float) -> npt.NDArray[np.float64]:
    """Subtract an offset from values, integers in integer arithmetic.

    Args:
        values: shape (rows,), of any numeric type, in any unit.
        offset: in the same unit.

    Returns:
        The difference, shape (rows,), in float64.

    Example:
        >>> less(np.array([2**60 + 1]), 2.0**60).tolist()
        [1.0]
    """
    if values.dtype.kind in "iu" and offset.is_integer():
        return np.asarray(values.astype(np.int64) - np.uint64(int(offset) % 2**64).astype(np.int64), dtype=np.float64)
    return np.asarray(values, dtype=np.float64) - offset
