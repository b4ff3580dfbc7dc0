"""What a reader is asked and what it hands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from netwright.config import CsvSection
from netwright.errors import DataError
from netwright.progress import Progress, silent

__all__ = [
    "BATCH_BYTES",
    "Contents",
    "Request",
    "damaged",
    "reason_of",
    "refuse_key",
    "rows_per_batch",
    "too_much_memory",
]

BATCH_BYTES = 64 * 2**20  # what a reader holds at once: bounds the memory of a conversion, whatever the file


@dataclass(frozen=True)
class Request:
    """One file to read.

    Attributes:
        path: the file.
        key: the name of the table in it; None: the only one.
        progress: who hears of progress.
        csv: how it is written, if it is a text table.
    """

    path: Path
    key: str | None = None
    progress: Progress = silent
    csv: CsvSection = field(default_factory=CsvSection)

    @property
    def asked(self) -> dict[str, object]:
        """What the columns depend on besides the content of the file."""
        said = self.csv.model_dump(exclude_defaults=True)
        return {"key": self.key} | ({"csv": said} if said else {})


@dataclass(frozen=True)
class Contents:
    """The columns of an open file.

    Attributes:
        schema: names and types of the columns.
        rows: how many rows there are.
        batches: the rows in the order of the file, in record batches of about `BATCH_BYTES` or less.
        left_out: what the file holds but no column can hold, by name, with the reason.
        remarks: what else the user should know, such as what the reader chose, in sentences without the file's name.
    """

    schema: pa.Schema
    rows: int
    batches: Iterator[pa.RecordBatch]
    left_out: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@contextmanager
def damaged(path: Path, kind: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn what a library raises on a file that it cannot read into a DataError that names the file.

    Args:
        path: the file.
        kind: the format, in words.
        errors: what the library raises.

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
        msg = f"{path}: may not be read (permission denied). Ask its owner, or copy it."
        raise DataError(msg) from error
    except MemoryError as error:
        raise DataError(too_much_memory(path, error)) from error
    except errors as error:
        reason = reason_of(error)
        if isinstance(error, NotImplementedError):
            msg = (
                f"{path}: cannot be read as {kind}: it holds what the library for {kind} does not read ({reason}). "
                "Write it in another way."
            )
            raise DataError(msg) from error
        msg = (
            f"{path}: cannot be read as {kind}: the file is truncated, damaged or of another format "
            f"({reason}). Copy it or write it again."
        )
        raise DataError(msg) from error


def reason_of(error: Exception) -> str:
    r"""Return what a library raised, in one line.

    Args:
        error: the exception.

    Returns:
        Its class and the beginning of its message.

    Example:
        >>> reason_of(ValueError("some\n reason"))
        'ValueError: some reason'
    """
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def refuse_key(request: Request, kind: str) -> None:
    """Refuse the name of a table where a file is one.

    Args:
        request: may have one.
        kind: of file, in words.

    Raises:
        DataError: it has.
    """
    if request.key is not None:
        msg = (
            f"{request.path}: {kind} is one table and takes no key. Received: --key {request.key} (in Python key=, in "
            "an experiment data.key). Leave it out."
        )
        raise DataError(msg)


def too_much_memory(path: Path, error: MemoryError) -> str:
    """Return a message about a file that takes more memory than there is.

    Args:
        path: the file.
        error: what was raised.

    Returns:
        The message.

    Example:
        >>> too_much_memory(Path("jets.root"), MemoryError("unable to allocate 8 GiB"))[:60]
        'jets.root: reading it takes more memory than there is (unabl'
    """
    reason = " ".join(str(error).split())[:200] or "out of memory"
    return (
        f"{path}: reading it takes more memory than there is ({reason}). If the file is not large, it is damaged: copy "
        f"it or write it again. Otherwise free some memory, or ask for more."
    )


def rows_per_batch(row_bytes: int) -> int:
    """Return how many rows make a batch of at most `BATCH_BYTES`, at least one.

    Args:
        row_bytes: size of a row in bytes.

    Returns:
        A number of rows.

    Example:
        >>> rows_per_batch(3200)
        20971
    """
    return max(1, BATCH_BYTES // max(1, row_bytes))
