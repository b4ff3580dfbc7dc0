"""Which cached files running processes use, so that none of them is removed, and when each was last used.

A process holds its own lock, and lists the files that it uses in a text file next to it. The lock belongs to the
operating system, so it ends with its process, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from netwright.atomic_files import atomic_write
from netwright.strict_json import read_json_or_none

__all__ = ["DOWNLOADS", "note_of", "note_use", "remove", "settled_usage", "url_of", "use", "used_now"]

DOWNLOADS = "downloads"  # folder of the cache
_NOTE = ".json"  # beside a cached file: where it is from; its modification time is the last use


class _Holder:
    """What this process uses of one cache folder."""

    def __init__(self, folder: Path) -> None:
        users = folder / "users"
        users.mkdir(parents=True, exist_ok=True)
        name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self.lock = FileLock(users / f"{name}.lock", thread_local=False)
        self.lock.acquire()
        self.file = users / f"{name}.txt"
        self.names: set[str] = set()

    def add(self, name: str) -> None:
        if name not in self.names:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
            self.names.add(name)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
            Path(self.lock.lock_file).unlink(missing_ok=True)
            self.lock.release()


_HOLDERS: dict[Path, _Holder] = {}
_GUARD = threading.Lock()


@atexit.register
def _end() -> None:
    for holder in _HOLDERS.values():
        holder.end()


def _forget() -> None:
    """Leave what the parent process uses to it, in a fork of it."""
    global _GUARD  # noqa: PLW0603  # another thread may have held it at the fork
    _GUARD = threading.Lock()
    _HOLDERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def use(file: Path, folder: Path) -> None:
    """Note that this process uses a cached file from now on.

    A cache that may only be read is used without a note.

    Args:
        file: in the cache; it need not exist yet.
        folder: of the cache.
    """
    folder = folder.absolute()
    with contextlib.suppress(OSError), settled_usage(folder), _GUARD:
        holder = _HOLDERS.get(folder)
        if holder is None or not holder.file.parent.is_dir():
            holder = _HOLDERS[folder] = _Holder(folder)
        holder.add(str(file.absolute().relative_to(folder)))


def note_use(file: Path, source: dict[str, Any]) -> None:
    """Note when a cached file was used, and where it is from if that is not noted yet.

    Args:
        file: in the cache.
        source: for `note_of`.
    """
    note = file.with_name(file.name + _NOTE)
    with contextlib.suppress(OSError):  # a cache that may only be read
        if note.exists():
            os.utime(note)
        else:
            with atomic_write(note, flushed=False) as partial:  # a note that is lost changes nothing
                partial.write_text(json.dumps(source), encoding="utf-8")


def note_of(file: Path) -> tuple[dict[str, Any], float]:
    """Return where a cached file is from, and when it was last used.

    Args:
        file: in the cache.

    Returns:
        What `note_use` was given, empty if that is not known; and a time in seconds since 1970.

    Raises:
        OSError: the file does not exist any more.
    """
    note = file.with_name(file.name + _NOTE)
    content = read_json_or_none(note)
    try:
        return (content if isinstance(content, dict) else {}), note.stat().st_mtime
    except OSError:
        return {}, file.stat().st_mtime


def url_of(path: Path) -> str | None:
    """Return the URL that a file in the cache was downloaded from, as messages show it.

    Args:
        path: a file.

    Returns:
        The URL; None for any other file.
    """
    if path.parent.parent.name != DOWNLOADS:
        return None
    source = note_of(path)[0].get("source")
    return None if source is None else str(source)


def remove(file: Path) -> None:
    """Remove a cached file with its note.

    Args:
        file: in the cache, which is not used.

    Raises:
        OSError: it cannot be removed.
    """
    file.unlink(missing_ok=True)
    file.with_name(file.name + _NOTE).unlink(missing_ok=True)


@contextmanager
def settled_usage(folder: Path) -> Iterator[None]:
    """Let no process begin to use a file meanwhile.

    Args:
        folder: of the cache.

    Yields:
        Nothing.
    """
    with FileLock(folder / "usage.lock"):
        yield


def used_now(folder: Path) -> set[str]:
    """Return the cached files that running processes use, and clear what ended processes left.

    Args:
        folder: of the cache.

    Returns:
        Paths relative to the folder.
    """
    used: set[str] = set()
    for file in (folder / "users").glob("*.txt"):
        try:
            with FileLock(file.with_suffix(".lock"), blocking=False):
                file.unlink(missing_ok=True)
                file.with_suffix(".lock").unlink(missing_ok=True)
        except Timeout:
            with contextlib.suppress(FileNotFoundError):
                used |= set(file.read_text(encoding="utf-8").splitlines())
    return used
