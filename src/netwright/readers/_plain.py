"""The Arrow types that can be columns, and their plain form: shared by Parquet, ROOT and SQL results."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = [
    "element_bytes",
    "flattened",
    "innermost",
    "is_list",
    "is_variable",
    "no_plain_reason",
    "plain_array",
    "plain_type",
    "row_shape",
    "with_values",
    "without_view",
]

_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_UNCHANGED = (
    pa.types.is_boolean, pa.types.is_integer, pa.types.is_date, pa.types.is_time, pa.types.is_timestamp,
    pa.types.is_duration, pa.types.is_null,
)  # fmt: skip
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_list_view, pa.types.is_large_list_view)
_BYTES = (
    pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary,
)  # fmt: skip
_EXACT_DIGITS = 18  # of an integer decimal that int64 holds


def plain_type(kind: pa.DataType) -> pa.DataType | None:
    """Return the plain form of a type: booleans, numbers of up to 64 bits, strings, times, and lists of these.

    Half precision becomes single, a dictionary becomes its values, an extension type its storage type, a tensor of
    fixed shape nested lists. Decimals of up to 18 digits without a fraction become integers, others double.

    Args:
        kind: an Arrow type.

    Returns:
        The type of the resulting column; None if no column can hold it, for the reason that `no_plain_reason` gives.

    Example:
        >>> plain_type(pa.large_list(pa.float16()))
        ListType(list<item: float>)
        >>> plain_type(pa.struct([("x", pa.int32())])) is None
        True
    """
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_extension(kind)
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if is_list(kind):
        inner = plain_type(kind.value_type)
        length = kind.list_size if pa.types.is_fixed_size_list(kind) else -1
        return None if inner is None or length == 0 else pa.list_(inner, length)
    if any(is_text(kind) for is_text in _TEXT):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_floating(kind) or any(is_unchanged(kind) for is_unchanged in _UNCHANGED):
        return kind
    if not pa.types.is_decimal(kind):
        return None
    return pa.int64() if kind.scale == 0 and kind.precision <= _EXACT_DIGITS else pa.float64()


def no_plain_reason(kind: pa.DataType) -> str:
    """Return the reason why no column can hold a type.

    Args:
        kind: an Arrow type without a plain form.

    Returns:
        A phrase to follow the name of a column.

    Example:
        >>> no_plain_reason(pa.list_(pa.binary()))
        'it holds raw bytes, neither numbers nor text'
    """
    if isinstance(kind, pa.BaseExtensionType):
        return no_plain_reason(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return no_plain_reason(kind.value_type)
    if pa.types.is_fixed_size_list(kind) and kind.list_size == 0:
        return "its lists have the fixed length 0, with nothing in them"
    if is_list(kind):
        return no_plain_reason(kind.value_type)
    if any(is_bytes(kind) for is_bytes in _BYTES):
        return "it holds raw bytes, neither numbers nor text"
    if pa.types.is_union(kind):
        return "the type of its values differs from row to row"
    if pa.types.is_struct(kind):
        return "it is a structure without members"
    return f"its type {kind} is neither numbers nor texts nor lists of them"


def is_list(kind: pa.DataType) -> bool:
    """Return whether a type is a list of any kind.

    Args:
        kind: an Arrow type.

    Returns:
        True for fixed-size and variable-size lists in any layout.
    """
    return bool(pa.types.is_fixed_size_list(kind) or any(is_layout(kind) for is_layout in _LISTS))


def plain_array(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return an array in the plain form of its type.

    Args:
        array: (rows,), of a type that has a plain form.
        kind: the plain form.

    Returns:
        The same values; the same array if nothing changes.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit.
    """
    if array.type == kind:
        return array
    if isinstance(array, pa.ExtensionArray):
        return _plain_storage(array, kind)
    if is_list(array.type):
        array = without_view(array)
        return with_values(array, plain_array(array.values, kind.value_type)).cast(kind)
    if pa.types.is_decimal(array.type) and pa.types.is_floating(kind):
        array = array.cast(pa.string())  # the cast of decimals themselves is not to the nearest double
    return array.cast(kind)


