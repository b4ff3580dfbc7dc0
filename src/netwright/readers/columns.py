"""Arrow columns as NumPy arrays: without a copy if a column is one chunk without missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.readers._plain import flattened, innermost, row_shape

__all__ = ["check_exact", "first_non_number", "first_null", "is_numeric", "padded_lists", "to_numpy"]

Array = npt.NDArray[Any]

_VALUES_AT_ONCE = 2**20


def is_numeric(kind: pa.DataType) -> bool:
    """Return whether a column can be an array (rows, *shape) of numbers or booleans.

    Args:
        kind: the column's type.

    Returns:
        True for numbers, booleans and fixed-size lists of them.
    """
    kind = innermost(kind)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(is_number or pa.types.is_boolean(kind) or pa.types.is_null(kind))


def to_numpy(column: pa.ChunkedArray) -> Array:
    """Return a numeric column as an array; missing values become NaN.

    Args:
        column: (rows,), numeric, no whole list missing.

    Returns:
        (rows, *shape), of the column's own type; float64 for integers and booleans with missing values.

    Raises:
        OverflowError: a column with missing values contains an integer that float64 cannot hold exactly.
    """
    shape, chunks = row_shape(column.type), [flattened(chunk) for chunk in column.chunks]
    kind = innermost(column.type)
    if any(chunk.null_count for chunk in chunks) or pa.types.is_null(kind):
        chunks = [_with_nan(chunk) for chunk in chunks]
        kind = kind if pa.types.is_floating(kind) else pa.float64()
    arrays = [chunk.to_numpy(zero_copy_only=False) for chunk in chunks]
    values = arrays[0] if len(arrays) == 1 else np.concatenate([np.empty(0, kind.to_pandas_dtype()), *arrays])
    return values.reshape(len(column), *shape)


def check_exact(column: pa.ChunkedArray) -> None:
    """Refuse a column with missing values and an integer that float64 cannot hold exactly.

    Args:
        column: (rows,), numeric, no whole list missing.

    Raises:
        OverflowError: it is such a column.
    """
    kind = innermost(column.type)
    if not (pa.types.is_integer(kind) and kind.bit_width > 32):
        return
    chunks = [flattened(chunk) for chunk in column.chunks]
    if any(chunk.null_count for chunk in chunks):
        for chunk in chunks:
            for start in range(0, len(chunk), _VALUES_AT_ONCE):
                _with_nan(chunk.slice(start, _VALUES_AT_ONCE))


def first_null(column: pa.ChunkedArray) -> int | None:
    """Return the first row without a value; None if every row has one.

    Args:
        column: (rows,).

    Returns:
        A row, counted from 0.
    """
    if column.null_count == 0:
        return None
    return int(pc.index(column.is_null(), value=True).as_py())


def first_non_number(column: pa.ChunkedArray) -> int | None:
    """Return the first row whose text is not a number; None if all are numbers.

    Args:
        column: (rows,) of texts.

    Returns:
        A row, counted from 0.
    """
    if _all_numbers(column):
        return None
    low, high = 0, len(column)  # the first bad row is in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _all_numbers(column.slice(low, middle - low)) else (low, middle)
    return low


def padded_lists(column: pa.ChunkedArray, at_most: int) -> Array:
    """Return a column of lists as a rectangular array: the first values of each, then zeros.

    Args:
        column: (rows,) of lists of numbers, of any length; none missing.
        at_most: the number of values to keep per row.

    Returns:
        (rows, at_most), float32 if the values are, float64 otherwise.
    """
    kind = column.type.value_type
    result = np.zeros((len(column), at_most), np.float32 if pa.types.is_float32(kind) else np.float64)
    start = 0
    for chunk in column.chunks:
        values = to_numpy(pa.chunked_array([chunk.flatten()], kind))
        lengths = pc.list_value_length(chunk).to_numpy(zero_copy_only=False).astype(np.int64)
        begins = np.cumsum(lengths) - lengths
        position = np.arange(len(values)) - np.repeat(begins, lengths)  # position of each value in its own list
        row = start + np.repeat(np.arange(len(chunk)), lengths)
        fits = position < at_most
        result[row[fits], position[fits]] = values[fits]
        start += len(chunk)
    return result


def _with_nan(chunk: pa.Array) -> pa.Array:
    kind = chunk.type if pa.types.is_floating(chunk.type) else pa.float64()
    if pa.types.is_boolean(chunk.type):
        chunk = chunk.cast(pa.uint8())
    try:
        return chunk.cast(kind).fill_null(float("nan"))
    except pa.ArrowInvalid as error:
        msg = f"a whole number is too large for float64: {error}"
        raise OverflowError(msg) from error


def _all_numbers(texts: pa.ChunkedArray) -> bool:
    try:
        texts.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True
