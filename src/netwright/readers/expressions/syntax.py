"""The syntax allowed in an SQL expression: columns of one row, and functions that depend on them alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from netwright.errors import did_you_mean

if TYPE_CHECKING:
    import duckdb

__all__ = ["Checked", "ExpressionError", "checked", "connect"]

_SETTINGS = {  # an experiment file from elsewhere must not read the files of this machine
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",  # nothing is written next to the user's files
    "memory_limit": "1GiB",
}
_OTHER_ROWS = "looks at other rows"
_MORE_ROWS = "changes the number of rows"
_OTHER_THINGS = "does not depend on the row alone"
_LISTS = (
    "For the list of a row there are list_count, list_sum, list_max, list_filter and others, such as "
    "list_count(list_filter(pt, lambda v: v > 20))"
)
_ONE_ROW = {  # classes of syntax tree nodes allowed in an expression
    *(
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
    ),
    *("OPERATOR", "TYPE"),
}
_REFUSED = {
    "WINDOW": "a window function looks at other rows",
    "SUBQUERY": "a subquery looks at other rows",
    "STAR": "a star stands for no single column; name the columns",
    "PARAMETER": "a parameter has no value here",
}
_WRONG_END = "it does not end as an expression: a value or a bracket is missing there, or there is one bracket too many"
_TOO_DEEP = (
    "it is nested too deeply: several hundred nested terms, functions or brackets. "
    "Divide it into several derived columns"
)
_ON_NAN = {"isnan", "isfinite", "isinf"}
_BEFORE = "SELECT (\n"  # an expression, in a query
_POWERS = {"^", "**"}
_NOWHERE = 2**64 - 1  # DuckDB's place of an operand that has none
_COMPARED = {"COMPARISON": ("left", "right"), "BETWEEN": ("input", "lower", "upper")}
_NESTED = 3  # comparisons inside of an operand: each makes what is written three times as long
_NULL_FOR_NAN = "CASE WHEN typeof(x) IN ('FLOAT', 'DOUBLE') AND isnan(TRY_CAST(x AS DOUBLE)) THEN NULL ELSE x END"
_NULL_FOR_NAN_ONCE = (  # the same with one x, and slower
    "list_filter([x], lambda v: NOT (typeof(v) IN ('FLOAT', 'DOUBLE') AND isnan(TRY_CAST(v AS DOUBLE))))[1]"
)
_WITHOUT_ARGUMENTS = {
    "pi",
    "list_value",
    "map",
    "row",
}  # other functions without arguments depend on the clock or the machine


class ExpressionError(ValueError):
    """An expression that is not allowed; the message is the reason."""


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection without access to the files, settings and clock of this machine.

    Returns:
        A connection to an empty in-memory database.
    """
    import duckdb  # only where there are expressions

    connection = duckdb.connect(":memory:", config=_SETTINGS)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


@dataclass(frozen=True)
class Checked:
    """An expression that is allowed.

    Attributes:
        sql: the expression, with quotes around columns whose names contain dots, and with NULL for NaN where it is
            compared.
        columns: the columns used, in their order.
        nan_is_missing: whether NaN in a column is NULL everywhere: in conditions, unless a function asks for NaN.
    """

    sql: str
    columns: list[str]
    nan_is_missing: bool = False


def checked(
    expression: str, columns: Sequence[str], left_out: Mapping[str, str] | None = None, *, condition: bool = False
) -> Checked:
    """Check the syntax tree of an expression before it is computed.

    Args:
        expression: SQL.
        columns: the available columns.
        left_out: names that were left out of the columns, with the reason.
        condition: whether it says which rows count.

    Returns:
        The expression to compute.

    Raises:
        ExpressionError: it is not one expression, or uses an unknown or forbidden name.

    Example:
        >>> checked("sqrt(jet.px * jet.px + py * py)", ["E", "jet.px", "py"]).columns
        ['jet.px', 'py']
    """
    try:
        return _checked(expression, columns, left_out or {}, condition=condition)
    except RecursionError as error:
        raise ExpressionError(_TOO_DEEP) from error


def _checked(expression: str, columns: Sequence[str], left_out: Mapping[str, str], *, condition: bool) -> Checked:
    tree = _tree(expression)
    nodes = list(_walk(_expression_of(tree)))
    _refuse_unclear_powers(nodes, expression)
    available, parameters = set(columns), _lambda_parameters(nodes)
    used: set[str] = set()
    dotted = False
    for node in nodes:
        reason = _reason(node)
        if reason is not None:
            raise ExpressionError(reason)
        if node.get("class") == "COLUMN_REF":
            names = node["column_names"]
            if len(names) > 1 and ".".join(names) in available:  # SQL would read p4.px as the member px of p4
                names = node["column_names"] = [".".join(names)]
                dotted = True
            if names[0] in available:
                used.add(names[0])
            elif names[0] not in parameters:
                raise ExpressionError(_no_column(".".join(names), columns, left_out))
    _refuse_same_but_for_case(used | parameters)
    functions = {node["function_name"].lower() for node in nodes if node.get("class") == "FUNCTION"}
    nan_is_missing = condition and functions.isdisjoint(_ON_NAN)
    changed = _compare_numbers_alone(nodes, {"FUNCTION"} if nan_is_missing else {"FUNCTION", "COLUMN_REF"})
    sql = _written(tree) if dotted or changed else expression
    return Checked(sql, [name for name in columns if name in used], nan_is_missing)


