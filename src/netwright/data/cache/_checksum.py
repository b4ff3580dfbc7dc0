"""A checksum at the end of a file that reveals damage: 128-bit XXH3, as fast as reading memory."""

from __future__ import annotations

from pathlib import Path

import xxhash

from netwright.progress import Progress, silent

__all__ = ["CHECKSUM_BYTES", "append_checksum", "digest_of", "is_whole"]

_MARK = b"netwright seal 1"  # in caches that exist
CHECKSUM_BYTES = 32  # with the magic bytes
_BLOCK_BYTES = 2**18  # which the processor's cache holds


def append_checksum(path: Path) -> None:
    """Append the checksum of a file's bytes to it.

    Args:
        path: a file.

    Raises:
        OSError: it cannot be read or written.
    """
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(digest + _MARK)


def is_whole(path: Path, progress: Progress = silent, task: str = "") -> bool:
    """Return whether a file has the bytes that it had when its checksum was appended.

    Args:
        path: a file.
        progress: callback for progress updates.
        task: name of the task for progress updates.

    Returns:
        False if a byte differs or is missing, or if there is no checksum.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size - CHECKSUM_BYTES
    if size < 0:
        return False
    with path.open("rb") as file:
        file.seek(size)
        return file.read() == _digest(path, size, progress, task) + _MARK


def digest_of(path: Path) -> str:
    """Return the checksum of all bytes of a file without one at its end.

    Args:
        path: a file.

    Returns:
        32 hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    return _digest(path, path.stat().st_size).hex()


def _digest(path: Path, size: int, progress: Progress = silent, task: str = "") -> bytes:
    """Return the checksum of the first bytes, without mapping the file, whose pages would count as our memory."""
    digest, position = xxhash.xxh3_128(), 0
    view = memoryview(bytearray(min(_BLOCK_BYTES, max(size, 1))))
    with path.open("rb", buffering=0) as file:
        while position < size and (count := file.readinto(view[: min(size - position, len(view))])):
            digest.update(view[:count])
            position += count
            if size > len(view):
                progress(task, position / 1e6, size / 1e6, "MB")
    return digest.digest()
