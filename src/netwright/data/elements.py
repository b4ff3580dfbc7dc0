"""Elements of array columns: ``X[0]`` to ``X[9]`` of a column X of shape (10,)."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["element_name", "element_of", "owner_of"]

_ELEMENT = re.compile(r"(.+)\[(\d{1,9})\]")


def element_name(column: str, index: int) -> str:
    """Return the name of an element of a column.

    Args:
        column: a column with an array per row.
        index: the index, counted from 0 as in Python (SQL counts from 1).

    Returns:
        A name that can be used like the name of a column.

    Example:
        >>> element_name("X", 2)
        'X[2]'
    """
    return f"{column}[{index}]"


def owner_of(name: str, columns: pa.Schema) -> str | None:
    """Return the column that contains an element.

    Args:
        name: of the element.
        columns: names and types.

    Returns:
        The name of a column of fixed-size arrays; None if the name is not an element of one.

    Example:
        >>> columns = pa.schema([("X", pa.list_(pa.float32(), 3))])
        >>> owner_of("X[2]", columns), owner_of("X[3]", columns)
        ('X', None)
    """
    match = _ELEMENT.fullmatch(name)
    if match is None or columns.get_field_index(match[1]) < 0:
        return None
    kind = columns.field(match[1]).type
    return match[1] if pa.types.is_fixed_size_list(kind) and int(match[2]) < kind.list_size else None


def element_of(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column, or an element of one.

    Args:
        table: (rows, columns).
        name: of a column, or of an element in the form of `element_name`.

    Returns:
        (rows,); a copy for an element.

    Raises:
        KeyError: there is neither.
    """
    owner = None if table.schema.get_field_index(name) >= 0 else owner_of(name, table.schema)
    if owner is None:
        return table.column(name)
    index = int(name[len(owner) + 1 : -1])
    column = table.column(owner)
    kind = column.type.value_type
    return pa.chunked_array([pc.list_element(chunk, index) for chunk in column.chunks], kind)
