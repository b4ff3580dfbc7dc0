"""Arrays of rows that devices take without a copy, in memory or, if they are larger, in a scratch file."""

from __future__ import annotations

import math
import mmap
import os
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from netwright.data.cache.folder import cache_folder, writable
from netwright.errors import DataError
from netwright.memory import MEMORY_VARIABLE

__all__ = ["ALIGNMENT", "allocate", "capacity", "is_mapped", "mapping_of", "scratch_file", "whole"]

Array = npt.NDArray[Any]

ALIGNMENT = 64  # bytes: on a CPU, JAX takes an array without a copy if its address is a multiple of this
_LARGE = 2**22  # bytes: some large pages of 2 MiB


class _Memory(mmap.mmap):
    """Zeroed memory that is returned to the system as soon as it is no longer used.

    The C library may keep memory freed by NumPy for the thread that allocated it: a training that streams would leave
    hundreds of MiB behind.
    """

    @classmethod
    def of_size(cls, size: int) -> _Memory:
        """Allocate the given number of bytes, in huge pages if available, which makes random access faster."""
        private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
        try:
            memory = cls(-1, size, **private)
        except OSError as error:
            msg = (
                f"{size / 2**20:,.0f} MiB of rows do not fit in memory ({error.strerror}). Set {MEMORY_VARIABLE} to "
                "the memory to use, such as 2GiB: inputs over half of it are stored in a file. Or use fewer rows."
            )
            raise DataError(msg) from error
        if hasattr(mmap, "MADV_HUGEPAGE") and size >= _LARGE:
            memory.madvise(mmap.MADV_HUGEPAGE)
        return memory


class _Room(np.ndarray[tuple[int], np.dtype[np.uint8]]):
    """Aligned bytes, the whole capacity of an array from `allocate`, found through the bases of its views.

    Its own base is not an array, because NumPy skips bases between arrays of the same type.
    """


def capacity(rows: int) -> int:
    """Round a number of rows up to one of 4 sizes per octave: 2ᵏ times 1, 1.25, 1.5 or 1.75.

    A program compiled for arrays of one size serves all numbers of rows up to it, and at most a quarter is unused.

    Args:
        rows: number of rows.

    Returns:
        The capacity in rows.

    Source: definition.

    Example:
        >>> [capacity(rows) for rows in (0, 3, 9, 1000, 100_000)]
        [0, 3, 10, 1024, 114688]
    """
    if rows <= 4:
        return rows
    step = 1 << ((rows - 1).bit_length() - 3)
    return -(-rows // step) * step


def allocate(rows: int, row_shape: tuple[int, ...], dtype: npt.DTypeLike, *, mapped: bool = False) -> Array:
    """Return an array of zeros whose memory has room for `capacity` rows and starts at a multiple of 64 bytes.

    Pages that are never written take no memory.

    Args:
        rows: number of rows.
        row_shape: shape of one row.
        dtype: of the numbers.
        mapped: whether to store it in an unnamed scratch file in the cache folder, which is deleted with the array.

    Returns:
        Shape (rows, *row_shape); `whole` gives the full capacity.

    Raises:
        DataError: the scratch file cannot be written, or there is not enough memory.

    Source: definition.

    Example:
        >>> values = allocate(9, (3,), np.float32)
        >>> values.shape, whole(values).shape, values.ctypes.data % ALIGNMENT
        ((9, 3), (10, 3), 0)
    """
    row_bytes = math.prod(row_shape) * np.dtype(dtype).itemsize
    size = capacity(rows) * row_bytes
    if not size:
        return np.zeros((rows, *row_shape), dtype)
    readable = size + ALIGNMENT  # code that XLA compiles without optimisation reads 16 bytes where it needs the last 4
    memory = _mapped(rows * row_bytes, readable) if mapped else _Memory.of_size(readable)
    room = _Room(size, np.uint8, buffer=memory)
    values: Array = np.asarray(room).view(dtype).reshape(capacity(rows), *row_shape)[:rows]
    return values


def whole(values: Array) -> Array:
    """Return the full capacity of an array from `allocate`, without a copy; other arrays are copied into a new one.

    Args:
        values: shape (rows, ...), or its first rows, in any unit.

    Returns:
        Shape (capacity, ...): the rows, followed by other rows that were cut off, or zeros.

    Source: definition.

    Example:
        >>> whole(np.ones((5, 2)))[:, 0].tolist(), whole(np.ones((9, 2)))[:, 0].tolist()
        ([1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    """
    room = next((base for base in _bases(values) if isinstance(base, _Room)), None)
    row_bytes = math.prod(values.shape[1:]) * values.dtype.itemsize
    if (
        room is not None
        and values.flags.c_contiguous
        and values.ctypes.data == room.ctypes.data
        and row_bytes
        and room.nbytes % row_bytes == 0
    ):
        full: Array = np.asarray(room).view(values.dtype).reshape(-1, *values.shape[1:])
        return full
    copy = allocate(len(values), values.shape[1:], values.dtype)
    copy[...] = values
    return whole(copy) if copy.size else copy


def is_mapped(values: Array) -> bool:
    """Return whether an array is stored in a file.

    Args:
        values: of any shape, in any unit.

    Returns:
        True if its memory is a mapped file, which the kernel reads and writes as needed.

    Source: definition.

    Example:
        >>> is_mapped(np.zeros(3))
        False
    """
    return mapping_of(values) is not None


def mapping_of(values: Array) -> mmap.mmap | None:
    """Return the mapped file that contains an array.

    Args:
        values: of any shape, in any unit.

    Returns:
        The mapped file; None for an array in ordinary memory.

    Source: definition.

    Example:
        >>> mapping_of(np.zeros(3)) is None
        True
    """
    maps = (base for base in _bases(values) if isinstance(base, mmap.mmap) and not isinstance(base, _Memory))
    return next(maps, None)


def scratch_file(folder: Path) -> IO[bytes]:
    """Open an unnamed file, so that nothing is left behind, even after a crash.

    Args:
        folder: where it is stored.

    Returns:
        The open file.
    """
    return tempfile.TemporaryFile(dir=folder)


def _mapped(used: int, size: int) -> mmap.mmap:
    """Map a scratch file; its space is reserved at once, because a disk that fills up later would crash the process."""
    folder = cache_folder()
    with writable(folder), scratch_file(folder) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, used)
        file.truncate(size)
        return mmap.mmap(file.fileno(), size)


def _bases(values: object) -> list[object]:
    """Yield an array and the objects that own its memory, in order."""
    bases = [values]
    while isinstance(bases[-1], np.ndarray):
        bases.append(bases[-1].base)
    return bases
