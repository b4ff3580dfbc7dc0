"""NumPy arrays to Arrow columns: the common ground of the npz and HDF5 readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.errors import DataError

__all__ = ["arrow_type", "to_arrow"]

Array = npt.NDArray[Any]


def arrow_type(path: Path, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> pa.DataType:
    """Return the Arrow type of a column.

    An array (rows, *shape) becomes fixed-size lists, nested once an axis, so that the type keeps the shape.
    Half precision becomes single (exact), because SQL knows no half precision.

    Args:
        path: the file, for messages.
        name: the column, for messages.
        dtype: type of one number or text.
        shape: shape of one row.

    Returns:
        The type.

    Raises:
        DataError: no column can hold this type, or an axis has the length 0.
    """
    if 0 in shape:
        msg = f'{path}: column "{name}" has the shape {shape} in each row, with nothing in it. Leave it out.'
        raise DataError(msg)
    kind = _element(path, name, dtype)
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


def _element(path: Path, name: str, dtype: np.dtype[Any]) -> pa.DataType:
    if dtype.hasobject:
        msg = (
            f'{path}: column "{name}" holds Python objects, which are pickled code and never opened. '
            f"Write it as numbers, or as text of fixed width."
        )
        raise DataError(msg)
    if dtype.kind in "SU":
        return pa.string()
    if dtype == np.float16:
        return pa.float32()
    if dtype.kind in "biu" or (dtype.kind in "fM" and dtype.itemsize <= 8):
        return _numeric(path, name, dtype)
    return _refuse(path, name, dtype)


def _numeric(path: Path, name: str, dtype: np.dtype[Any]) -> pa.DataType:
    try:
        return pa.from_numpy_dtype(dtype.newbyteorder("="))
    except pa.ArrowNotImplementedError:
        return _refuse(path, name, dtype)


def _refuse(path: Path, name: str, dtype: np.dtype[Any]) -> pa.DataType:
    msg = (
        f'{path}: column "{name}" has the type {dtype}; a column holds booleans, whole numbers, numbers of '
        f"up to 64 bits or text. Write it as one of these."
    )
    raise DataError(msg)


def _text(path: Path, name: str, flat: Array) -> pa.Array:
    try:
        return pa.array(flat.astype(object), type=pa.binary()).cast(pa.string())
    except pa.ArrowInvalid as error:
        msg = f'{path}: column "{name}" holds text that is not UTF-8. Write it again as UTF-8.'
        raise DataError(msg) from error
