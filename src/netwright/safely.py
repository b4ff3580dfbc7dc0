"""Files that are whole or not there: written beside their place, flushed to the disk, and moved."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["beside", "flush", "sweep_parts", "write_tables", "write_text"]

_PART = ".part-"
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP}


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place beside a file: what is written there takes the file's place once all of it is on the disk.

    Where writing fails, the file is as it was before.

    Args:
        path: the file; an older one is replaced.

    Yields:
        Where to write, with the same ending.
    """
    part = path.with_name(f"{_PART}{os.getpid()}-{path.name}")
    try:
        yield part
        flush(part)
        part.replace(path)
        flush(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file of text that is whole or not there.

    Args:
        path: the file; an older one is replaced.
        text: its content.
    """
    with beside(path) as part:
        part.write_text(text, encoding="utf-8")


def write_tables(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables of the same columns one after another into a Parquet file; they are never in memory together.

    Args:
        tables: one at least.
        path: the file; an older one is replaced.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    following = iter(tables)
    first = next(following)
    with beside(path) as part, pq.ParquetWriter(part, first.schema) as writer:
        for table in chain([first], following):
            writer.write_table(table)


def sweep_parts(folder: Path) -> None:
    """Remove what processes left that were killed while they wrote `beside` files of a folder.

    Args:
        folder: where nobody is writing now.
    """
    for left in folder.glob(f"{_PART}*"):
        left.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until a file, or what a folder says of its files, is on the disk.

    Args:
        path: a file or a folder.

    Raises:
        OSError: the disk refuses.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if not (path.is_dir() and error.errno in _CANNOT_FLUSH):  # some network file systems do not know it of folders
            raise
    finally:
        os.close(number)
