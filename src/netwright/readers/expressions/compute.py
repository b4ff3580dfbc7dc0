"""SQL expressions of the columns of one row, computed by DuckDB.

An expression may use columns and functions, nothing else: no other rows (aggregates, windows), no other
tables or files, and no function whose result varies (random, now). It is computed in the reader process, one block
of rows at a time, so that an expression that never ends or exhausts the memory ends in an error message.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._plain import plain_array, plain_type
from netwright.readers.expressions.rows import as_bytes, from_bytes, with_row_numbers
from netwright.readers.expressions.syntax import ExpressionError, checked
from netwright.readers.left_out import left_out_of
from netwright.readers.process import ended_by_time, request_apart

__all__ = ["cut", "evaluate", "shown"]

_ROWS_AT_ONCE = 2**17
_BYTES_AT_ONCE = 2**23
_SHOWN = 400  # characters of an expression in a message
_SECONDS = 20.0  # of processor time allowed per block of rows


def evaluate(table: pa.Table, expression: str, purpose: str, *, condition: bool = False) -> pa.ChunkedArray:
    """Return the value of an expression for each row.

    Args:
        table: (rows, columns); only the columns used by the expression are read.
        expression: SQL, for example ``sqrt(px1 * px1 + py1 * py1)``; lists count from 1.
        purpose: of the expression, for messages.
        condition: whether it says which rows count: NaN in columns is then missing, as NULL is, unless the expression
            asks for it (`isnan`, `isfinite`, `isinf`).

    Returns:
        (rows,), in the order of the table; null where SQL gives NULL. NaN is NULL where it is compared, and not larger
        than every number.

    Raises:
        DataError: the expression is not SQL, uses an unknown or forbidden name, or fails on a row.
    """
    try:
        sql = checked(expression, table.column_names, left_out_of(table.schema), condition=condition)
    except ExpressionError as error:
        raise DataError(_message(purpose, expression, str(error))) from error
    message = {"sql": sql.sql, "seconds": _SECONDS, "nan_is_missing": sql.nan_is_missing}
    source = table.select(sql.columns)
    at_once = max(1, min(_ROWS_AT_ONCE, _BYTES_AT_ONCE * table.num_rows // max(1, source.nbytes)))
    tables = []
    for start in range(0, max(1, table.num_rows), at_once):
        columns = {name: source[name].slice(start, at_once) for name in sql.columns}
        rows = with_row_numbers(columns, min(at_once, table.num_rows - start))
        tables.append(_computed(message, rows, purpose, expression))
    values = pa.concat_tables(tables)["value"]
    return _plain(values, purpose, expression)


def _computed(message: Mapping[str, object], rows: pa.Table, purpose: str, expression: str) -> pa.Table:
    """Compute an expression for some rows, in the reader process."""
    answer, payload = request_apart(dict(message), payload=as_bytes(rows))
    if "done" in answer:
        return from_bytes(payload)
    reason = str(answer.get("refused") or answer.get("text") or f"it ended the process ({answer.get('last')})")
    if ended_by_time(answer):
        reason = f"it takes over {_SECONDS:.0f} s of processor time for {rows.num_rows:,} rows; write a simpler one"
    raise DataError(_message(purpose, expression, reason))


def _plain(values: pa.ChunkedArray, purpose: str, expression: str) -> pa.ChunkedArray:
    kind = plain_type(values.type)
    if kind is None:
        msg = f"{purpose}: {shown(expression)} gives the type {values.type}. It must give numbers, booleans or texts."
        raise DataError(msg)
    return pa.chunked_array([plain_array(chunk, kind) for chunk in values.chunks], kind)


def shown(expression: str) -> str:
    """Return an expression for a message.

    Args:
        expression: of any length.

    Returns:
        The expression in quotes, without its middle if it is long.
    """
    return cut(repr(expression))


def cut(text: str) -> str:
    """Return a text without its middle if it is long.

    Args:
        text: of any length.

    Returns:
        At most some hundred characters.

    Example:
        >>> len(cut("x" * 100_000))
        430
    """
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 100]} ... (of {len(text):,} letters) ... {text[-100:]}"


def _message(purpose: str, expression: str, reason: str) -> str:
    if "lambda arrow" in reason:
        reason = "a function of the values of a list is written lambda v: v > 20, not v -> v > 20"
    first = cut(" ".join(reason.partition("\n")[0].split()).rstrip(".!"))
    return f"{purpose}: {shown(expression)} cannot be computed: {first}{'' if first.endswith('?') else '.'}"
