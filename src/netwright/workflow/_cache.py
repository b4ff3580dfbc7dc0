"""Cache: list, verify and prune what reading has stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.data import CachedFile, cache_folder, cached_files, damaged_files, parse_size, prune, size_limit
from netwright.errors import DataError, did_you_mean
from netwright.progress import Progress, silent

__all__ = ["CacheContents", "cache"]

_ACTIONS = ("list", "verify", "prune")


@dataclass(frozen=True)
class CacheContents:
    """What the cache holds.

    Attributes:
        folder: of the cache.
        limit: the size that it may have, in bytes.
        files: converted files and downloads, the least recently used first.
        damaged: those of them whose bytes have changed, if they were verified.
        removed: the files that were removed.
    """

    folder: Path
    limit: int
    files: tuple[CachedFile, ...]
    damaged: tuple[CachedFile, ...] = ()
    removed: tuple[CachedFile, ...] = ()

    @property
    def size(self) -> int:
        """Size of the files in bytes."""
        return size_of(self.files)


def size_of(files: Sequence[CachedFile]) -> int:
    """Return the size of cached files.

    Args:
        files: the files.

    Returns:
        In bytes.
    """
    return sum(file.size for file in files)


def cache(
    action: str = "list",
    *,
    size: str | None = None,
    everything: bool = False,
    folder: str | Path | None = None,
    progress: Progress = silent,
) -> CacheContents:
    """List, verify or prune the cache of converted and downloaded files.

    Args:
        action: ``list``; ``verify``, which compares every file with its checksum; or ``prune``, which removes the least
            recently used files until the cache is within its size limit, but none that a running process uses.
        size: another limit for ``prune``, such as ``20GB``.
        everything: whether ``prune`` removes all files that are not used.
        folder: of the cache; that of `netwright.read` if not given.
        progress: callback for progress updates.

    Returns:
        What the cache holds now.

    Raises:
        DataError: the action is not known, size or everything do not fit it, or a file cannot be removed.

    Example:
        >>> import netwright as nw
        >>> nw.cache("prune", size="20GB").removed  # doctest: +SKIP
        ()
    """
    if action not in _ACTIONS:
        msg = f'action: there is no "{action}".{did_you_mean(action, _ACTIONS)}'
        raise DataError(msg)
    if (size is not None or everything) and action != "prune":
        msg = f"size and everything (--size, --all) belong to prune. Received: {action}."
        raise DataError(msg)
    if size is not None and everything:
        msg = f"size: give a size or everything (--all), not both. Received: {size}."
        raise DataError(msg)
    location = cache_folder(folder)
    limit = 0 if everything else None if size is None else parse_size(size, "size")
    removed = prune(location, limit) if action == "prune" else []
    files = cached_files(location)
    damaged = damaged_files(files, progress) if action == "verify" else []
    return CacheContents(location, size_limit(location, size_of(files)), tuple(files), tuple(damaged), tuple(removed))
