"""How large the cache may become."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from netwright.errors import DataError

__all__ = ["SIZE_VARIABLE", "parse_size", "size_limit"]

SIZE_VARIABLE = "NETWRIGHT_CACHE_SIZE"  # environment variable for the size limit, such as 20GB
_SHARE = 0.2  # of the space that would be free without the cache
_UNITS = {"": 1} | {
    f"{prefix}{unit}": base**power
    for power, prefix in enumerate("KMGT", start=1)
    for unit, base in (("B", 1000), ("IB", 1024))
}


def size_limit(folder: Path, used: int) -> int:
    """Return the size that the cache may have; ``NETWRIGHT_CACHE_SIZE=20GB`` overrides it.

    Args:
        folder: of the cache, which need not exist.
        used: its size, in bytes.

    Returns:
        A number of bytes: by default 20% of the space on its disk that would be free without it.

    Raises:
        DataError: the environment variable is not a size.
    """
    text = os.environ.get(SIZE_VARIABLE)
    if text:
        return parse_size(text, SIZE_VARIABLE)
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return int(_SHARE * (shutil.disk_usage(existing).free + used))


def parse_size(text: str, name: str) -> int:
    """Return the number of bytes of a size.

    Args:
        text: such as ``20GB`` or ``500 MiB``.
        name: of the argument, for messages.

    Returns:
        The number of bytes.

    Raises:
        DataError: the text is not a size.

    Example:
        >>> parse_size("20GB", "size"), parse_size("1.5 KiB", "size")
        (20000000000, 1536)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(|[KMGT]I?B)\s*", text.upper())
    if match is None:
        msg = f"{name}: must be a size such as 20GB or 500MiB. Received: {text!r}."
        raise DataError(msg)
    return int(float(match[1]) * _UNITS[match[2]])
