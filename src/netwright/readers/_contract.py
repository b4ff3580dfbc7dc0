"""The contract of a reader: what it is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from netwright.progress import Progress, silent
from netwright.readers._raw_rows import RawRows
from netwright.readers._text_format import TextFormat

__all__ = [
    "BATCH_BYTES",
    "BLOCK_BYTES",
    "Block",
    "Contents",
    "NotAsExpectedError",
    "Part",
    "Ranges",
    "Request",
    "TableListing",
    "rows_per_batch",
    "rows_per_block",
    "starts_of",
]

BATCH_BYTES = 64 * 2**20  # size of a record batch: bounds the memory of a conversion for any file
_STARTS = 2**16  # of blocks of a file, at most
BLOCK_BYTES = 4 * 2**20  # size of a block: so little is written while it is still in the processor's cache


@dataclass(frozen=True)
class Request:
    """One file to read.

    Attributes:
        path: the file.
        key: the name of the table in it; None if there is only one.
        progress: callback for progress updates.
        csv: its dialect, if it is a text table.
        careful: whether a quick way to read it was tried, and the file was not as expected.
    """

    path: Path
    key: str | None = None
    progress: Progress = silent
    csv: TextFormat = field(default_factory=TextFormat)
    careful: bool = False

    @property
    def settings(self) -> dict[str, object]:
        """The settings besides the file's content that the columns depend on."""
        usual = asdict(TextFormat())
        dialect = {name: value for name, value in asdict(self.csv).items() if value != usual[name]}
        return {"key": self.key} | ({"csv": dialect} if dialect else {})


class NotAsExpectedError(Exception):
    """A file is not as its reader expected after a first pass; it is opened again, and read with care."""


class Block(NamedTuple):
    """Some rows of some columns.

    Attributes:
        start: the first row.
        batch: the columns, by their names.
    """

    start: int
    batch: pa.RecordBatch


Part: TypeAlias = Callable[[], Iterator[Block]]
"""Reads a part of a file; several threads may do that with several parts at once."""


@dataclass(frozen=True)
class Ranges:
    """How to read rows anywhere in an open file, without those before them.

    Attributes:
        starts: rows at which reading may begin at no extra cost (those of row groups, chunks, baskets), increasing
            from 0.
        read: yields columns, by their names, of the rows from one to before another, in order.
        raw: finds the columns whose numbers lie in the file as they lie in memory, by their names.
    """

    starts: Sequence[int]
    read: Callable[[Sequence[str], int, int], Iterator[pa.RecordBatch]]
    raw: Callable[[], Mapping[str, RawRows]] = dict


@dataclass(frozen=True)
class Contents:
    """The columns of an open file.

    Attributes:
        schema: names and types of the columns.
        rows: how many rows there are.
        batches: the rows in the order of the file, in record batches of about `BATCH_BYTES` or less.
        left_out: what the file contains but no column can hold, by name, with the reason.
        remarks: other messages for the user, such as choices of the reader, as sentences without the file's name.
        parts: the same values, column by column where the file stores them so; together they have each value of
            each column once. Empty where `batches` are the only way to read the file.
        ranges: how to read rows anywhere; None where that takes all rows before them.
        in_order: why that is so, and how to write the file otherwise, as sentences.
    """

    schema: pa.Schema
    rows: int
    batches: Iterator[pa.RecordBatch]
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    parts: Sequence[Part] = ()
    ranges: Ranges | None = None
    in_order: str = ""


@dataclass(frozen=True)
class TableListing:
    """One of the tables of a file, as far as it is known without reading values.

    Attributes:
        key: what chooses it, as `Request.key`; None where a file is one table.
        rows: how many it has.
        columns: their names.
        elements: by column, the names of the last dimension of its arrays, where the file has such.
    """

    key: str | None
    rows: int
    columns: tuple[str, ...]
    elements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def rows_per_batch(row_bytes: int) -> int:
    """Return the number of rows in a batch of at most `BATCH_BYTES`, at least one.

    Args:
        row_bytes: size of one row in bytes.

    Returns:
        The number of rows.

    Example:
        >>> rows_per_batch(3200)
        20971
    """
    return max(1, BATCH_BYTES // max(1, row_bytes))


def rows_per_block(row_bytes: int) -> int:
    """Return the number of rows in a block of at most `BLOCK_BYTES`, at least one.

    Args:
        row_bytes: size of one row of the block's columns in bytes.

    Returns:
        The number of rows.

    Example:
        >>> rows_per_block(4)
        1048576
    """
    return max(1, min(BLOCK_BYTES, BATCH_BYTES) // max(1, row_bytes))


def starts_of(rows: int, chunk_rows: int = 1) -> Sequence[int]:
    """Return rows at which reading may begin, in a file whose chunks have as many rows everywhere.

    Args:
        rows: how many there are.
        chunk_rows: rows of a chunk.

    Returns:
        Multiples of it, 65,536 at most.

    Example:
        >>> list(starts_of(10, 4)), len(starts_of(10**8))
        ([0, 4, 8], 65531)
    """
    chunks = -(-rows // chunk_rows)
    return range(0, rows, max(1, -(-chunks // _STARTS)) * chunk_rows)
