"""The numbers in the baskets of a branch; baskets in zlib are unpacked by libdeflate, which is faster than zlib.

Source: ROOT's TKey (sizes big-endian at the beginning of a basket) and RZip (a header of nine bytes before each
compressed block: two letters for the algorithm, its version, and the sizes packed and unpacked, little-endian).
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

import deflate
import numpy as np
import numpy.typing as npt
import uproot

__all__ = ["read_baskets"]

_KEY = struct.Struct(">i2xi4xh")  # bytes of the basket, of its contents, and of the key before them
_BLOCK_HEADER = 9  # bytes
_ZLIB = b"ZL"


def read_baskets(branch: uproot.TBranch, start: int, stop: int) -> npt.NDArray[Any]:
    """Return some entries of a branch of numbers.

    Args:
        branch: its interpretation is ``AsDtype``, without names.
        start: the first entry.
        stop: the entry after the last.

    Returns:
        (stop - start, *shape), in native byte order.

    Raises:
        ValueError: a basket does not hold what the file declares.
        deflate.DeflateError: a block is not in zlib.
    """
    stored, offsets = branch.interpretation.from_dtype, branch.entry_offsets
    values = np.empty(stop - start, branch.interpretation.numpy_dtype)
    with Path(branch.file.file_path).open("rb", buffering=0) as file:  # mapped, its pages would count as memory
        for number in range(bisect_right(offsets, start) - 1, bisect_left(offsets, stop)):
            begin, end = offsets[number : number + 2]
            first, last = max(start, begin), min(stop, end)
            if first < last:
                contents = _contents(file, branch, number, (end - begin) * stored.itemsize)
                numbers = np.frombuffer(contents, stored.base).reshape(end - begin, *stored.shape)
                values[first - start : last - start] = numbers[first - begin : last - begin]
    return values


def _contents(file: FileIO, branch: uproot.TBranch, number: int, size: int) -> Any:  # noqa: ANN401  a buffer
    """Return the `size` bytes that a basket holds."""
    unpacked = _inflated(file, branch, number, size)
    contents = branch.basket(number).data if unpacked is None else unpacked
    if len(contents) != size:
        msg = f"basket {number} holds {len(contents)} bytes instead of {size}"
        raise ValueError(msg)
    return contents


def _inflated(file: FileIO, branch: uproot.TBranch, number: int, size: int) -> bytes | bytearray | None:
    """Return the contents of a basket in zlib; None where they are packed otherwise, or more than `size` bytes."""
    if number >= int(branch.member("fWriteBasket")):
        return None  # embedded in the description of the tree
    seek, packed = int(branch.member("fBasketSeek")[number]), int(branch.member("fBasketBytes")[number])
    file.seek(seek)
    data = memoryview(file.read(packed))
    _, declared, key = _KEY.unpack_from(data)
    if declared != size or not 0 < key < packed or data[key : key + 2] != _ZLIB:
        return None
    blocks = list(_blocks(data[key:]))
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def _blocks(data: memoryview) -> Iterator[bytearray]:
    """Yield the compressed blocks of a basket, unpacked."""
    while len(data):
        packed, unpacked = (int.from_bytes(data[place : place + 3], "little") for place in (3, 6))
        if data[:2] != _ZLIB or packed > len(data) - _BLOCK_HEADER:
            msg = f"a block of {packed} bytes in {len(data)} that are left"
            raise ValueError(msg)
        yield deflate.zlib_decompress(data[_BLOCK_HEADER : _BLOCK_HEADER + packed], unpacked)
        data = data[_BLOCK_HEADER + packed :]
