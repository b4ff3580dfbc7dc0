"""SQL expressions of one row's columns, computed by DuckDB.

An expression may use columns and functions, nothing else: no other rows (aggregates, windows), no other
tables or files, and no function that gives another result tomorrow (random, now).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from netwright.data.readers._plain import plain_array, plain_type
from netwright.errors import DataError

__all__ = ["evaluate"]

_SETTINGS = {  # an experiment file from elsewhere must not read the files of this machine
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_ROW = "netwright row"
_SHOWN = 30  # columns that a message lists
_FORBIDDEN = {
    "WINDOW": "a window function looks at other rows",
    "SUBQUERY": "a subquery looks at other rows",
    "STAR": "a star stands for no single column; name the columns",
    "PARAMETER": "a parameter has no value here",
}


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
        used = _columns_used(table, expression, what)
        source = table.select(used).append_column(_ROW, pa.array(np.arange(table.num_rows)))
        with _connection() as connection:
            connection.register("rows", source)
            query = f'SELECT "{_ROW}", (\n{expression}\n) AS value FROM rows'  # noqa: S608  checked by its syntax tree
            result = connection.sql(query).to_arrow_table()
    except duckdb.Error as error:
        raise DataError(_message(what, expression, str(error), table)) from error
    order = result[_ROW].to_numpy()
    if not np.array_equal(order, np.arange(table.num_rows)):
        result = result.take(np.argsort(order))
    return _plain(result["value"], what, expression)


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config=_SETTINGS)
    connection.execute("SET lock_configuration = true")
    return connection


def _columns_used(table: pa.Table, expression: str, what: str) -> list[str]:
    """Return the columns that an expression uses, after a look at its syntax tree."""
    with _connection() as connection:
        query = f"SELECT (\n{expression}\n) AS value"
        tree = json.loads(connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0])
    if tree["error"]:
        raise DataError(_message(what, expression, tree["error_message"], table))
    nodes = [statement["node"] for statement in tree["statements"]]
    if len(nodes) != 1 or len(nodes[0]["select_list"]) != 1 or nodes[0]["from_table"]["type"] != "EMPTY":
        raise DataError(_message(what, expression, "it must be one expression, not a query", table))
    used: set[str] = set()
    for node in _walk(nodes[0]["select_list"][0]):
        reason = _FORBIDDEN.get(node.get("class", ""))
        if node.get("class") == "FUNCTION":
            reason = _forbidden_functions().get(node["function_name"].lower())
        if reason is not None:
            raise DataError(_message(what, expression, reason, table))
        if node.get("class") == "COLUMN_REF":
            used.update(name for name in node["column_names"] if name in table.column_names)
    if len({name.lower() for name in used}) < len(used):
        reason = f"SQL cannot tell {' and '.join(sorted(used))} apart, which differ only in case"
        raise DataError(_message(what, expression, reason, table))
    return [name for name in table.column_names if name in used]


def _walk(tree: object) -> Iterator[dict[str, Any]]:
    """Yield each dictionary of a tree."""
    children: Iterable[object] = tree if isinstance(tree, list) else ()
    if isinstance(tree, dict):
        yield tree
        children = tree.values()
    for child in children:
        yield from _walk(child)


@cache
def _forbidden_functions() -> dict[str, str]:
    """Return the functions that an expression may not use, with the reason."""
    with _connection() as connection:
        query = "SELECT function_name, function_type, stability FROM duckdb_functions()"
        known = connection.execute(query).fetchall()
    row_wise = {name for name, kind, _ in known if kind in ("scalar", "macro")}
    reasons = {name: f"{name} looks at other rows" for name, kind, _ in known if kind == "aggregate"}
    reasons = {name: reason for name, reason in reasons.items() if name not in row_wise}
    changing = {name for name, _, stability in known if stability not in (None, "CONSISTENT")}
    return reasons | {name: f"{name} does not depend on the row alone" for name in changing}


def _plain(values: pa.ChunkedArray, what: str, expression: str) -> pa.ChunkedArray:
    kind = plain_type(values.type)
    if kind is None:
        msg = f"{what}: {expression!r} gives the type {values.type}. Let it give numbers, booleans or texts."
        raise DataError(msg)
    return pa.chunked_array([plain_array(chunk, kind) for chunk in values.chunks], kind)


def _message(what: str, expression: str, reason: str, table: pa.Table) -> str:
    first = " ".join(reason.partition("\n")[0].split()).rstrip(".!")
    return f"{what}: {expression!r} cannot be computed: {first}.{_hint(expression, table)}"


def _hint(expression: str, table: pa.Table) -> str:
    """Return the column that a word means in another case, else the columns there are."""
    known = {name.lower(): name for name in table.column_names}
    for word in re.findall(r"[^\W\d]\w*", expression):
        if word not in table.column_names and word.lower() in known:
            return f' Did you mean "{known[word.lower()]}"? Case matters.'
    more = f", ... ({table.num_columns} in all)" if table.num_columns > _SHOWN else ""
    return f" Columns: {', '.join(table.column_names[:_SHOWN])}{more}."
