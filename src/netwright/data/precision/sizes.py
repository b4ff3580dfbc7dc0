"""Columns whose values are too small or too large for what float32 computes with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.in_expressions import derived_text
from netwright.errors import DataError

__all__ = ["FLOAT32_LARGEST", "FLOAT32_SMALLEST", "refuse_sizes"]

FLOAT32_SMALLEST = 2.0**-100  # with room for squares and differences
FLOAT32_LARGEST = 2.0**126
_TINY = 1e-300  # in any unit: a power of ten as factor would exceed float64


def refuse_sizes(
    where: str, column: str, values: npt.NDArray[Any], columns: pa.Schema, markers: Sequence[float] = ()
) -> None:
    """Refuse a column whose largest value in size is below 8e-31 or above 8.5e37.

    Small values next to larger ones do no harm, since they count as 0. What is infinite in float32 is passed over:
    it is refused, with its row, where it is read.

    Args:
        where: the group or head, for messages.
        column: its name.
        values: shape (n,), in any unit.
        columns: names and types of all columns, for messages.
        markers: values that stand for a missing one.

    Raises:
        DataError: it is such a column.

    Example:
        >>> refuse_sizes("targets.x", "x", np.array([0.0, 1.0, 1e-46]), pa.schema([("x", pa.float64())]))
    """
    sizes = np.abs(values.astype(np.float64))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0) & ~np.isin(sizes, np.abs(markers))]
    if not len(sizes) or FLOAT32_SMALLEST <= sizes.max() <= FLOAT32_LARGEST or sizes.max() > np.finfo(np.float32).max:
        return
    largest = float(sizes.max())
    factor = f"{10.0 ** -np.floor(np.log10(largest)):.0e}" if largest > _TINY else "1e300"
    msg = (
        f"{where}: the largest value of column {column} is {largest:.3g} in absolute value, and a network computes in "
        f"float32, from {FLOAT32_SMALLEST:.0e} to {FLOAT32_LARGEST:.0e}. Use another unit: "
        f"{derived_text(column, 'scaled', f'* {factor}', columns)}."
    )
    raise DataError(msg)
