"""NumPy arrays as Arrow columns, shared by the npz and HDF5 readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.errors import DataError

__all__ = ["arrow_type", "no_column", "to_arrow"]

Array = npt.NDArray[Any]


def arrow_type(path: Path, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> pa.DataType:
    """Return the Arrow type of a column.

    An array (rows, *shape) becomes fixed-size lists, nested once per axis, so that the type keeps the shape.
    Half precision becomes single precision (exact), because SQL has no half precision.

    Args:
        path: the file, for messages.
        name: the column, for messages.
        dtype: type of one number or string.
        shape: shape of one row.

    Returns:
        The type.

    Raises:
        DataError: no column can hold this type, or an axis has the length 0.
    """
    reason = no_column(dtype, shape)
    if reason is not None:
        msg = f'{path}: "{name}" cannot be a column: {reason}. Leave it out, or write it as numbers or text.'
        raise DataError(msg)
    kind = _element(dtype)
    for length in reversed(shape):
        kind = pa.list_(kind, length)
    return kind


def to_arrow(path: Path, name: str, values: Array) -> pa.Array:
    """Return an array (rows, *shape) as an Arrow column of the type that `arrow_type` gives.

    Args:
        path: the file, for messages.
        name: the column, for messages.
        values: (rows, *shape), any byte order.

    Returns:
        The column; no copy where the array is contiguous and native.

    Raises:
        DataError: a text is not UTF-8.
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    if flat.dtype == np.float16:
        flat = flat.astype(np.float32)
    if not flat.dtype.isnative:
        flat = flat.astype(flat.dtype.newbyteorder("="))
    column = _text(path, name, flat) if flat.dtype.kind == "S" else pa.array(flat)
    for length in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, length)
    return column


def no_column(dtype: np.dtype[Any], shape: tuple[int, ...]) -> str | None:
    """Return the reason why no column can hold an array.

    Args:
        dtype: type of one number or string.
        shape: shape of one row.

    Returns:
        A phrase to follow the name of a column; None if a column can hold the array.

    Example:
        >>> no_column(np.dtype("complex64"), ())
        'it holds complex64; a column holds booleans, whole numbers, numbers of up to 64 bits, times or text'
    """
    if 0 in shape:
        return f"it has the shape {shape} in each row, with nothing in it"
    if dtype.hasobject:
        return (
            "it holds Python objects, which are pickled code and never opened; write texts with .astype(str), lists of "
            "different lengths as Parquet, and a dictionary with numpy.savez"
        )
    fits = dtype.kind in "biuSU" or (dtype.kind in "fM" and dtype.itemsize <= 8)
    if fits and (dtype.kind != "M" or _has_arrow_type(dtype)):
        return None
    return f"it holds {dtype}; a column holds booleans, whole numbers, numbers of up to 64 bits, times or text"


def _element(dtype: np.dtype[Any]) -> pa.DataType:
    if dtype.kind in "SU":
        return pa.string()
    if dtype == np.float16:
        return pa.float32()
    return pa.from_numpy_dtype(dtype.newbyteorder("="))


def _has_arrow_type(dtype: np.dtype[Any]) -> bool:
    try:
        pa.from_numpy_dtype(dtype.newbyteorder("="))
    except pa.ArrowNotImplementedError:
        return False
    return True


def _text(path: Path, name: str, flat: Array) -> pa.Array:
    try:
        return pa.array(flat.astype(object), type=pa.binary()).cast(pa.string())
    except pa.ArrowInvalid as error:
        msg = f'{path}: column "{name}" holds text that is not UTF-8. Write it again as UTF-8.'
        raise DataError(msg) from error
