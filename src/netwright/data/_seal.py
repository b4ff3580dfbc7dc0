"""A checksum at the end of a file, by which damage to it is found: XXH3 of 128 bits, as fast as memory is read."""

from __future__ import annotations

from pathlib import Path

import xxhash

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


def is_whole(path: Path) -> bool:
    """Say whether a file has the bytes that it had when it was sealed.

    Args:
        path: a file.

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
        return file.read() == _digest(path, size) + _MARK


def _digest(path: Path, size: int) -> bytes:
    """Return the checksum of the first bytes; the file is not mapped, whose pages would count as memory of ours."""
    digest, piece = xxhash.xxh3_128(), bytearray(min(_PIECE_BYTES, max(size, 1)))
    view = memoryview(piece)
    with path.open("rb", buffering=0) as file:
        while size > 0 and (count := file.readinto(view[: min(size, len(view))])):
            digest.update(view[:count])
            size -= count
    return digest.digest()
