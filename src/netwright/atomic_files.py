"""Atomic writes: a file is complete or not there. It is written next to its target, flushed to disk and moved."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.errors import StorageError
from netwright.processes import has_ended, process_tag

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "atomic_write",
    "flush",
    "make_folder",
    "remove_left_behind",
    "remove_partial_files",
    "sha256_of",
    "storage_errors",
    "write_tables",
    "write_text",
]

_PART = ".part-"
_MAX_NAME = 50  # characters of the file's name in that of its part: file systems allow 255 bytes
_DISK_SAYS = re.compile(r"No space left(?: on device)?|Disk quota exceeded|File too large|Read-only file system")
_ARROW_SAYS = re.compile(r"Detail: \[errno \d+\] ([^\n]+)")
_WRITTEN_IN_PART = re.compile(r"\d+ requested and \d+ written")  # of NumPy, where the disk is full
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP}


@contextmanager
def atomic_write(path: Path, *, flushed: bool = True) -> Iterator[Path]:
    """Yield a temporary path next to a file; once it is written and on disk, it replaces the file.

    If writing fails, the file is unchanged and nothing is left next to it; what a process left there that was killed
    is removed by the next one. A symbolic link stays a link.

    Args:
        path: the file; an existing one is replaced.
        flushed: whether to wait for the disk; after a power failure, a file that was not flushed may be empty.

    Yields:
        The path to write to, with the same suffix.

    Raises:
        StorageError: the disk is full, the location is not writable, or `path` is a folder or a device.
    """
    target = Path(os.path.realpath(path))
    partial = _partial_path(target)
    with storage_errors(target):
        _check_replaceable(target)
        remove_left_behind(target.parent, _PART)
        try:
            yield partial
            if flushed:
                flush(partial)
            partial.replace(target)
            if flushed:
                flush(target.parent)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Raise errors of writing with the name of the file: systems and libraries often say only "no space left".

    Args:
        path: the file that is written.

    Yields:
        Nothing.

    Raises:
        StorageError: an `OSError` was raised inside, or a library reported that the disk is full.
    """
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.filename is not None and Path(error.filename).name not in {path.name, _partial_path(path).name}:
            raise  # about another file, such as one that is being read
        raise StorageError(path, _reason(error), error.errno) from error
    except RuntimeError as error:  # of HDF5 and of Arrow
        match = _DISK_SAYS.search(str(error))
        if match is None:
            raise
        raise StorageError(path, match[0]) from error


def _reason(error: OSError) -> str:
    """Return why a file cannot be written, without the numbers of libraries, over several lines in HDF5."""
    match = _DISK_SAYS.search(str(error))
    if match is not None:
        return match[0]
    match = _ARROW_SAYS.search(str(error))  # after the name of a part, which says nothing to the user
    if match is not None:
        return match[1]
    if _WRITTEN_IN_PART.fullmatch(str(error)):
        return "the disk took only a part of it"
    return error.strerror or str(error)


def _partial_path(target: Path) -> Path:
    return target.with_name(f"{_PART}{process_tag()}-{threading.get_native_id()}-{target.name[-_MAX_NAME:]}")


def _check_replaceable(target: Path) -> None:
    """Refuse to replace anything but a file: moving a file over a device would remove the device."""
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        raise StorageError(target, "it is a folder or a device, not a file", errno.EEXIST)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically.

    Args:
        path: the file; an existing one is replaced.
        text: its content.

    Raises:
        StorageError: it cannot be written.
    """
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")


def make_folder(folder: Path) -> None:
    """Create a folder and its parents where they are missing.

    Args:
        folder: the folder.

    Raises:
        StorageError: it cannot be created.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_tables(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables with the same columns to one Parquet file, one after another, never holding all of them in memory.

    Args:
        tables: at least one.
        path: the file; an existing one is replaced.

    Raises:
        StorageError: it cannot be written.
    """
    import pyarrow.parquet as pq

    make_folder(path.parent)
    following = iter(tables)
    first = next(following)
    with atomic_write(path) as partial, pq.ParquetWriter(partial, first.schema, write_page_checksum=True) as writer:
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


def remove_left_behind(folder: Path, prefix: str) -> None:
    """Remove temporary files and folders whose processes ended before they were done; what cannot be removed stays.

    Args:
        folder: where they lie; other processes may be writing to it.
        prefix: what their names begin with, before the `netwright.processes.process_tag`.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and has_ended(entry.name.removeprefix(prefix)):
                _remove(Path(entry.path))


def remove_partial_files(folder: Path) -> None:
    """Remove the partial files of a folder that killed processes left behind while they used `atomic_write`.

    Args:
        folder: a folder that no process is writing to.
    """
    for partial in folder.glob(f"{_PART}*"):
        _remove(partial)


def _remove(path: Path) -> None:
    """Remove a file or a folder, also where another process is removing it."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until a file, or the directory entries of a folder, are on disk.

    Args:
        path: a file or a folder.

    Raises:
        OSError: the disk reports an error.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if not (path.is_dir() and error.errno in _CANNOT_FLUSH):  # some network file systems cannot flush folders
            raise
    finally:
        os.close(number)
