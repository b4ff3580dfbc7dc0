"""A checksum at the end of a file, by which damage to it is found: XXH3 of 128 bits, as fast as memory is read."""

from __future__ import annotations

from pathlib import Path

import xxhash

from netwright.progress import Progress, silent

__all__ = ["SEAL_BYTES", "is_whole", "seal"]

_MARK = b"netwright seal 1"
SEAL_BYTES = 32  # the checksum and the mark
_PIECE_BYTES = 2**22


def seal(path: Path) -> None:
    """Write the checksum of a file's bytes behind them.

    Args:
        path: a file.

    Raises:
        OSError: it cannot be read or written.
    """
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(digest + _MARK)


def is_whole(path: Path, progress: Progress = silent, task: str = "") -> bool:
    """Say whether a file has the bytes that it had when it was sealed.

    Args:
        path: a file.
        progress: callback for progress updates.
        task: what is being done, in words.

    Returns:
        False where a byte differs or is missing, or where there is no seal.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size - SEAL_BYTES
    if size < 0:
        return False
    with path.open("rb") as file:
        file.seek(size)
        return file.read() == _digest(path, size, progress, task) + _MARK


def _digest(path: Path, size: int, progress: Progress = silent, task: str = "") -> bytes:
    """Return the checksum of the first bytes; the file is not mapped, whose pages would count as memory of ours."""
    digest, done = xxhash.xxh3_128(), 0
    view = memoryview(bytearray(min(_PIECE_BYTES, max(size, 1))))
    with path.open("rb", buffering=0) as file:
        while done < size and (count := file.readinto(view[: min(size - done, len(view))])):
            digest.update(view[:count])
            done += count
            if size > len(view):
                progress(task, done / 1e6, size / 1e6, "MB")
    return digest.digest()
