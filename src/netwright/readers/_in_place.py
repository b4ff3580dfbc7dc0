"""Cache entries with every column in one chunk, in memory that does not grow with the number of rows.

Arrow's file of one record batch is written first, with holes for the numbers of its columns; then each block of a
column goes to where its numbers belong. A column in one chunk is an array without a copy.
"""

from __future__ import annotations

import math
import mmap
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pyarrow as pa

from netwright.cpu_count import cpu_count
from netwright.readers._contract import Part
from netwright.readers._plain import flattened, innermost, row_shape

__all__ = ["fits", "write_in_place"]

_PADDING = 64  # bytes: Arrow lets each column begin at a multiple of it
_ZEROS = memoryview(bytes(_PADDING))
_MAX_TOGETHER = 512  # blocks of memory, of which the system takes 1024
_READ_ONLY: dict[str, int] = (  # memory that a system with a limit does not count
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, "prot": mmap.PROT_READ} if hasattr(mmap, "PROT_READ") else {}
)


def fits(schema: pa.Schema) -> bool:
    """Return whether all columns hold as many whole bytes in every row.

    Args:
        schema: names and types of the columns.

    Returns:
        True for numbers and times, and for fixed-size lists of them.
    """
    return all(_row_bytes(kind) > 0 for kind in schema.types)


def write_in_place(path: Path, schema: pa.Schema, parts: Sequence[Part], rows: int) -> int | None:
    """Write the parts of a file as one record batch, with as many threads as there are processors.

    Args:
        path: the file, which is replaced.
        schema: names and types of the columns, which `fits`.
        parts: blocks of these columns; values after the last of `rows` are counted and not written.
        rows: how many rows there will be.

    Returns:
        How many rows there were in the first column that does not have `rows`, or `rows`; None as soon as a value is
        missing, which has no place here.
    """
    with path.open("wb") as file:
        target = _Target(file, schema, _write_frame(file, schema, rows), rows)
        file.flush()
        if hasattr(os, "posix_fallocate"):  # to reserve a page at a time takes a third longer
            os.posix_fallocate(file.fileno(), 0, file.tell())
        if len(parts) == 1:
            target.take(parts[0])
        else:
            _in_threads(target, parts)
    if target.missing:
        return None
    return next((done for done in target.done.values() if done != rows), rows)


def _in_threads(target: _Target, parts: Sequence[Part]) -> None:
    """Write parts with several threads; raise the exception of the first part that has one."""
    with ThreadPoolExecutor(cpu_count()) as threads:
        waiting = [threads.submit(target.take, part) for part in parts]
        try:
            for future in waiting:
                future.result()
        finally:
            threads.shutdown(wait=True, cancel_futures=True)


class _Target:
    """The file that values are written to, each to its place."""

    def __init__(self, file: IO[bytes], schema: pa.Schema, offsets: list[int], rows: int) -> None:
        self.file, self.rows = file, rows
        kinds = schema.types
        self.fields = dict(zip(schema.names, zip(kinds, map(_row_bytes, kinds), offsets, strict=True), strict=True))
        self.done = dict.fromkeys(schema.names, 0)
        self.missing = False
        self.lock = threading.Lock()

    def take(self, part: Part) -> None:
        """Write the blocks of a part, until a value is missing."""
        for start, batch in part():
            if self.missing:
                return
            if 0 <= start <= self.rows - batch.num_rows:
                self._write(start, batch)
            with self.lock:
                for name in batch.schema.names:
                    self.done[name] += batch.num_rows

    def _write(self, start: int, batch: pa.RecordBatch) -> None:
        """Write some rows; columns that are neighbours in the file together, which the system keeps in larger pages."""
        neighbours: list[memoryview] = []
        begin = end = 0
        is_whole = batch.num_rows == self.rows  # else what lies between columns are other rows
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            kind, row_bytes, offset = self.fields[name]
            numbers = _numbers(column if column.type == kind else column.cast(kind), row_bytes)
            if numbers is None:
                self.missing = True
                return
            offset += start * row_bytes
            if not (is_whole and end <= offset < end + _PADDING and len(neighbours) < _MAX_TOGETHER):
                self._write_at(neighbours, begin)
                neighbours, begin, end = [], offset, offset
            neighbours += [_ZEROS[: offset - end], numbers]
            end = offset + len(numbers)
        self._write_at(neighbours, begin)

    def _write_at(self, data: list[memoryview], offset: int) -> None:
        """Write bytes at an offset; several threads may do that at once where the system can."""
        if not hasattr(os, "pwritev"):
            with self.lock:
                self.file.seek(offset)
                self.file.writelines(data)
            return
        while data:
            count = os.pwritev(self.file.fileno(), data, offset)
            offset += count
            while data and count >= len(data[0]):
                count -= len(data.pop(0))
            if data:
                data[0] = data[0][count:]


class _SparseFile:
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
    sink = _SparseFile(file, stand_in)
    with pa.PythonFile(sink, mode="w") as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))
    return sink.holes


def _column(kind: pa.DataType, rows: int, memory: pa.Buffer) -> pa.Array:
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(_column(kind.value_type, rows * kind.list_size, memory), type=kind)
    return pa.Array.from_buffers(kind, rows, [None, memory.slice(0, rows * kind.bit_width // 8)])


def _numbers(column: pa.Array, row_bytes: int) -> memoryview | None:
    """Return the bytes of a column; None where a value is missing."""
    values = flattened(column)
    width = values.type.bit_width // 8
    if values.null_count or len(values) * width < len(column) * row_bytes:
        return None
    return memoryview(values.buffers()[1])[values.offset * width : (values.offset + len(values)) * width]


def _row_bytes(kind: pa.DataType) -> int:
    """Return how many bytes a row of a column has; 0 where that depends on the row, or is less than one."""
    inner = innermost(kind)
    is_fixed = pa.types.is_integer(inner) or pa.types.is_floating(inner) or pa.types.is_temporal(inner)
    return math.prod(row_shape(kind)) * inner.bit_width // 8 if is_fixed else 0
