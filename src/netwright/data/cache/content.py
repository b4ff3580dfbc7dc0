"""The content of a file as a checksum, which copies share."""

from __future__ import annotations

from pathlib import Path

from netwright.data.cache.entries import _content
from netwright.data.cache.folder import cache_folder, writable
from netwright.progress import Progress, silent
from netwright.readers import Request

__all__ = ["content_of"]


def content_of(path: Path, *, progress: Progress = silent) -> str:
    """Return the SHA-256 of a file, cached until the file changes.

    Args:
        path: the file.
        progress: callback for progress updates.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: the file cannot be read, or the cache cannot be written.
    """
    folder = cache_folder()
    with writable(folder):
        return _content(Request(path, None, progress), folder)
