"""Which Arrow types can be columns, and their plain form: the common ground of Parquet, ROOT and SQL results."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["element_bytes", "flattened", "innermost", "is_variable", "plain_array", "plain_type", "row_shape"]

_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_KEPT = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_date, pa.types.is_timestamp, pa.types.is_null)


def plain_type(kind: pa.DataType) -> pa.DataType | None:
    """Return the plain form of a type: booleans, numbers of up to 64 bits, texts, times, and lists of these.

    Half precision becomes single, decimals become double, a dictionary becomes its values.

    Args:
        kind: an Arrow type.

    Returns:
        The type that a column of it will have; None where no column can hold it (structures, maps, bytes).

    Example:
        >>> plain_type(pa.large_list(pa.float16()))
        ListType(list<item: float>)
        >>> plain_type(pa.struct([("x", pa.int32())])) is None
        True
    """
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = plain_type(kind.value_type)
        length = kind.list_size if pa.types.is_fixed_size_list(kind) else -1
        return None if inner is None or length == 0 else pa.list_(inner, length)
    if any(is_text(kind) for is_text in _TEXT):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_floating(kind) or any(is_kept(kind) for is_kept in _KEPT):
        return kind
    return pa.float64() if pa.types.is_decimal(kind) else None


def plain_array(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return an array in the plain form of its type.

    Args:
        array: (rows,), of a type that has a plain form.
        kind: that form.

    Returns:
        The same values; the same array where nothing changes.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit.
    """
    return array if array.type == kind else array.cast(kind, safe=not pa.types.is_decimal(array.type))


def element_bytes(kind: pa.DataType) -> int:
    """Return about how many bytes one innermost value of a column takes.

    Args:
        kind: a plain type.

    Returns:
        A number of bytes; 16 for a text.

    Example:
        >>> element_bytes(pa.list_(pa.float32(), 4))
        4
    """
    while pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        kind = kind.value_type
    if pa.types.is_null(kind):
        return 1
    return 16 if pa.types.is_string(kind) else max(1, kind.bit_width // 8)


def is_variable(kind: pa.DataType) -> bool:
    """Say whether the rows of a column differ in size: texts and lists of any length.

    Args:
        kind: a plain type.

    Returns:
        True if they do.
    """
    kind = innermost(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_list(kind))


def innermost(kind: pa.DataType) -> pa.DataType:
    """Return the type within fixed-size lists.

    Args:
        kind: the column's type.

    Returns:
        That of its values; the type itself of a plain column.

    Example:
        >>> innermost(pa.list_(pa.list_(pa.float32(), 4), 200))
        DataType(float)
    """
    while pa.types.is_fixed_size_list(kind):
        kind = kind.value_type
    return kind


def flattened(column: pa.Array) -> pa.Array:
    """Return the values within fixed-size lists, one after another.

    Args:
        column: of any plain type, shape (rows,).

    Returns:
        The values, without those of missing lists, shape (n,); the column itself if it has no lists.

    Example:
        >>> flattened(pa.array([[1, 2], None], pa.list_(pa.int8(), 2))).tolist()
        [1, 2]
    """
    while pa.types.is_fixed_size_list(column.type):
        column = column.flatten()
    return column


def row_shape(kind: pa.DataType) -> tuple[int, ...]:
    """Return the shape of one row of a column.

    Args:
        kind: the column's type.

    Returns:
        The lengths of its fixed-size lists, the outermost first; () for a plain column.

    Example:
        >>> row_shape(pa.list_(pa.list_(pa.float32(), 4), 200))
        (200, 4)
    """
    shape = []
    while pa.types.is_fixed_size_list(kind):
        shape.append(kind.list_size)
        kind = kind.value_type
    return tuple(shape)
