"""Ask the system to read rows of a mapped file before they are used."""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.data import mapping_of

__all__ = ["read_ahead"]

_GAP = 2**17  # bytes between rows that are read as well: one longer read is faster than two


def read_ahead(values: npt.NDArray[Any], rows: npt.NDArray[np.int32]) -> None:
    """Let the disk begin to read rows of an array that lies in a file; other arrays are left alone.

    The system then reads many places at once, at the speed of the disk. Without this it reads a page when it is first
    used, and waits for it: a quarter of that speed or less.

    Args:
        values: shape (n, ...), contiguous, in any unit.
        rows: row numbers, shape (m,), increasing.
    """
    mapping = mapping_of(values)
    if mapping is None or not len(rows) or not hasattr(mmap, "MADV_WILLNEED"):
        return
    row_bytes = math.prod(values.shape[1:]) * values.dtype.itemsize
    offset = values.ctypes.data - np.frombuffer(mapping, np.uint8).ctypes.data
    cuts = np.flatnonzero(np.diff(rows) > 1 + _GAP // max(row_bytes, 1))
    firsts = np.append(rows[0], rows[cuts + 1]).astype(np.int64)
    lasts = np.append(rows[cuts], rows[-1]).astype(np.int64)
    starts = (offset + firsts * row_bytes) // mmap.PAGESIZE * mmap.PAGESIZE
    stops = np.minimum(offset + (lasts + 1) * row_bytes, len(mapping))
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        mapping.madvise(mmap.MADV_WILLNEED, start, stop - start)
