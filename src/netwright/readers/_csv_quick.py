"""Text tables without quotes: divided at line ends, and each piece read in the types that the first lines suggest.

What is read so is what the careful way of two passes gives, or nothing: a value that does not have the suggested type,
or anything that the two ways could take differently, raises a `NotAsExpectedError`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from netwright.cpu_count import cpu_count
from netwright.progress import Progress
from netwright.readers._contract import NotAsExpectedError, Part, Piece
from netwright.readers._csv_values import MISSING, Fit, Values

__all__ = ["Range", "batches_of", "expected_kinds", "first_row", "parts_of", "ranges_of"]

_RANGE_BYTES = 2**21  # of a piece of a table with few columns
_RANGE_BYTES_PER_COLUMN = 2**13
_LONGEST_LINE = 2**26
_MARK = b"\xef\xbb\xbf"  # byte order mark
_TRUE, _FALSE = ("1", "true", "True", "TRUE"), ("0", "false", "False", "FALSE")


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


def expected_kinds(head: bytes, separator: str, names: Sequence[str], values: Values) -> dict[str, pa.DataType] | None:
    """Return the types that all values of the columns must have if their first ones decide.

    Args:
        head: the first lines that are rows, whole.
        separator: between values.
        names: of the columns.
        values: the settings for reading values.

    Returns:
        The type of each column; None if later values may decide for another without contradicting it.
    """
    if values.decimal == ",":
        return None
    try:
        table = _table(head, names, pc_csv.ParseOptions(delimiter=separator), _conversion(values))
        kinds = {name: _decided(table[name]) for name in names}
        open_ones = [name for name, kind in kinds.items() if kind is None]
        if open_ones:
            texts = _conversion(values, dict.fromkeys(open_ones, pa.string()), include_columns=open_ones)
            table = _table(head, names, pc_csv.ParseOptions(delimiter=separator), texts)
            kinds |= {name: _fitting(table[name], values) for name in open_ones}
    except pa.ArrowInvalid:
        return None
    return None if None in kinds.values() else kinds


def _decided(column: pa.ChunkedArray) -> pa.DataType | None:
    """Return the type of a column if a value shows that it can be no other one that is preferred."""
    if column.type in {pa.int64(), pa.null()}:
        return pa.int64()
    if column.type == pa.float64() and pc.any(pc.not_equal(pc.floor(column), column)).as_py():
        return pa.float64()
    return None


def _fitting(column: pa.ChunkedArray, values: Values) -> pa.DataType | None:
    """Return the first type that fits; None if later values may decide for another without contradicting it."""
    fit = Fit()
    for chunk in column.chunks:
        fit.look(chunk, values)
    if fit.inexact or (not fit.kinds and values.guess_comma and fit.comma):
        return None
    if not fit.kinds and pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), column)).as_py():
        return None  # without the blanks it may be numbers
    return fit.kinds[0] if fit.kinds else pa.string()


def first_row(head: bytes, *, header: bool) -> int | None:
    """Return where the rows begin.

    Args:
        head: the beginning of the file.
        header: whether its first line is a header.

    Returns:
        A position in bytes; None if the header may be more than a line.
    """
    if not header:
        return len(_MARK) * head.startswith(_MARK)
    end = head.find(b"\n") + 1
    return end if end and head[:end].count(b'"') % 2 == 0 and b"\r" not in head[: end - 2] else None


def ranges_of(path: Path, begin: int, separator: str, columns: int, progress: Progress) -> list[Range] | None:
    """Divide a file at line ends.

    Args:
        path: the file.
        begin: from `first_row`.
        separator: between values.
        columns: how many there are.
        progress: callback for progress updates.

    Returns:
        Its ranges; None if a line may not be a row, or a value may have blanks that the careful way keeps.
    """
    with path.open("rb", buffering=0) as file:
        memory = bytearray(min(_LONGEST_LINE, max(_RANGE_BYTES, columns * _RANGE_BYTES_PER_COLUMN)))
        total = path.stat().st_size
        found: list[Range] = []
        start = 0
        while begin < total:
            size = _read_lines(file, begin, total, memory)
            if not size or memory.find(b'"', 0, size) >= 0 or (separator != "\t" and memory.find(b"\t", 0, size) >= 0):
                return None
            ends = np.frombuffer(memory, np.uint8, size) == ord("\n")
            found.append(Range(path, begin, begin + size, start, int(np.count_nonzero(ends)) + (not ends[-1])))
            start, begin = start + found[-1].rows, begin + size
            del ends  # the memory may become larger
            progress(f"Scanning {path.name}", begin / 1e6, total / 1e6, "MB")
    return found


def parts_of(ranges: Sequence[Range], separator: str, kinds: Mapping[str, pa.DataType], values: Values) -> list[Part]:
    """Return how to read the ranges.

    Args:
        ranges: from `ranges_of`.
        separator: between values.
        kinds: from `expected_kinds`.
        values: the settings for reading values.

    Returns:
        One part for each; reading it raises a `NotAsExpectedError` where a value has another type.
    """
    parse, convert = pc_csv.ParseOptions(delimiter=separator), _conversion(values, kinds)
    return [partial(_pieces, one, list(kinds), parse, convert) for one in ranges]


def _conversion(
    values: Values, kinds: Mapping[str, pa.DataType] | None = None, include_columns: Sequence[str] = ()
) -> pc_csv.ConvertOptions:
    return pc_csv.ConvertOptions(
        column_types=kinds,
        null_values=[*MISSING, *values.missing],
        true_values=_TRUE,
        false_values=_FALSE,
        include_columns=include_columns,
    )


def _table(data: bytes, names: Sequence[str], parse: pc_csv.ParseOptions, convert: pc_csv.ConvertOptions) -> pa.Table:
    read = pc_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1)
    return pc_csv.read_csv(pa.BufferReader(data), read, parse, convert)


def batches_of(parts: Sequence[Part]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of all parts in order, which several threads read ahead.

    Args:
        parts: from `parts_of`.

    Yields:
        Record batches.
    """
    with ThreadPoolExecutor(cpu_count()) as threads:
        waiting: list[Future[list[Piece]]] = []
        try:
            for part in parts:
                waiting.append(threads.submit(_all_of, part))
                if len(waiting) > 2 * cpu_count():
                    yield from (piece.batch for piece in waiting.pop(0).result())
            while waiting:
                yield from (piece.batch for piece in waiting.pop(0).result())
        finally:
            threads.shutdown(cancel_futures=True)


def _all_of(part: Part) -> list[Piece]:
    return list(part())


def _read_lines(file: io.FileIO, begin: int, total: int, memory: bytearray) -> int:
    """Read whole lines, as many as the memory holds, at least one; return their size, 0 if one is too long."""
    while True:
        file.seek(begin)
        size = file.readinto(memory) or 0
        end = size if begin + size == total else memory.rfind(b"\n", 0, size) + 1
        if end or len(memory) > _LONGEST_LINE:
            return end
        memory.extend(bytes(len(memory)))


def _pieces(
    lines: Range, names: Sequence[str], parse: pc_csv.ParseOptions, convert: pc_csv.ConvertOptions
) -> Iterator[Piece]:
    with lines.path.open("rb", buffering=0) as file:
        file.seek(lines.begin)
        data = file.read(lines.end - lines.begin)
    try:
        table = _table(data, names, parse, convert)
    except pa.ArrowInvalid as error:
        raise NotAsExpectedError from error
    if table.num_rows != lines.rows:  # blank lines, or lines that end in another way
        raise NotAsExpectedError
    (batch,) = table.combine_chunks().to_batches()
    yield Piece(lines.start, batch)