def _refuse_unclear_powers(nodes: Iterable[dict[str, Any]], expression: str) -> None:
    """Refuse -x ^ 2 and x ^ y ^ z, which SQL reads otherwise than formulas do: as (-x) ^ 2 and (x ^ y) ^ z.

    Operands without brackets begin where the power does, or nowhere; before DuckDB 2 they are not recognised.
    """
    query = (_BEFORE + expression).encode()
    for node in nodes:
        if node.get("class") != "FUNCTION" or node["function_name"] not in _POWERS:
            continue
        base = node.get("arguments", [{}])[0].get("expression", {})
        place = base.get("query_location")
        if base.get("function_name") in _POWERS and base.get("is_operator"):
            if place in {node["query_location"], _NOWHERE}:
                msg = "x ^ y ^ z is (x ^ y) ^ z in SQL. Write x ^ (y ^ z), or (x ^ y) ^ z if this is meant"
                raise ExpressionError(msg)
        elif place == node["query_location"] and query[place : place + 1] == b"-":
            msg = "-x ^ 2 is (-x) ^ 2 in SQL. Write -(x ^ 2), or (-x) ^ 2 if this is meant"
            raise ExpressionError(msg)


def _compare_numbers_alone(nodes: Iterable[dict[str, Any]], may_be_nan: set[str]) -> bool:
    """Write NULL for what is not a number wherever something that may be NaN is compared.

    For SQL NaN is larger than all numbers, so that sqrt(E * E - p * p) > 50 would be true where E < p.

    Args:
        nodes: of a syntax tree, which are changed.
        may_be_nan: classes of nodes: what is computed, and columns where their NaN is not NULL already.

    Returns:
        Whether there is such a comparison.
    """
    changed = False
    for node in nodes:
        for side in _COMPARED.get(str(node.get("class")), ()):
            inner = list(_walk(node[side]))
            if not any(one.get("class") in may_be_nan for one in inner):
                continue
            is_deep = sum(one.get("class") in _COMPARED for one in inner) > _NESTED
            null_for_nan = _NULL_FOR_NAN_ONCE if is_deep else _NULL_FOR_NAN
            node[side] = _substituted(_expression_of(_tree(null_for_nan)), node[side])
            changed = True
    return changed


def _substituted(tree: Any, operand: dict[str, Any]) -> Any:  # noqa: ANN401  # any part of a tree
    """Put an operand where a tree from `_NULL_FOR_NAN` has x."""
    if isinstance(tree, dict):
        if tree.get("class") == "COLUMN_REF" and tree["column_names"] == ["x"]:
            return operand
        return {key: _substituted(value, operand) for key, value in tree.items()}
    return [_substituted(value, operand) for value in tree] if isinstance(tree, list) else tree


def _refuse_same_but_for_case(names: set[str]) -> None:
    """Refuse names that SQL cannot distinguish."""
    occurrences = Counter(name.lower() for name in names)
    same = sorted(name for name in names if occurrences[name.lower()] > 1)
    if same:
        msg = f"SQL cannot tell {' and '.join(same)} apart, which differ only in case. Rename one in the files"
        raise ExpressionError(msg)


def _tree(expression: str) -> dict[str, Any]:
    """Return the syntax tree of ``SELECT (expression) AS value``."""
    if not expression.strip():
        msg = "it is empty"
        raise ExpressionError(msg)
    try:
        expression.encode()
    except UnicodeEncodeError as error:
        msg = f"{expression[error.start]!r} is half of a character (a surrogate)"
        raise ExpressionError(msg) from error
    with connect() as connection:
        before = _BEFORE + expression
        query = f"{before}\n) AS value"
        tree: dict[str, Any] = json.loads(connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0])
    if tree["error"]:
        deep = "Max expression depth" in tree["error_message"]
        at_its_end = int(tree.get("position", 0)) >= len(before.encode())  # the token that is named is not the user's
        raise ExpressionError(_TOO_DEEP if deep else _WRONG_END if at_its_end else tree["error_message"])
    return tree


