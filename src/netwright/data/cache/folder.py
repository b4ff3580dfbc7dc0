"""The folder of the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from netwright.errors import DataError

__all__ = ["CACHE_VARIABLE", "cache_folder", "writable"]

CACHE_VARIABLE = "NETWRIGHT_CACHE"  # environment variable for the cache folder


def cache_folder(folder: str | Path | None = None) -> Path:
    """Return the cache folder: the argument, else the environment variable, else the user's cache folder.

    Args:
        folder: a folder; None for the default.

    Returns:
        The folder, which need not exist.

    Example:
        >>> cache_folder(Path("here"))
        PosixPath('here')
    """
    if folder is not None:
        return Path(folder)
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("netwright"))


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write to the cache into a DataError that says how to move the cache.

    Args:
        folder: the cache folder; it is created if it does not exist.

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
            f"{folder}: the cache cannot be written ({error.strerror or error}). Free some space there, check "
            f"the permissions, or set the environment variable {CACHE_VARIABLE} to another folder."
        )
        raise DataError(msg) from error
