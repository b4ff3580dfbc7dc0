"""What the cache holds: listed, verified, and removed by the time of its last use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from netwright.data.cache._checksum import digest_of, is_whole
from netwright.data.cache.folder import writable
from netwright.data.cache.size_limit import size_limit
from netwright.data.cache.usage import note_of, remove, settled_usage, used_now
from netwright.progress import Progress, silent

__all__ = ["CachedFile", "cached_files", "damaged_files", "note_growth", "prune", "prune_grown"]

_PATTERNS = {"rows": "*.arrow", "download": "downloads/*/*"}
_OTHERS = {".json", ".part"}  # beside downloads
_GROWN: set[Path] = set()  # folders that this process has written to since it pruned them


@dataclass(frozen=True)
class CachedFile:
    """A file in the cache.

    Attributes:
        path: where it is.
        kind: ``rows`` (converted), or ``download``.
        source: the path or URL that it was first made from; empty if that is not known.
        key: the table in that file, if one was named.
        size: in bytes.
        last_used: time in seconds since 1970.
        in_use: whether a running process uses it.
    """

    path: Path
    kind: str
    source: str
    key: str
    size: int
    last_used: float
    in_use: bool


def cached_files(folder: Path) -> list[CachedFile]:
    """Return what the cache holds.

    Args:
        folder: of the cache, which need not exist.

    Returns:
        The files, the least recently used first.
    """
    used = used_now(folder) if folder.is_dir() else set()
    files = []
    for kind, pattern in _PATTERNS.items():
        for path in folder.glob(pattern):
            if path.suffix in _OTHERS:
                continue
            with contextlib.suppress(FileNotFoundError):  # removed by another process
                note, last = note_of(path)
                where = (str(note.get("source", "")), str(note.get("key") or ""))
                in_use = str(path.relative_to(folder)) in used
                files.append(CachedFile(path, kind, *where, path.stat().st_size, last, in_use))
    return sorted(files, key=lambda file: (file.last_used, file.path))


def damaged_files(files: Sequence[CachedFile], progress: Progress = silent) -> list[CachedFile]:
    """Compare cached files with their checksums.

    Args:
        files: from `cached_files`.
        progress: callback for progress updates.

    Returns:
        Those whose bytes have changed.
    """
    damaged, total, done = [], sum(file.size for file in files) / 1e6, 0.0
    for file in files:
        with contextlib.suppress(FileNotFoundError):  # removed by another process
            if not _is_undamaged(file):
                damaged.append(file)
        done += file.size / 1e6
        progress("Verifying the cache", done, total, "MB")
    return damaged


def _is_undamaged(file: CachedFile) -> bool:
    if file.kind == "rows":
        return is_whole(file.path)
    return note_of(file.path)[0].get("digest") == digest_of(file.path)


def note_growth(folder: Path) -> None:
    """Note that a file was added, for `prune_grown`.

    Args:
        folder: of the cache.
    """
    _GROWN.add(folder)


def prune_grown(folder: Path) -> None:
    """Prune the cache if this process has added to it: once for many files, because all are listed for that.

    Args:
        folder: of the cache.

    Raises:
        DataError: the environment variable for the limit is not a size, or a file cannot be removed.
    """
    if folder in _GROWN:
        _GROWN.discard(folder)
        prune(folder)


def prune(folder: Path, limit: int | None = None) -> list[CachedFile]:
    """Remove the least recently used files until the cache is within its size limit, but none that is used.

    Several processes may do this at once, and read at the same time.

    Args:
        folder: of the cache, which need not exist.
        limit: in bytes; `size_limit` if not given.

    Returns:
        The files that were removed.

    Raises:
        DataError: the environment variable for the limit is not a size, or a file cannot be removed.
    """
    if not folder.is_dir():
        return []
    removed = []
    with writable(folder):
        _remove_partial_files(folder)
        files = cached_files(folder)
        size = sum(file.size for file in files)
        limit = size_limit(folder, size) if limit is None else limit
        for file in files:
            if size <= limit:
                break
            if _removed(file, folder):
                removed.append(file)
                size -= file.size
    return removed


def _removed(file: CachedFile, folder: Path) -> bool:
    """Remove a file unless a process uses it or has used it since it was listed."""
    with settled_usage(folder):
        if str(file.path.relative_to(folder)) in used_now(folder) or not file.path.exists():
            return False
        if note_of(file.path)[1] > file.last_used:
            return False
        remove(file.path)
    if file.kind == "download":
        with contextlib.suppress(OSError):  # another process writes into it
            file.path.parent.rmdir()
    return True


def _remove_partial_files(folder: Path) -> None:
    """Remove what interrupted processes left; the holder of a lock is still writing."""
    for partial, lock in _partial_files(folder):
        with contextlib.suppress(Timeout), FileLock(lock, blocking=False):
            partial.unlink(missing_ok=True)


def _partial_files(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield unfinished files, with the lock of the process that writes them."""
    for partial in folder.glob("*.part"):
        yield partial, folder / f"{partial.name.split('.')[0]}.lock"
    for partial in folder.glob("downloads/*/*.part"):
        yield partial, folder / "downloads" / f"{partial.parent.name}.lock"
