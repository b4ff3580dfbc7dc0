"""Elements of array columns: ``X[0]`` to ``X[9]`` of a column X of shape (10,), of rows or of each particle."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["element_name", "element_of", "element_type", "how_to_name_one", "owner_of"]

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


def how_to_name_one(column: str, shape: Sequence[int]) -> str:
    r"""Return how to name a single number of a column of arrays, for messages.

    Args:
        column: a column with an array per row.
        shape: of the array of a row, with one axis or more.

    Returns:
        A sentence.

    Example:
        >>> how_to_name_one("X", (10,))
        'Name one of them, such as X[0].'
        >>> how_to_name_one("X", (10, 2))
        'Derive one of them with data.derived, for example first: \'"X"[1][1]\'.'
    """
    if len(shape) == 1:
        return f"Name one of them, such as {element_name(column, 0)}."
    return f"Derive one of them with data.derived, for example first: '\"{column}\"{'[1]' * len(shape)}'."


def owner_of(name: str, columns: pa.Schema) -> str | None:
    """Return the column that contains an element.

    Args:
        name: of the element.
        columns: names and types.

    Returns:
        The name of a column of fixed-size arrays, one for each row or each particle; None if the name is not an element
        of one.

    Example:
        >>> columns = pa.schema([("X", pa.list_(pa.float32(), 3)), ("Tau", pa.list_(pa.list_(pa.float32(), 5)))])
        >>> owner_of("X[2]", columns), owner_of("X[3]", columns), owner_of("Tau[4]", columns)
        ('X', None, 'Tau')
    """
    match = _ELEMENT.fullmatch(name)
    if match is None or columns.get_field_index(match[1]) < 0:
        return None
    kind = _innermost_list(columns.field(match[1]).type)
    return match[1] if pa.types.is_fixed_size_list(kind) and int(match[2]) < kind.list_size else None


def element_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of an element.

    Args:
        kind: of a column of arrays.

    Returns:
        The type without the innermost arrays: of a number for arrays of rows, of a list for those of particles.

    Example:
        >>> element_type(pa.list_(pa.list_(pa.float32(), 5)))
        ListType(list<item: float>)
    """
    if not _is_list(kind.value_type):
        return kind.value_type
    length = kind.list_size if pa.types.is_fixed_size_list(kind) else -1
    return pa.list_(element_type(kind.value_type), length)


def element_of(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column, or an element of one.

    Args:
        table: (rows, columns).
        name: of a column, or of an element in the form of `element_name`.

    Returns:
        (rows,); a copy for an element, which is a list where each particle has an array.

    Raises:
        KeyError: there is neither.
    """
    owner = None if table.schema.get_field_index(name) >= 0 else owner_of(name, table.schema)
    if owner is None:
        return table.column(name)
    index = int(name[len(owner) + 1 : -1])
    column = table.column(owner)
    return pa.chunked_array([_element(chunk, index) for chunk in column.chunks], element_type(column.type))


def _element(array: pa.Array, index: int) -> pa.Array:
    """Return an element of the innermost arrays, in the lists that they lie in."""
    kind = array.type
    if not _is_list(kind.value_type):
        return pc.list_element(array, index)
    absent = array.is_null() if array.null_count else None
    if pa.types.is_fixed_size_list(kind):
        length = kind.list_size
        values = array.values.slice(array.offset * length, len(array) * length)
        return pa.FixedSizeListArray.from_arrays(_element(values, index), length, mask=absent)
    ends = np.asarray(array.offsets)
    values = array.values.slice(ends[0], ends[-1] - ends[0])
    return pa.ListArray.from_arrays(pa.array(ends - ends[0]), _element(values, index), mask=absent)


def _innermost_list(kind: pa.DataType) -> pa.DataType:
    """Return the type of the innermost lists of a column, or its own type."""
    while _is_list(kind) and _is_list(kind.value_type):
        kind = kind.value_type
    return kind


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind))