def with_values(array: pa.Array, values: pa.Array) -> pa.Array:
    """Return lists with other values at the same positions.

    Args:
        array: (rows,), lists or lists of fixed size.
        values: (n,), one for each of `array.values`.

    Returns:
        (rows,), null where a list is missing.

    Example:
        >>> with_values(pa.array([[1, 2], None, [3]]), pa.array(["a", "b", "c"])).to_pylist()
        [['a', 'b'], None, ['c']]
    """
    field = pa.field("item", values.type)
    if pa.types.is_fixed_size_list(array.type):
        kind, layout = pa.list_(field, array.type.list_size), 1
    else:
        kind, layout = (pa.large_list(field) if pa.types.is_large_list(array.type) else pa.list_(field)), 2
    buffers = array.buffers()[:layout]
    return pa.Array.from_buffers(kind, len(array), buffers, array.null_count, array.offset, children=[values])


def without_view(array: pa.Array) -> pa.Array:
    """Return list views as contiguous lists (Arrow's own cast gives wrong values).

    Args:
        array: (rows,), lists in any layout.

    Returns:
        (rows,), the same lists; the same array if it has that layout.

    Example:
        >>> without_view(pa.array([[1, 2], None, [3]], pa.list_view(pa.int8()))).to_pylist()
        [[1, 2], None, [3]]
    """
    if not (pa.types.is_list_view(array.type) or pa.types.is_large_list_view(array.type)):
        return array
    valid = np.asarray(array.is_valid())
    sizes = np.where(valid, np.asarray(array.sizes), 0).astype(np.int64)
    stops = np.cumsum(sizes)
    positions = np.arange(sizes.sum()) + np.repeat(np.asarray(array.offsets) - (stops - sizes), sizes)
    offsets = pa.array(np.concatenate([[0], stops]), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, array.values.take(pa.array(positions)), mask=pa.array(~valid))


def _plain_extension(kind: pa.BaseExtensionType) -> pa.DataType | None:
    if kind == pa.bool8():
        return pa.bool_()
    if not isinstance(kind, pa.FixedShapeTensorType):
        return plain_type(kind.storage_type)
    inner = plain_type(kind.value_type)
    if inner is None or 0 in kind.shape or not kind.shape:
        return None
    for length in reversed(kind.shape):
        inner = pa.list_(inner, length)
    return inner


def _plain_storage(array: pa.ExtensionArray, kind: pa.DataType) -> pa.Array:
    storage = array.storage
    if not isinstance(array.type, pa.FixedShapeTensorType):
        return plain_array(storage, kind)
    values = plain_array(storage.values, innermost(kind))
    for length in reversed(row_shape(kind)[1:]):
        values = pa.FixedSizeListArray.from_arrays(values, length)
    buffers = storage.buffers()[:1]
    return pa.Array.from_buffers(kind, len(storage), buffers, storage.null_count, storage.offset, children=[values])


def element_bytes(kind: pa.DataType) -> int:
    """Return the approximate size of one innermost value of a column in bytes.

    Args:
        kind: a plain type.

    Returns:
        A number of bytes; 16 for a string.

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
    """Return whether the rows of a column vary in size: strings and variable-size lists.

    Args:
        kind: a plain type.

    Returns:
        True if they do.
    """
    kind = innermost(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_list(kind))


def innermost(kind: pa.DataType) -> pa.DataType:
    """Return the value type of fixed-size lists.

    Args:
        kind: the column's type.

    Returns:
        The type of the innermost values; the type itself for a plain column.

    Example:
        >>> innermost(pa.list_(pa.list_(pa.float32(), 4), 200))
        DataType(float)
    """
    while pa.types.is_fixed_size_list(kind):
        kind = kind.value_type
    return kind


def flattened(column: pa.Array) -> pa.Array:
    """Return the values of fixed-size lists, flattened.

    Args:
        column: of any plain type, shape (rows,).

    Returns:
        The values, without those of missing lists, shape (n,); the column itself if it is not a list.

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
        The lengths of its fixed-size lists, outermost first; () for a plain column.

    Example:
        >>> row_shape(pa.list_(pa.list_(pa.float32(), 4), 200))
        (200, 4)
    """
    shape = []
    while pa.types.is_fixed_size_list(kind):
        shape.append(kind.list_size)
        kind = kind.value_type
    return tuple(shape)
