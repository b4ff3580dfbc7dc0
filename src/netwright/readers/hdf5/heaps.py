"""Heaps in which HDF5 stores variable-length strings and lists: sizes are checked before the library walks them.

The library steps from one object of a heap to the next by the sizes that the heap declares, and never returns from a
free space of size 0.

Source: HDF5 File Format Specification 3.0, III.E, "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from netwright.errors import DataError

__all__ = ["check_heaps"]

_BEGIN = b"GCOL\x01\x00\x00\x00"  # signature and version of a heap
_HEAD = 16  # bytes, size of the header of a heap and of each object in it
_SIZE_OF_LENGTHS = 8  # bytes, in every file but the oldest

Positions = npt.NDArray[np.int64]


def check_heaps(path: Path, file: h5py.File) -> None:
    """Refuse a file with a heap whose declared sizes do not lead from object to object to its end.

    Args:
        path: the file, for messages.
        file: the file, open.

    Raises:
        DataError: a heap is damaged.
        OSError: the file cannot be read.
    """
    if file.id.get_create_plist().get_sizes()[1] != _SIZE_OF_LENGTHS:
        return
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begins = np.fromiter(_heaps(data), np.int64)
        numbers = np.frombuffer(data, np.uint8)
        wrong = _first_wrong(numbers, begins)
        del numbers  # otherwise the map could not be closed
    if wrong is not None:
        msg = (
            f"{path}: the heap of texts and lists at byte {wrong} declares sizes that do not fit: the file is damaged. "
            f"Copy it or write it again."
        )
        raise DataError(msg)


def _heaps(data: mmap.mmap) -> Iterator[int]:
    """Yield the positions of heaps."""
    position = data.find(_BEGIN)
    while position >= 0:
        yield position
        position = data.find(_BEGIN, position + len(_BEGIN))


def _first_wrong(data: npt.NDArray[np.uint8], begins: Positions) -> int | None:
    """Walk all heaps at once, object by object; return the position of one that declares a wrong size."""
    begins = begins[begins + 2 * _HEAD <= len(data)]
    stops = begins + _numbers(data, begins + 8, 8)
    wrong = (stops < begins + _HEAD) | (stops > len(data))
    if np.any(wrong):
        return int(begins[wrong][0])
    positions = begins + _HEAD
    while len(positions):
        open_heaps = positions + _HEAD <= stops  # a rest at the end without a header is free space
        begins, stops, positions = begins[open_heaps], stops[open_heaps], positions[open_heaps]
        sizes = _numbers(data, positions + 8, 8)
        is_free = _numbers(data, positions, 2) == 0  # its size includes its header
        steps = np.where(is_free, sizes, _HEAD + (sizes + 7) // 8 * 8)
        wrong = (steps < _HEAD) | (steps > stops - positions)
        if np.any(wrong):
            return int(begins[wrong][0])
        positions = positions + steps
    return None


def _numbers(data: npt.NDArray[np.uint8], positions: Positions, width: int) -> Positions:
    """Return the integers of the given width at the given positions, at most 2⁶²."""
    numbers = np.zeros(len(positions), np.uint64)
    for byte in range(width):
        numbers |= data[positions + byte].astype(np.uint64) << np.uint64(8 * byte)
    return np.minimum(numbers, np.uint64(2**62)).astype(np.int64)
