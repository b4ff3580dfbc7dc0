"""Rows taken from Arrow tables, with arrays of several dimensions in each row, too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["take_rows"]


def take_rows(table: pa.Table, rows: npt.NDArray[np.integer]) -> pa.Table:
    """Return some rows of a table, in the given order.

    Arrow's own take (seen in 26.0) gives the values of other rows, or ends the process, where a column with arrays of
    several dimensions, such as (P, 4), is a part of a longer one. Such columns are made to begin at their first row.

    Args:
        table: (rows, columns), of plain types.
        rows: (n,) positions, counted from 0.

    Returns:
        (n, columns).

    Example:
        >>> pairs = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(24.0)), 2)
        >>> table = pa.table({"p": pa.FixedSizeListArray.from_arrays(pairs, 2)})
        >>> take_rows(table.slice(3), np.array([1]))["p"].to_pylist()
        [[[16.0, 17.0], [18.0, 19.0]]]
    """
    for index, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_fixed_size_list(kind) and pa.types.is_fixed_size_list(kind.value_type):
            chunks = [_from_the_first(chunk) for chunk in table.column(index).chunks]
            table = table.set_column(index, field, pa.chunked_array(chunks, kind))
    return table.take(pa.array(rows))


def _from_the_first(array: pa.Array) -> pa.Array:
    """Return the same array, whose lists of fixed size begin at the first of their values; none is copied."""
    if not pa.types.is_fixed_size_list(array.type):
        return array
    size = array.type.list_size
    values = _from_the_first(array.values.slice(array.offset * size, len(array) * size))
    return pa.FixedSizeListArray.from_arrays(
        values, type=array.type, mask=array.is_null() if array.null_count else None
    )
