"""Release pages of memory-mapped columns after reading, so that inspecting a large file takes little memory."""

from __future__ import annotations

import ctypes
import mmap
import sys
from bisect import bisect_right
from pathlib import Path

import pyarrow as pa

__all__ = ["release_pages"]

_MAPS = Path("/proc/self/maps")


def release_pages(table: pa.Table) -> int:
    """Tell the system that the pages of a table's memory-mapped columns are not needed for now.

    They stay in the page cache and come back when they are read again. Memory that is not a mapped file is left
    alone, because its content would be lost. Does nothing on systems other than Linux.

    Args:
        table: columns, some of which may be memory-mapped.

    Returns:
        How many bytes were released.
    """
    if not sys.platform.startswith("linux") or not _MAPS.is_file():
        return 0
    mapped = _mapped_files()
    starts = [start for start, _ in mapped]
    released = 0
    for buffer in _buffers(table):
        at = bisect_right(starts, buffer[0]) - 1
        if at >= 0 and buffer[1] <= mapped[at][1]:
            first = -(-buffer[0] // mmap.PAGESIZE) * mmap.PAGESIZE  # whole pages only
            size = buffer[1] // mmap.PAGESIZE * mmap.PAGESIZE - first
            if size > 0 and ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(size), 4) == 0:
                released += size
    return released


def _buffers(table: pa.Table) -> set[tuple[int, int]]:
    """Return where the buffers of a table begin and end in memory."""
    return {
        (buffer.address, buffer.address + buffer.size)
        for column in table.columns
        for chunk in column.chunks
        for buffer in chunk.buffers()
        if buffer is not None and buffer.size
    }


def _mapped_files() -> list[tuple[int, int]]:
    """Return where read-only mapped files begin and end in memory, in order."""
    mapped = []
    for line in _MAPS.read_text().splitlines():
        addresses, rights, *fields = line.split(maxsplit=5)
        if rights.startswith("r-") and len(fields) == 4 and fields[3].startswith("/"):
            start, _, end = addresses.partition("-")
            mapped.append((int(start, 16), int(end, 16)))
    return sorted(mapped)
