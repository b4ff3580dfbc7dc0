"""Data in memory as columns: arrays by name, or a table of pandas, polars, Arrow, NumPy or Awkward Array."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._arrays import arrow_type, to_arrow
from netwright.readers._members import member_array, struct_members
from netwright.readers._names import named_columns
from netwright.readers.left_out import metadata

__all__ = ["IN_MEMORY", "columns_in_memory"]

IN_MEMORY = Path("data in memory")
"""What stands for the name of a file in messages."""


def columns_in_memory(data: object) -> pa.Table:
    """Return data in memory as columns of the types that files give.

    Args:
        data: arrays or lists by name, (rows, ...) each; a table with `__arrow_c_stream__` or of pandas; or an array of
            records of NumPy or Awkward Array.

    Returns:
        (rows, columns); structures as their members, and what no column can hold is left out with the reason.

    Raises:
        DataError: these are no columns with names, their lengths differ, or values of one do not fit together.

    Example:
        >>> columns_in_memory({"pt": np.array([30.0, 45.0]), "jets": [[1.5], []]}).schema.names
        ['pt', 'jets']
    """
    table = _table(data)
    parts = [(index, member) for index, field in enumerate(table.schema) for member in struct_members(field.type)]
    paths = [(table.schema.names[index], *member.names) for index, member in parts]
    named, left_out = named_columns(paths)
    left_out |= {name: parts[position][1].reason for position, name in named.items() if parts[position][1].kind is None}
    columns = {}
    for position, name in named.items():
        index, member = parts[position]
        if member.kind is not None:
            chunks = [member_array(chunk, member) for chunk in table.column(index).chunks]
            columns[name] = pa.chunked_array(chunks, member.kind)
    return pa.table(columns).replace_schema_metadata(metadata(left_out, []))


def _table(data: Any) -> pa.Table:  # noqa: ANN401  # libraries that need not be installed
    if isinstance(data, np.ndarray) and data.dtype.names:
        return _from_mapping({name: data[name] for name in data.dtype.names})
    if isinstance(data, Mapping):
        return _from_mapping(data)
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    if not isinstance(data, np.ndarray) and (names := getattr(data, "fields", None)):
        return _from_mapping({name: data[name] for name in names})
    if hasattr(data, "columns") and hasattr(data, "to_numpy"):
        return _from_mapping({str(name): data[name] for name in data.columns})
    shape = f" of shape {data.shape}" if isinstance(data, np.ndarray) else ""
    msg = (
        f"data: columns with names are expected: a mapping of arrays, a DataFrame, an Arrow table or an array of "
        f'records. Received: {type(data).__name__}{shape}. Name the columns: {{"pt": x[:, 0], "eta": x[:, 1]}}. Files '
        "are read by netwright.read."
    )
    raise DataError(msg)


def _from_mapping(columns: Mapping[Any, Any]) -> pa.Table:
    arrays = {str(name): _column(str(name), values) for name, values in columns.items()}
    lengths = {name: len(column) for name, column in arrays.items()}
    if len(set(lengths.values())) > 1:
        msg = f"data: all columns must have the same number of rows. Received: {lengths}. Take the same rows of each."
        raise DataError(msg)
    return pa.table(arrays)


def _column(name: str, values: Any) -> pa.Array | pa.ChunkedArray:  # noqa: ANN401
    if isinstance(values, list | tuple) or hasattr(values, "__arrow_array__") or hasattr(values, "__arrow_c_stream__"):
        return _from_python(name, values)
    array = np.asarray(values)
    if array.dtype.hasobject:
        return _from_python(name, list(array))
    if not array.ndim:
        msg = f'data: column "{name}" must have one value for each row. Received: {values!r}. Use np.full(rows, value).'
        raise DataError(msg)
    arrow_type(IN_MEMORY, name, array.dtype, array.shape[1:])  # refuses what no column can hold
    return to_arrow(IN_MEMORY, name, array)


def _from_python(name: str, values: Any) -> pa.Array | pa.ChunkedArray:  # noqa: ANN401
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as error:
        msg = f'data: column "{name}" cannot be a column: {error}. Give numbers, texts, or lists of numbers.'
        raise DataError(msg) from error
