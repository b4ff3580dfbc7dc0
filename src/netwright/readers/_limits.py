"""Refuse files that would unpack to an implausible size, before anything is unpacked."""

from __future__ import annotations

import os
from pathlib import Path

from netwright.errors import DataError

__all__ = ["MAX_BYTES", "MAX_BYTES_VARIABLE", "MAX_CHUNK_BYTES", "MAX_RATIO", "refuse_bomb"]

MAX_BYTES = 64 * 2**30  # declared size of one file's contents
MAX_BYTES_VARIABLE = "NETWRIGHT_MAX_BYTES"  # environment variable that sets another limit than MAX_BYTES
MAX_RATIO = 1000  # declared size over stored size; deflate reaches 1032 only on constant bytes
MAX_RATIO_FROM = 2**30  # a high ratio is harmless below this declared size
MAX_CHUNK_BYTES = 256 * 2**20  # the smallest block that a format can unpack


def refuse_bomb(path: Path, declared: int, stored: int) -> None:
    """Refuse a file by the size that it declares for its contents.

    Args:
        path: the file.
        declared: size of the contents when unpacked, in bytes, as the file declares it.
        stored: size of the same contents in the file, in bytes.

    Raises:
        DataError: the declared size is over the limit, or too large for what is stored.

    Example:
        >>> refuse_bomb(Path("jets.npz"), declared=2**20, stored=2**18)
    """
    limit = _limit()
    if declared > limit:
        msg = (
            f"{path}: declares {declared / 2**30:.1f} GiB of contents, over the limit of "
            f"{limit / 2**30:.1f} GiB a file. Divide the file, or set the environment variable "
            f"{MAX_BYTES_VARIABLE} to a higher number of bytes if you trust it."
        )
        raise DataError(msg)
    if declared > MAX_RATIO_FROM and declared > MAX_RATIO * stored:
        msg = (
            f"{path}: declares {declared / 2**30:.1f} GiB of contents in {stored} stored bytes, more than "
            f"{MAX_RATIO} to 1: a decompression bomb or a damaged file. Write the file again without "
            f"empty columns."
        )
        raise DataError(msg)


def _limit() -> int:
    text = os.environ.get(MAX_BYTES_VARIABLE)
    if text is None:
        return MAX_BYTES
    if not text.isdecimal() or int(text) == 0:
        msg = f"{MAX_BYTES_VARIABLE} must be a positive whole number of bytes. Received: {text!r}."
        raise DataError(msg)
    return int(text)
