"""The value of an expression for rows exchanged as Arrow bytes, computed in the reader process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.errors import DataError
from netwright.readers._plain import is_list, with_values
from netwright.readers.expressions.syntax import connect

if TYPE_CHECKING:
    import duckdb

__all__ = ["as_bytes", "compute", "from_bytes", "with_row_numbers"]


def with_row_numbers(columns: Mapping[str, pa.ChunkedArray], rows: int) -> pa.Table:
    """Return columns as a table with the number of each row, for `compute`.

    Args:
        columns: (rows,) each; there may be none.
        rows: how many rows there are.

    Returns:
        The columns followed by the row numbers, from 0, whose name differs from the others also case-insensitively.
    """
    name, others = "netwright row", {column.lower() for column in columns}
    while name in others:
        name += "_"
    return pa.table({**columns, name: np.arange(rows)})


def compute(sql: str, payload: pa.Buffer | bytes, *, nan_is_missing: bool = False) -> pa.Buffer:
    """Compute an expression with checked syntax for some rows.

    Whole numbers of up to 32 bits are computed with 64: 3 - 5 of a file's unsigned bytes is -2.

    Args:
        sql: the expression.
        payload: from `as_bytes` and `with_row_numbers`: the columns that it uses.
        nan_is_missing: whether NaN is NULL; for SQL it is a number, larger than all others.

    Returns:
        As `as_bytes`: one column, in the order of the rows.

    Raises:
        DataError: it fails on a row, takes too much memory, or does not give one value per row; the message is only
            the reason.
    """
    import duckdb  # only where there are expressions

    received = from_bytes(payload)
    names = received.column_names
    number = names[-1]
    columns = [_prepared(column, nan_is_missing=nan_is_missing) for column in received.columns]
    rows = pa.table(columns, names=names)
    connection = _connection()
    try:
        connection.register("rows", rows)
        query = f'SELECT "{number}", (\n{sql}\n) AS value FROM rows'  # noqa: S608  checked by its syntax tree
        result = connection.sql(query).to_arrow_table()
        connection.unregister("rows")
    except duckdb.Error as error:
        _connection.cache_clear()  # some errors leave the database unusable
        raise DataError(str(error)) from error
    order, expected = result[number].to_numpy(), np.arange(rows.num_rows)
    if not np.array_equal(order, expected):
        result = result.take(np.argsort(order, kind="stable"))
    if not np.array_equal(result[number].to_numpy(), expected):
        msg = f"it gives {len(order)} values for {rows.num_rows} rows"
        raise DataError(msg)
    return as_bytes(result.select(["value"]))


def _prepared(column: pa.ChunkedArray, *, nan_is_missing: bool) -> pa.ChunkedArray:
    """Return a column with whole numbers of 64 bits, and with NULL for NaN if it is missing; also in lists."""
    chunks = [_prepared_values(chunk, nan_is_missing=nan_is_missing) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=None if chunks else column.type)


def _prepared_values(values: pa.Array, *, nan_is_missing: bool) -> pa.Array:
    kind = values.type
    if is_list(kind):
        inner = _prepared_values(values.values, nan_is_missing=nan_is_missing)
        return values if inner is values.values else with_values(values, inner)
    if pa.types.is_integer(kind) and kind.bit_width < 64:
        return values.cast(pa.int64())
    if nan_is_missing and pa.types.is_floating(kind) and pc.any(pc.is_nan(values)).as_py():
        return pc.if_else(pc.is_nan(values), pa.scalar(None, kind), values)
    return values


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """Return the connection of this process: opening one takes longer than most computations."""
    return connect()


def as_bytes(table: pa.Table) -> pa.Buffer:
    """Write a table as an Arrow stream.

    Args:
        table: (rows, columns).

    Returns:
        The stream.
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def from_bytes(stream: pa.Buffer | bytes) -> pa.Table:
    """Read a table from an Arrow stream, without a copy.

    Args:
        stream: from `as_bytes`.

    Returns:
        (rows, columns).
    """
    return pa.ipc.open_stream(stream).read_all()
