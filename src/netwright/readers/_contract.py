"""The contract of a reader: what it is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from netwright.config import CsvSection
from netwright.errors import DataError
from netwright.progress import Progress, silent
from netwright.readers._raw_rows import RawRows

__all__ = [
    "BATCH_BYTES",
    "PIECE_BYTES",
    "Contents",
    "NotAsExpectedError",
    "Part",
    "Piece",
    "Ranges",
    "Request",
    "TableListing",
    "damaged",
    "only_in_order",
    "reason_of",
    "refuse_key",
    "rows_per_batch",
    "rows_per_piece",
    "starts_of",
    "too_much_memory",
]

BATCH_BYTES = 64 * 2**20  # size of a record batch: bounds the memory of a conversion for any file
_STARTS = 2**16  # of pieces of a file, at most
PIECE_BYTES = 4 * 2**20  # size of a piece: so little is written while it is still in the processor's cache


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
    csv: CsvSection = field(default_factory=CsvSection)
    careful: bool = False

    @property
    def asked(self) -> dict[str, object]:
        """The settings besides the file's content that the columns depend on."""
        said = self.csv.model_dump(exclude_defaults=True)
        return {"key": self.key} | ({"csv": said} if said else {})


class NotAsExpectedError(Exception):
    """A file is not as its reader expected after a first look; it is opened again, and read with care."""


class Piece(NamedTuple):
    """Some rows of some columns.

    Attributes:
        start: the first row.
        batch: the columns, by their names.
    """

    start: int
    batch: pa.RecordBatch


Part: TypeAlias = Callable[[], Iterator[Piece]]
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
    """

    key: str | None
    rows: int
    columns: tuple[str, ...]


@contextmanager
def damaged(path: Path, kind: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn the errors of a library that cannot read a file into a DataError that names the file.

    Args:
        path: the file.
        kind: name of the format.
        errors: the exceptions of the library.

    Yields:
        Nothing.

    Raises:
        DataError: one of `errors` was raised inside, or a MemoryError.
    """
    try:
        yield
    except FileNotFoundError as error:
        msg = f"{path}: there is no such file. Check the path."
        raise DataError(msg) from error
    except PermissionError as error:
        msg = f"{path}: cannot be read (permission denied). Ask its owner for permission, or copy it."
        raise DataError(msg) from error
    except MemoryError as error:
        raise DataError(too_much_memory(path, error)) from error
    except errors as error:
        reason = reason_of(error)
        if isinstance(error, NotImplementedError):
            msg = (
                f"{path}: cannot be read as {kind}: the library for {kind} does not support its contents ({reason}). "
                "Write it in another way."
            )
            raise DataError(msg) from error
        msg = (
            f"{path}: cannot be read as {kind}: the file is truncated, damaged or of another format "
            f"({reason}). Copy it or write it again."
        )
        raise DataError(msg) from error


def reason_of(error: Exception) -> str:
    r"""Return an exception as one line of text.

    Args:
        error: the exception.

    Returns:
        Its class and the beginning of its message.

    Example:
        >>> reason_of(ValueError("some\n reason"))
        'ValueError: some reason'
    """
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def only_in_order(path: Path, why: str) -> str:
    """Return the message for a file whose rows cannot be read without those before them.

    Args:
        path: the file.
        why: the reason, as sentences.

    Returns:
        The message.

    Example:
        >>> only_in_order(Path("jets.csv"), "It is a text table.")[:66]
        'jets.csv: data.cache: false reads pieces of files in any order, an'
    """
    return (
        f"{path}: data.cache: false reads pieces of files in any order, and this file does not allow it. {why} Or "
        "leave data.cache out: the file is then converted once."
    )


def refuse_key(request: Request, kind: str) -> None:
    """Refuse a key for a file that is one table.

    Args:
        request: may have a key.
        kind: name of the format, with its article.

    Raises:
        DataError: the request has a key.
    """
    if request.key is not None:
        msg = (
            f"{request.path}: {kind} is one table and takes no key. Received: --key {request.key} (in Python key=, in "
            "an experiment data.key). Leave it out."
        )
        raise DataError(msg)


def too_much_memory(path: Path, error: MemoryError) -> str:
    """Return the message for a file that takes more memory than is available.

    Args:
        path: the file.
        error: the exception.

    Returns:
        The message.

    Example:
        >>> too_much_memory(Path("jets.root"), MemoryError("unable to allocate 8 GiB"))[:60]
        'jets.root: reading it takes more memory than there is (unabl'
    """
    reason = " ".join(str(error).split())[:200] or "out of memory"
    return (
        f"{path}: reading it takes more memory than there is ({reason}). If the file is not large, it is damaged: copy "
        f"it or write it again. Otherwise free some memory, or request more."
    )


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


def rows_per_piece(row_bytes: int) -> int:
    """Return the number of rows in a piece of at most `PIECE_BYTES`, at least one.

    Args:
        row_bytes: size of one row of the piece's columns in bytes.

    Returns:
        The number of rows.

    Example:
        >>> rows_per_piece(4)
        1048576
    """
    return max(1, min(PIECE_BYTES, BATCH_BYTES) // max(1, row_bytes))


def starts_of(rows: int, together: int = 1) -> Sequence[int]:
    """Return rows at which reading may begin, in a file that stores as many rows together everywhere.

    Args:
        rows: how many there are.
        together: rows of a chunk.

    Returns:
        Multiples of it, 65,536 at most.

    Example:
        >>> list(starts_of(10, 4)), len(starts_of(10**8))
        ([0, 4, 8], 65531)
    """
    chunks = -(-rows // together)
    return range(0, rows, max(1, -(-chunks // _STARTS)) * together)
