"""Cache entries with every column in one piece, in memory that does not grow with the number of rows.

Arrow's file of one record batch is written first, with holes for the numbers of its columns; then each batch of rows
goes to where its numbers belong. A column in one piece is an array without a copy.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa

from netwright.readers._plain import flattened, innermost, row_shape

__all__ = ["fits", "write_in_place"]

_READ_ONLY: dict[str, int] = (  # memory that a system with a limit does not count
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, "prot": mmap.PROT_READ} if hasattr(mmap, "PROT_READ") else {}
)


def fits(schema: pa.Schema) -> bool:
    """Say whether all columns hold as many whole bytes in every row.

    Args:
        schema: names and types of the columns.

    Returns:
        True for numbers and times, and for fixed-size lists of them.
    """
    return all(_row_bytes(kind) > 0 for kind in schema.types)


def write_in_place(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch], rows: int) -> int | None:
    """Write record batches as one.

    Args:
        path: the file, which is replaced.
        schema: names and types of the columns, which `fits`.
        batches: of these columns; further ones than `rows` are counted and not written.
        rows: how many rows there will be.

    Returns:
        How many rows there were; None as soon as a value is missing, which has no place here.
    """
    widths, done = [_row_bytes(kind) for kind in schema.types], 0
    with path.open("wb") as file:
        places = _write_frame(file, schema, rows)
        for batch in batches:
            if done + batch.num_rows <= rows:
                for place, width, column in zip(places, widths, batch.cast(schema).columns, strict=True):
                    numbers = _numbers(column)
                    if numbers is None:
                        return None
                    file.seek(place + done * width)
                    file.write(numbers)
            done += batch.num_rows
    return done


class _WithHoles:
    """A file that leaves out the memory that stands for the numbers of columns, and remembers where they belong."""

    def __init__(self, file: IO[bytes], stand_in: pa.Buffer) -> None:
        self.file, self.stand_in = file, stand_in
        self.holes: list[int] = []
        self.closed = False

    def write(self, data: pa.Buffer | bytes) -> int:
        """Write bytes, or pass over them."""
        if isinstance(data, pa.Buffer) and data.address == self.stand_in.address:
            self.holes.append(self.file.tell())
            self.file.seek(data.size, 1)
            return int(data.size)
        return self.file.write(data)

    def tell(self) -> int:
        """Return the position."""
        return self.file.tell()

    def flush(self) -> None:
        """Do nothing: the file is closed by whom it belongs to."""

    def close(self) -> None:
        """Take note that nothing follows."""
        self.closed = True


def _write_frame(file: IO[bytes], schema: pa.Schema, rows: int) -> list[int]:
    """Write a file of one record batch without its numbers; return where those of each column begin."""
    size = rows * max(_row_bytes(kind) for kind in schema.types)
    stand_in = pa.py_buffer(mmap.mmap(-1, size, **_READ_ONLY))  # never touched, so that it takes no memory
    columns = [_column(kind, rows, stand_in) for kind in schema.types]
    sink = _WithHoles(file, stand_in)
    with pa.PythonFile(sink, mode="w") as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))
    return sink.holes


def _column(kind: pa.DataType, rows: int, memory: pa.Buffer) -> pa.Array:
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(_column(kind.value_type, rows * kind.list_size, memory), type=kind)
    return pa.Array.from_buffers(kind, rows, [None, memory.slice(0, rows * kind.bit_width // 8)])


def _numbers(column: pa.Array) -> memoryview | None:
    """Return the bytes of a column; None where a value is missing."""
    values = flattened(column)
    if values.null_count or len(values) < len(column) * math.prod(row_shape(column.type)):
        return None
    width = values.type.bit_width // 8
    return memoryview(values.buffers()[1])[values.offset * width : (values.offset + len(values)) * width]


def _row_bytes(kind: pa.DataType) -> int:
    """Return how many bytes a row of a column has; 0 where that depends on the row, or is less than one."""
    inner = innermost(kind)
    is_fixed = pa.types.is_integer(inner) or pa.types.is_floating(inner) or pa.types.is_temporal(inner)
    return math.prod(row_shape(kind)) * inner.bit_width // 8 if is_fixed else 0
