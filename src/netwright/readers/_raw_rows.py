"""Numbers that lie in a file as they lie in memory: read from there directly, without the library for the format.

Nothing can crash on them, so that no process of its own is needed, from which they would have to be copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise

import numpy as np
import pyarrow as pa

from netwright.readers._plain import innermost, row_shape

__all__ = ["RawRows", "is_raw", "read_raw_rows"]


@dataclass(frozen=True)
class RawRows:
    """Where the rows of a column lie in their file.

    Attributes:
        block_rows: how many rows a block has; the last one may have fewer.
        offsets: of the first byte of each block; -1 for one that is packed.
    """

    block_rows: int
    offsets: Sequence[int]


def is_raw(dtype: np.dtype[np.generic], kind: pa.DataType) -> bool:
    """Return whether numbers of a file have the form that they have in memory.

    Args:
        dtype: of the numbers in the file.
        kind: of the column.

    Returns:
        False for another order of bytes, and for what a column holds in another type.

    Example:
        >>> is_raw(np.dtype("<f4"), pa.list_(pa.float32(), 3)), is_raw(np.dtype(">f4"), pa.float32())
        (True, False)
        >>> is_raw(np.dtype("<f2"), pa.float32()), is_raw(np.dtype(bool), pa.bool_())
        (False, False)
    """
    inner = innermost(kind)
    is_number = pa.types.is_integer(inner) or pa.types.is_floating(inner)
    return bool(is_number and dtype.isnative and dtype == np.dtype(inner.to_pandas_dtype()))


def read_raw_rows(file: FileIO, kind: pa.DataType, raw: RawRows, start: int, stop: int) -> pa.Array | None:
    """Read some rows of a column.

    Args:
        file: open, unbuffered; its position changes.
        kind: of the column.
        raw: where its rows lie.
        start: the first row.
        stop: the row after the last.

    Returns:
        The rows, shape (stop - start,); None if some of them are packed, or the file ends before them.

    Raises:
        OSError: the file cannot be read.
    """
    inner, shape = innermost(kind), row_shape(kind)
    row_bytes = math.prod(shape) * inner.bit_width // 8
    values = np.empty((stop - start) * row_bytes, np.uint8)
    memory = values.data
    edges = [start, *range((start // raw.block_rows + 1) * raw.block_rows, stop, raw.block_rows), stop]
    for first, last in pairwise(edges):
        block, within = divmod(first, raw.block_rows)
        if raw.offsets[block] < 0:
            return None
        file.seek(raw.offsets[block] + within * row_bytes)
        if not _fill(file, memory[(first - start) * row_bytes : (last - start) * row_bytes]):
            return None
    column = pa.Array.from_buffers(inner, (stop - start) * math.prod(shape), [None, pa.py_buffer(values)])
    for length in reversed(shape):
        column = pa.FixedSizeListArray.from_arrays(column, length)
    return column


def _fill(file: FileIO, memory: memoryview) -> bool:
    """Fill memory from a file; return whether there were as many bytes."""
    while memory:
        count = file.readinto(memory)
        if not count:
            return False
        memory = memory[count:]
    return True