def _expression_of(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the one expression in a tree from `_tree`."""
    nodes = [statement["node"] for statement in tree["statements"]]
    plain = len(nodes) == 1 and nodes[0]["type"] == "SELECT_NODE" and len(nodes[0]["select_list"]) == 1
    if not plain or nodes[0]["from_table"]["type"] != "EMPTY":
        msg = "it must be one expression, not a query"
        raise ExpressionError(msg)
    node: dict[str, Any] = nodes[0]["select_list"][0]
    return node


def _written(tree: dict[str, Any]) -> str:
    """Return the SQL of the expression in a tree."""
    _expression_of(tree)["alias"] = ""
    with connect() as connection:
        sql = connection.execute("SELECT json_deserialize_sql(?)", [json.dumps(tree)]).fetchall()[0][0]
    return str(sql).removeprefix("SELECT ")


def _no_column(name: str, columns: Sequence[str], left_out: Mapping[str, str]) -> str:
    """Return a message for an unknown column; DuckDB itself would read a name such as current_date as the clock."""
    if name in left_out:
        return f"{name} is left out: {left_out[name]}"
    if _fault(name.lower(), 0) == _OTHER_THINGS:
        return f"{name} {_OTHER_THINGS}"
    signs = next((column for column in columns if name in re.findall(r"\w+", column) and name != column), None)
    if signs is not None and not re.fullmatch(r"[\w.]+", signs):
        return f'there is no column "{name}". Do you mean "{signs}"? SQL takes such a name in double quotes'
    near = {column.lower(): column for column in columns}.get(name.lower())
    hint = f' Did you mean "{near}"? Case matters' if near else did_you_mean(name, columns).rstrip(".")
    return f'there is no column "{name}".{hint}'


def _reason(node: dict[str, Any]) -> str | None:
    """Return the reason why a node of a syntax tree is not allowed in an expression."""
    kind = node.get("class")
    if kind is None or (kind in _ONE_ROW and kind != "FUNCTION" and node.get("type") != "GROUPING_FUNCTION"):
        return None
    if kind != "FUNCTION":
        return _REFUSED.get(kind, f"{node.get('type', kind)} is not allowed in an expression of one row")
    name = node["function_name"].lower()
    fault = _fault(name, _arguments(node))
    if fault is None:
        return None
    return f"{name} {fault}" + (f". {_LISTS}" if fault in (_OTHER_ROWS, _MORE_ROWS) else "")


def _arguments(node: dict[str, Any]) -> int:
    """Return the number of arguments of a function; DuckDB before version 2 calls them children."""
    return len(node.get("arguments", node.get("children", ())))


@cache
def _fault(name: str, arguments: int) -> str | None:
    """Return the reason why a function is not allowed: its own effect, or that of the macro it expands to."""
    if name == "age" and arguments == 1:
        return "of one time depends on today's date; give both times"
    with connect() as connection:
        query = (
            "SELECT function_type, stability, macro_definition, parameters FROM duckdb_functions() "
            "WHERE lower(function_name) = ?"
        )
        overloads = connection.execute(query, [name]).fetchall()
    if any(stability not in (None, "CONSISTENT") for _, stability, _, _ in overloads):
        return _OTHER_THINGS
    kinds = {kind for kind, _, _, _ in overloads}
    if kinds & {"scalar", "macro"} and not arguments and name not in _WITHOUT_ARGUMENTS:
        return _OTHER_THINGS
    macros = [_macro_fault(definition, of) for kind, _, definition, of in overloads if kind == "macro"]
    fault = next((fault for fault in macros if fault is not None), None)
    if fault is not None or not overloads or kinds & {"scalar", "macro"}:
        return fault  # for an unknown function, DuckDB suggests a similar one
    return _OTHER_ROWS if kinds & {"aggregate", "window"} else _MORE_ROWS


def _macro_fault(definition: str, parameters: Sequence[str]) -> str | None:
    nodes = list(_walk(_expression_of(_tree(definition))))
    names = {*parameters, *_lambda_parameters(nodes)}
    for node in nodes:
        if node.get("class") == "COLUMN_REF" and node["column_names"][0] not in names:
            return _OTHER_THINGS  # such as current_timestamp
        if node.get("class") == "FUNCTION":
            fault = _fault(node["function_name"].lower(), _arguments(node))
            if fault is not None:
                return fault
        elif _reason(node) is not None:
            return _OTHER_ROWS
    return None


def _lambda_parameters(nodes: Iterable[dict[str, Any]]) -> set[str]:
    """Return the parameter names of lambda functions."""
    return {
        inner["column_names"][0]
        for node in nodes
        if node.get("class") == "LAMBDA"
        for inner in _walk(node["lhs"])
        if inner.get("class") == "COLUMN_REF"
    }


def _walk(tree: object) -> Iterator[dict[str, Any]]:
    """Yield each dictionary of a tree."""
    children: Iterable[object] = tree if isinstance(tree, list) else ()
    if isinstance(tree, dict):
        yield tree
        children = tree.values()
    for child in children:
        yield from _walk(child)
