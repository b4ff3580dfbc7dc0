"""What is taken off a regression's target in float64, so that float32 holds what tells its values apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.data.precision.resolution import near_number, resolution_of
from netwright.data.precision.sizes import refuse_sizes
from netwright.errors import DataError

__all__ = ["less", "target_offset"]

_VALUES = 32_768  # that are looked at


def target_offset(where: str, column: str, values: npt.NDArray[Any], counts: npt.NDArray[np.bool_]) -> float:
    """Find what to take off a target, such as times of 1.7e9 s that differ by seconds.

    Args:
        where: the head, for messages.
        column: of the target.
        values: shape (rows,), in the type and unit of the file.
        counts: which rows the head learns from, shape (rows,); up to 32,768 of them are looked at, evenly spread.

    Returns:
        A short number near the median, in the target's unit; 0 where float32 holds the target as it is.

    Raises:
        DataError: the values are too small or too large for float32, or lie in groups so far apart that nothing taken
            off them helps.

    Example:
        >>> times = 1.7e9 + np.linspace(0, 100, 1001)
        >>> [target_offset("targets.t", "t", x, np.ones(1001, bool)) for x in (times, times - 1.7e9)]
        [1700000050.0, 0.0]
    """
    rows = np.flatnonzero(counts)
    some = values[rows[np.linspace(0, len(rows) - 1, min(len(rows), _VALUES)).astype(np.int64)]]
    refuse_sizes(where, column, some)
    found = resolution_of(some)
    if not found.lost:
        return 0.0
    if found.far_apart:
        msg = (
            f"{where}: column {column} is too fine for float32, in which networks compute: its {found.distinct:,} "
            f"different values become {found.kept:,}, and lie in groups far apart. Learn one group with {where}.where, "
            "or derive a target that is near to each (data.derived)."
        )
        raise DataError(msg)
    return float(near_number(found))


def less(values: npt.NDArray[Any], offset: float) -> npt.NDArray[np.float64]:
    """Take an offset off values, whole numbers in whole numbers.

    Args:
        values: shape (rows,), of any type of numbers, in any unit.
        offset: in the same unit.

    Returns:
        Their difference, shape (rows,), in float64.

    Example:
        >>> less(np.array([2**60 + 1]), 2.0**60).tolist()
        [1.0]
    """
    if values.dtype.kind in "iu" and offset.is_integer():
        return np.asarray(values.astype(np.int64) - np.uint64(int(offset) % 2**64).astype(np.int64), dtype=np.float64)
    return np.asarray(values, dtype=np.float64) - offset
