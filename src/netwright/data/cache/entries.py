"""One memory-mapped Arrow file per input file: written once, found again by the input's content.

An entry's name is a hash of the content, the reader with its version, and its settings (key, dialect), so that a
copy or a renamed file shares the entry, and a changed file gets another. Entries may be deleted at any time; the least
recently used are, where the cache would become larger than its limit.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from filelock import FileLock

from netwright.data.cache._checksum import CHECKSUM_BYTES, append_checksum, is_whole
from netwright.data.cache.content import digest_of_content, known_digest, state_of
from netwright.data.cache.contents import note_growth
from netwright.data.cache.folder import CACHE_VARIABLE, writable
from netwright.data.cache.usage import note_use, url_of, use
from netwright.errors import DataError
from netwright.readers import Reader, Request, convert_apart, damaged, left_out_of, metadata, remarks_of

__all__ = ["converted"]

_LAYOUT = 3  # version of the cache; a new number rebuilds every entry
_LARGE = 2**25  # bytes: hashing takes so long that it is done beside the conversion
_SEEN_WHOLE: set[tuple[Path, tuple[int, ...]]] = set()  # verified entries and their states


def converted(reader: Reader, request: Request, folder: Path) -> pa.Table:
    """Return a file's columns, memory-mapped from the cache; it is converted first if it is not there yet.

    If two processes do this at once, one converts, and the other waits and finds the entry. The lock belongs to the
    operating system, so it ends with its process. An entry whose bytes have changed is rebuilt, and the table's
    remarks report it.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        folder: the folder of the cache.

    Returns:
        (rows, columns); the numbers stay in the file until they are used.

    Raises:
        DataError: the file cannot be read or changes during reading, or the cache cannot be written.
    """
    with damaged(request.path, reader.name, (OSError,)):
        before = state_of(request.path)
    with writable(folder):
        if before[0] >= _LARGE and known_digest(request, folder) is None:
            entry, table = _converted_while_hashed(reader, request, folder, before)
        else:
            entry = folder / _entry_name(reader, request, digest_of_content(request, folder))
            table = _opened(entry, request) or _converted_alone(reader, request, entry, before)
    if table is None:
        msg = f"{entry}: was written to the cache but cannot be opened. Check the disk, or set {CACHE_VARIABLE}."
        raise DataError(msg)
    return table


def _converted_alone(reader: Reader, request: Request, entry: Path, before: list[int]) -> pa.Table | None:
    """Return the table of an entry that another process has written meanwhile, or write it."""
    with FileLock(entry.with_suffix(".lock")):
        table = _opened(entry, request)
        if table is None:
            was_there = entry.exists()
            with _partial_conversion(reader, request, entry, before) as partial:
                _finish(partial, entry)
            table = _remarked(_opened(entry, request)) if was_there else _opened(entry, request)
    return table


def _converted_while_hashed(
    reader: Reader, request: Request, folder: Path, before: list[int]
) -> tuple[Path, pa.Table | None]:
    """Convert a large file while its content is hashed, until that shows that the cache has it; return its entry."""
    source = folder / f"{_short_hash([str(request.path.resolve()), reader.name, request.settings])}.source"

    def entry() -> Path:
        return folder / _entry_name(reader, request, hashing.result())

    def progress(task: str, done: float, total: float, unit: str = "rows") -> None:
        if hashing.done() and entry().exists():
            raise _IsThereError
        request.progress(task, done, total, unit)

    with FileLock(source.with_suffix(".lock")), _hashed_apart(request, folder) as hashing:
        try:
            with _partial_conversion(reader, replace(request, progress=progress), source, before) as partial:
                if not entry().exists():
                    _finish(partial, entry())
        except _IsThereError:
            pass
        table = _opened(entry(), request)
        return entry(), table or _converted_alone(reader, request, entry(), before)


class _IsThereError(Exception):
    """The cache has the entry that is being made."""


@contextmanager
def _hashed_apart(request: Request, folder: Path) -> Iterator[Future[str]]:
    """Hash a file's content in a thread, which stops when the caller does."""
    stop = threading.Event()

    def go_on(task: str, done: float, total: float, unit: str = "rows") -> None:
        del task, done, total, unit
        if stop.is_set():
            raise _IsThereError

    with ThreadPoolExecutor(1) as thread:
        try:
            yield thread.submit(digest_of_content, replace(request, progress=go_on), folder)
        finally:
            stop.set()


def _entry_name(reader: Reader, request: Request, content: str) -> str:
    return f"{_short_hash([_LAYOUT, reader.name, reader.version, request.settings, content])}.arrow"


def _short_hash(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _opened(entry: Path, request: Request) -> pa.Table | None:
    """Return the table of an entry; None if there is none or it is damaged.

    Its bytes are compared with its checksum the first time that this process opens it.
    """
    use(entry, entry.parent)
    try:
        state = (entry, tuple(state_of(entry)))
        if state not in _SEEN_WHOLE:
            if not is_whole(entry, request.progress, f"Checking the cached rows of {request.path.name}"):
                return None
            _SEEN_WHOLE.add(state)
        with pa.memory_map(str(entry)) as source:
            table = pa.ipc.open_file(source.read_buffer(source.size() - CHECKSUM_BYTES)).read_all()
    except (OSError, pa.ArrowInvalid):
        return None
    note_use(entry, {"source": url_of(request.path) or str(request.path.absolute()), "key": request.key})
    return table


def _remarked(table: pa.Table | None) -> pa.Table | None:
    """Return a table with the remark that its entry was rebuilt."""
    if table is None:
        return None
    remark = "its cached rows were damaged and have been read from the file again."
    return table.replace_schema_metadata(metadata(left_out_of(table.schema), [*remarks_of(table.schema), remark]))


@contextmanager
def _partial_conversion(reader: Reader, request: Request, target: Path, before: list[int]) -> Iterator[Path]:
    """Convert a file to a temporary one next to its target; the holder of the target's lock does that alone."""
    for stale in target.parent.glob(f"{target.stem}.*.part"):
        stale.unlink()  # left by a process that was interrupted
    partial = target.with_suffix(f".{os.getpid()}.part")
    try:
        convert_apart(reader, request, partial)
        if state_of(request.path) != before:
            msg = f"{request.path}: changed during reading. Wait until it is complete and read it again."
            raise DataError(msg)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _finish(partial: Path, entry: Path) -> None:
    """Make an entry of a temporary file; after a power failure, its checksum shows whether all of it is on disk."""
    append_checksum(partial)
    use(entry, entry.parent)
    os.replace(partial, entry)  # noqa: PTH105  Path.replace is the same; os.replace says "atomic"
    _SEEN_WHOLE.add((entry, tuple(state_of(entry))))
    note_growth(entry.parent)
