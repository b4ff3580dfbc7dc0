"""One memory-mapped Arrow file for each input file: made once, found again by the input's content.

An entry's name is the hash of the content, the reader with its version, and what is asked of it (key, dialect), so
that a copy or a renamed file shares the entry, and a changed file gets another. Entries may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import pyarrow as pa
from filelock import FileLock

from netwright.atomic_files import atomic_write, flush
from netwright.data.cache._seal import SEAL_BYTES, is_whole, seal
from netwright.errors import DataError
from netwright.readers import Reader, Request, convert_apart, damaged, left_out_of, metadata, remarks_of

__all__ = ["CACHE_VARIABLE", "cache_folder", "converted", "writable"]

CACHE_VARIABLE = "NETWRIGHT_CACHE"  # environment variable with the folder of the cache
_LAYOUT = 2  # of the cache; a new number makes every entry anew
_SETTLED_NS = 2_000_000_000  # a file changed less than this before its hash may change again unnoticed
_HASH_BYTES = 2**24
_SEEN_WHOLE: set[tuple[Path, tuple[int, ...]]] = set()  # entries with their states, whose checksum was right


def cache_folder(folder: Path | None = None) -> Path:
    """Return the folder of the cache: the argument, else the environment variable, else the user's own.

    Args:
        folder: a folder; None for the default.

    Returns:
        The folder, which need not exist.

    Example:
        >>> cache_folder(Path("here"))
        PosixPath('here')
    """
    if folder is not None:
        return folder
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("netwright"))


def converted(reader: Reader, request: Request, folder: Path) -> pa.Table:
    """Return a file's columns, memory-mapped from the cache; converted first where it is not there yet.

    Two processes may do this at once: one converts, the other waits and finds the entry. The lock is the
    operating system's, so it ends with its process. An entry whose bytes are not those that were written is made anew,
    and the table says so.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        folder: the folder of the cache.

    Returns:
        (rows, columns); the numbers stay in the file until they are used.

    Raises:
        DataError: the file cannot be read, has no rows or changes meanwhile, or the cache cannot be written.
    """
    with damaged(request.path, reader.name, (OSError,)):
        before = _state(request.path)
    with writable(folder):
        content = _content(request, folder)
        entry = folder / f"{_entry_name(reader, request, content)}.arrow"
        table = _opened(entry, request)
        if table is not None:
            return table
        with FileLock(entry.with_suffix(".lock")):
            table = _opened(entry, request)
            if table is None:
                was_there = entry.exists()
                _convert(reader, request, entry, before)
                table = _remarked(_opened(entry, request)) if was_there else _opened(entry, request)
    if table is None:
        msg = f"{entry}: was written to the cache but cannot be opened. Check the disk, or set {CACHE_VARIABLE}."
        raise DataError(msg)
    return table


def _entry_name(reader: Reader, request: Request, content: str) -> str:
    parts = [_LAYOUT, reader.name, reader.version, request.asked, content]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _opened(entry: Path, request: Request) -> pa.Table | None:
    """Return the table of an entry; None where there is none or where it is damaged.

    Its bytes are compared with its checksum when this process sees it for the first time.
    """
    try:
        state = (entry, tuple(_state(entry)))
        if state not in _SEEN_WHOLE:
            if not is_whole(entry, request.progress, f"Checking the cached rows of {request.path.name}"):
                return None
            _SEEN_WHOLE.add(state)
        with pa.memory_map(str(entry)) as source:
            return pa.ipc.open_file(source.read_buffer(source.size() - SEAL_BYTES)).read_all()
    except (OSError, pa.ArrowInvalid):
        return None


def _remarked(table: pa.Table | None) -> pa.Table | None:
    """Return a table that says that its entry was made anew."""
    if table is None:
        return None
    remark = "its rows in the cache were damaged, and were read from the file again."
    return table.replace_schema_metadata(metadata(left_out_of(table.schema), [*remarks_of(table.schema), remark]))


def _convert(reader: Reader, request: Request, entry: Path, before: list[int]) -> None:
    """Make an entry; who holds its lock does that alone."""
    for left in entry.parent.glob(f"{entry.stem}.*.part"):
        left.unlink()  # of a process that ended before it was done
    part = entry.with_suffix(f".{os.getpid()}.part")
    try:
        convert_apart(reader, request, part)
        if _state(request.path) != before:
            msg = f"{request.path}: changed while it was read. Wait until it is complete and read it again."
            raise DataError(msg)
        seal(part)
        flush(part)  # after a loss of power, an entry of zeros would look whole
        os.replace(part, entry)  # noqa: PTH105  Path.replace is the same; os.replace says "atomic"
        _SEEN_WHOLE.add((entry, tuple(_state(entry))))
    finally:
        part.unlink(missing_ok=True)


def _state(path: Path) -> list[int]:
    """Return what changes when a file changes: size, times of content and of entry, and the file's number."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _content(request: Request, folder: Path) -> str:
    """Return the hash of a file's content, remembered for as long as the file's state is the same."""
    path = request.path.resolve()
    memo = folder / "content" / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:40]}.json"
    state = _state(path)
    remembered = _remembered(memo)
    if remembered.get("state") == state:
        return str(remembered["content"])
    with damaged(request.path, "data", (OSError,)):
        content = _hash(request)
    if time.time_ns() - max(state[1], state[2]) > _SETTLED_NS:
        memo.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(memo) as part:
            part.write_text(json.dumps({"path": str(path), "state": state, "content": content}))
            seal(part)
    return content


def _remembered(memo: Path) -> dict[str, Any]:
    """Return what a memo says; nothing where there is none or where a byte of it is not as it was written."""
    try:
        found: dict[str, Any] = json.loads(memo.read_bytes()[:-SEAL_BYTES]) if is_whole(memo) else {}
    except OSError:
        return {}
    return found


def _hash(request: Request) -> str:
    """Return the SHA-256 of a file: 1.3 GB/s with the processor's own instructions, twice as fast as BLAKE2."""
    task, total = f"Checking {request.path.name}", request.path.stat().st_size
    digest, done = hashlib.sha256(), 0
    with request.path.open("rb") as file:
        while piece := file.read(_HASH_BYTES):
            digest.update(piece)
            done += len(piece)
            request.progress(task, done / 1e6, total / 1e6, "MB")
    return digest.hexdigest()


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write to the cache into a DataError that says how to put it elsewhere.

    Args:
        folder: of the cache; it is made if it is not there.

    Yields:
        Nothing.

    Raises:
        DataError: an `OSError` was raised inside.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        msg = (
            f"{folder}: the cache cannot be written ({error}). Free some space, or set the environment "
            f"variable {CACHE_VARIABLE} to another folder."
        )
        raise DataError(msg) from error
