"""A text table without quotes, divided at line ends, with the number of rows in each part."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import FileIO
from itertools import pairwise
from pathlib import Path

import numpy as np

from netwright.cpu_count import cpu_count
from netwright.progress import Progress

__all__ = ["Range", "ranges_of"]

_RANGE_BYTES = 2**21  # of a part of a table with few columns
_RANGE_BYTES_PER_COLUMN = 2**14
_LONGEST_LINE = 2**26
_BYTES_AT_ONCE = 2**18  # which the processor's cache holds
_NO_ROWS = -1


@dataclass(frozen=True)
class Range:
    """A part of a file that begins and ends with whole rows.

    Attributes:
        path: the file.
        begin: its first byte.
        end: the byte after its last.
        start: its first row.
        rows: how many rows it has.
    """

    path: Path
    begin: int
    end: int
    start: int
    rows: int


def ranges_of(path: Path, begin: int, separator: str, columns: int, progress: Progress) -> list[Range] | None:
    """Divide a file at line ends.

    Args:
        path: the file.
        begin: of the first row, in bytes.
        separator: between values.
        columns: how many there are.
        progress: callback for progress updates.

    Returns:
        Its ranges; None if a line may not be a row, or a value may have blanks that the careful way keeps.
    """
    edges = _edges(path, begin, max(_RANGE_BYTES, columns * _RANGE_BYTES_PER_COLUMN))
    if edges is None:
        return None
    unwanted = b'"' if separator == "\t" else b'"\t'
    ranges: list[Range] = []
    with ThreadPoolExecutor(cpu_count()) as threads:
        counts = threads.map(partial(_rows_between, path, unwanted), edges[:-1], edges[1:])
        for (first, last), rows in zip(pairwise(edges), counts, strict=True):
            if rows == _NO_ROWS:
                threads.shutdown(cancel_futures=True)
                return None
            ranges.append(Range(path, first, last, ranges[-1].start + ranges[-1].rows if ranges else 0, rows))
            progress(f"Scanning {path.name}", last / 1e6, edges[-1] / 1e6, "MB")
    return ranges


def _edges(path: Path, begin: int, size: int) -> list[int] | None:
    """Return where parts of about as many bytes begin and end; None if a line is too long."""
    total = path.stat().st_size
    parts = -(-(total - begin) // size)
    parts = -(-parts // cpu_count()) * cpu_count()  # each thread has as many
    size = -(-(total - begin) // max(parts, 1))
    edges = [begin]
    with path.open("rb", buffering=0) as file:
        while edges[-1] < total:
            end = _after_line(file, min(edges[-1] + size, total) - 1)
            if end is None:
                return None
            edges.append(end)
    return edges


def _after_line(file: FileIO, position: int) -> int | None:
    """Return where the line that holds a byte ends, with its end; None if that is far away."""
    file.seek(position)
    passed = 0
    while passed <= _LONGEST_LINE:
        block = file.read(2**16)
        end = block.find(b"\n") + 1
        if end or not block:
            return position + passed + end
        passed += len(block)
    return None


def _rows_between(path: Path, unwanted: bytes, begin: int, end: int) -> int:
    """Count the lines between two positions; `_NO_ROWS` if there is an unwanted byte."""
    rows, last = 0, 0
    for block in _blocks(path, begin, end):
        if any(block.find(bytes([byte])) >= 0 for byte in unwanted):
            return _NO_ROWS
        rows += int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))
        last = block[-1]
    return rows + (last != ord("\n"))


def _blocks(path: Path, begin: int, end: int) -> Iterator[bytearray]:
    memory = bytearray(_BYTES_AT_ONCE)
    with path.open("rb", buffering=0) as file:
        file.seek(begin)
        while begin < end:
            count = file.readinto(memoryview(memory)[: end - begin])
            if not count:
                return
            begin += count
            yield memory if count == len(memory) else memory[:count]
