"""Files that are whole or not there: written beside their place, flushed to the disk, and moved."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.errors import StorageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["beside", "explained", "flush", "make_folder", "sha256_of", "sweep_parts", "write_tables", "write_text"]

_PART = ".part-"
_NAME_AT_MOST = 50  # characters of the file's name in that of its part: file systems allow 255 bytes
_DISK_SAYS = re.compile(r"No space left|Disk quota exceeded|File too large|Read-only file system")
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP}


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place beside a file: what is written there takes the file's place once all of it is on the disk.

    Where writing fails, the file is as it was before, and nothing is left beside it. A link stays a link.

    Args:
        path: the file; an older one is replaced.

    Yields:
        Where to write, with the same ending.

    Raises:
        StorageError: the disk is full, the place cannot be written, or `path` is a folder or a device.
    """
    place = Path(os.path.realpath(path))
    part = _part(place)
    with explained(place):
        _check_replaceable(place)
        try:
            yield part
            flush(part)
            part.replace(place)
            flush(place.parent)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Name the file where writing fails: systems and libraries often say no more than "no space left".

    Args:
        path: what is written.

    Yields:
        Nothing.

    Raises:
        StorageError: an `OSError` was raised inside, or a library said in its own words that the disk is full.
    """
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.filename is not None and Path(error.filename).name not in {path.name, _part(path).name}:
            raise  # of another file, such as one that is read meanwhile
        raise StorageError(path, error.strerror or str(error), error.errno) from error
    except RuntimeError as error:  # of HDF5 and of Arrow
        said = _DISK_SAYS.search(str(error))
        if said is None:
            raise
        raise StorageError(path, said[0]) from error


def _part(place: Path) -> Path:
    return place.with_name(f"{_PART}{os.getpid()}-{place.name[-_NAME_AT_MOST:]}")


def _check_replaceable(place: Path) -> None:
    """Refuse what is there and no file: moving a file over a device would remove the device."""
    if place.exists() and not stat.S_ISREG(place.stat().st_mode):
        raise StorageError(place, "it is a folder or a device, and no file", errno.EEXIST)


def write_text(path: Path, text: str) -> None:
    """Write a file of text that is whole or not there.

    Args:
        path: the file; an older one is replaced.
        text: its content.

    Raises:
        StorageError: it cannot be written.
    """
    with beside(path) as part:
        part.write_text(text, encoding="utf-8")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing.

    Args:
        folder: the folder.

    Raises:
        StorageError: it cannot be made.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_tables(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables of the same columns one after another into a Parquet file; they are never in memory together.

    Args:
        tables: one at least.
        path: the file; an older one is replaced.

    Raises:
        StorageError: it cannot be written.
    """
    import pyarrow.parquet as pq

    make_folder(path.parent)
    following = iter(tables)
    first = next(following)
    with beside(path) as part, pq.ParquetWriter(part, first.schema, write_page_checksum=True) as writer:
        for table in chain([first], following):
            writer.write_table(table)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Args:
        path: the file.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
