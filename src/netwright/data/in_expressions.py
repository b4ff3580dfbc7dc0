"""How columns are written in expressions of SQL, for messages that say what to derive."""

from __future__ import annotations

import re

import pyarrow as pa

from netwright.data.elements import owner_of

__all__ = ["derived_text", "in_sql", "quoted"]


def quoted(name: str) -> str:
    """Return a column's name as SQL takes it whatever its signs.

    Args:
        name: of the column.

    Returns:
        The name in double quotes.

    Example:
        >>> quoted("Jet.PT")
        '"Jet.PT"'
    """
    return '"{}"'.format(name.replace('"', '""'))


def in_sql(column: str, columns: pa.Schema) -> str:
    """Return a column with one number per row as expressions name it: in quotes, and elements counted from 1.

    Args:
        column: its name, or that of an element of an array, counted from 0.
        columns: names and types.

    Returns:
        The expression.

    Example:
        >>> columns = pa.schema([("jet pt", pa.float32()), ("X", pa.list_(pa.float32(), 3))])
        >>> in_sql("jet pt", columns), in_sql("X[0]", columns)
        ('"jet pt"', '"X"[1]')
    """
    owner = _owner(column, columns)
    return quoted(column) if owner is None else f"{quoted(owner)}[{_place(column, owner)}]"


def derived_text(column: str, suffix: str, change: str, columns: pa.Schema) -> str:
    r"""Return the line of an experiment file that derives a changed column.

    Args:
        column: its name, or that of an element; it may have a list for each row, such as a number of each particle.
        suffix: of the new column's name.
        change: what follows the column in the expression, such as ``- 5``.
        columns: names and types.

    Returns:
        The line, without a full stop.

    Example:
        >>> columns = pa.schema([("t", pa.float64()), ("hits", pa.list_(pa.float64()))])
        >>> derived_text("t", "shifted", "- 5", columns)
        'data.derived: {t_shifted: \'"t" - 5\'}'
        >>> derived_text("hits", "shifted", "- 5", columns)
        'data.derived: {hits_shifted: \'list_transform("hits", lambda v: v - 5)\'}'
    """
    owner = _owner(column, columns)
    kind = columns.field(owner or column).type
    if owner is None and _is_list(kind):
        expression = f"list_transform({quoted(column)}, lambda v: v {change})"
    elif owner is not None and _is_list(kind.value_type):
        expression = f"list_transform({quoted(owner)}, lambda v: v[{_place(column, owner)}] {change})"
    else:
        expression = f"{in_sql(column, columns)} {change}"
    name = re.sub(r"\W+", "_", column).strip("_")
    return f"data.derived: {{{name}_{suffix}: '{expression}'}}"


def _owner(column: str, columns: pa.Schema) -> str | None:
    """Return the column that an element belongs to; None for a column."""
    return None if columns.get_field_index(column) >= 0 else owner_of(column, columns)


def _place(column: str, owner: str) -> int:
    """Return the place of an element, counted from 1."""
    return int(column[len(owner) + 1 : -1]) + 1


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind))
