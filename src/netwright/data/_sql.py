"""SQL expressions of one row's columns, computed by DuckDB.

An expression may use columns and functions, nothing else: no other rows (aggregates, windows), no other
tables or files, and no function that gives another result tomorrow (random, now).
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from netwright.data._left_out import left_out_of
from netwright.data._sql_syntax import ExpressionError, checked, connect
from netwright.data.readers._plain import plain_array, plain_type
from netwright.errors import DataError

__all__ = ["evaluate"]

_ROW = "netwright row"


def evaluate(table: pa.Table, expression: str, what: str) -> pa.ChunkedArray:
    """Return the value of an expression for each row.

    Args:
        table: (rows, columns); only the columns that the expression uses are read.
        expression: SQL, for example ``sqrt(px1 * px1 + py1 * py1)``; lists count from 1.
        what: what the expression is for, in words, for messages.

    Returns:
        (rows,), in the order of the table; null where SQL gives NULL.

    Raises:
        DataError: the expression is not SQL, uses what there is not or what it may not, or fails on a row.
    """
    try:
        sql = checked(expression, table.column_names, left_out_of(table.schema))
        source = table.select(sql.columns).append_column(_ROW, pa.array(np.arange(table.num_rows)))
        with connect() as connection:
            connection.register("rows", source)
            query = f'SELECT "{_ROW}", (\n{sql.sql}\n) AS value FROM rows'  # noqa: S608  checked by its syntax tree
            result = connection.sql(query).to_arrow_table()
    except (duckdb.Error, ExpressionError) as error:
        raise DataError(_message(what, expression, str(error))) from error
    order = result[_ROW].to_numpy()
    if not np.array_equal(order, np.arange(table.num_rows)):
        result = result.take(np.argsort(order))
    return _plain(result["value"], what, expression)


def _plain(values: pa.ChunkedArray, what: str, expression: str) -> pa.ChunkedArray:
    kind = plain_type(values.type)
    if kind is None:
        msg = f"{what}: {expression!r} gives the type {values.type}. Let it give numbers, booleans or texts."
        raise DataError(msg)
    return pa.chunked_array([plain_array(chunk, kind) for chunk in values.chunks], kind)


def _message(what: str, expression: str, reason: str) -> str:
    if "lambda arrow" in reason:
        reason = "a function of the values of a list is written lambda v: v > 20, not v -> v > 20"
    first = " ".join(reason.partition("\n")[0].split()).rstrip(".!")
    return f"{what}: {expression!r} cannot be computed: {first}{'' if first.endswith('?') else '.'}"
