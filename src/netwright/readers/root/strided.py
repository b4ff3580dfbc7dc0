"""Contiguous objects of fixed size, such as TLorentzVector: their layout in baskets.

ROOT may write a header of 6 or 10 bytes before an object, which uproot 5.7 either does not expect (the numbers come
out shifted) or does not convert to native byte order. Both give wrong numbers without an error, so the layout is
determined from the sizes of the entries here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import uproot
from uproot.interpretation import Interpretation
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.objects import AsStridedObjects

__all__ = ["laid_out"]

Bytes = npt.NDArray[np.uint8]

_HEADERS = (0, 6, 10)  # bytes: none; size and version; size, version and checksum
_OF_A_VECTOR = 10  # bytes: size, version, number of elements
_HAS_SIZE = 0x40000000  # this bit marks a size in a header


def laid_out(branch: uproot.TBranch) -> Interpretation:
    """Return the interpretation of a branch, including the headers in its baskets.

    Args:
        branch: of any type.

    Returns:
        That of uproot; for objects of fixed size one for their members, which accounts for the headers.

    Raises:
        ValueError: the sizes of the entries do not match the objects that the file describes.
    """
    interpretation = branch.interpretation
    if isinstance(interpretation, AsStridedObjects):
        return _with_header(branch, interpretation)
    if isinstance(interpretation, AsJagged) and isinstance(interpretation.content, AsStridedObjects):
        _check_lists(branch, interpretation)
    return interpretation


def _with_header(branch: uproot.TBranch, interpretation: AsStridedObjects) -> Interpretation:
    layout: np.dtype[Any] = interpretation.from_dtype
    size = layout.itemsize
    for data, offsets in _baskets(branch):
        sizes = np.diff(offsets)
        size = int(sizes[0]) if len(sizes) else size
        header = size - layout.itemsize
        if (sizes != size).any() or header not in _HEADERS or (header and layout.names is None):
            msg = f"objects of {layout.itemsize} bytes in entries of {sizes.min()} to {sizes.max()}"
            raise ValueError(msg)
        if header and (_sizes_in(data, offsets[:-1]) != size - 4).any():
            msg = f"{header} bytes before an object are not a header"
            raise ValueError(msg)
    return interpretation if layout.names is None else uproot.AsDtype(_members(layout, size))


def _members(layout: np.dtype[Any], size: int) -> np.dtype[Any]:
    """Return the layout of entries of a given size that end with an object, without the object's own header."""
    names = [name for name in layout.names or () if "@" not in name]
    fields: Mapping[str, tuple[np.dtype[Any], int]] = layout.fields or {}  # type: ignore[assignment]
    header = size - layout.itemsize
    return np.dtype(
        {
            "names": names,
            "formats": [fields[name][0] for name in names],
            "offsets": [header + fields[name][1] for name in names],
            "itemsize": size,
        }
    )


def _check_lists(branch: uproot.TBranch, interpretation: AsJagged) -> None:
    """Refuse lists whose sizes do not match their number of objects."""
    size = interpretation.content.from_dtype.itemsize
    expected = None if interpretation.header_bytes else _counts(branch)
    start = 0
    for data, offsets in _baskets(branch):
        entries = len(offsets) - 1
        if interpretation.header_bytes == _OF_A_VECTOR:
            counts = _words(data, offsets[:-1] + _OF_A_VECTOR - 4)
        elif expected is not None:
            counts = expected[start : start + entries]
        else:
            msg = f"a header of {interpretation.header_bytes} bytes is not known"
            raise ValueError(msg)
        if not np.array_equal(np.diff(offsets) - interpretation.header_bytes, counts * size):
            msg = f"lists of objects of {size} bytes have other sizes"
            raise ValueError(msg)
        start += entries


def _counts(branch: uproot.TBranch) -> npt.NDArray[np.int64]:
    """Return the number of objects in each entry according to the parent branch: shape (entries,)."""
    counts = branch.parent.array(uproot.AsDtype(">i4"), library="np")
    return np.asarray(counts, dtype=np.int64)


def _baskets(branch: uproot.TBranch) -> Iterator[tuple[Bytes, npt.NDArray[np.int64]]]:
    """Yield the bytes of each basket, and the offsets of its entries, with the end of the last one."""
    for number in range(branch.num_baskets):
        basket = branch.basket(number)
        data = np.frombuffer(basket.data, dtype=np.uint8)
        offsets = basket.byte_offsets
        if offsets is None:
            offsets = np.arange(basket.num_entries + 1) * (len(data) // max(1, basket.num_entries))
        yield data, np.asarray(offsets, dtype=np.int64)


def _sizes_in(data: Bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the byte counts in the headers at some offsets; -1 where there is none."""
    words = _words(data, offsets)
    return np.where(words & _HAS_SIZE, words & ~_HAS_SIZE, -1)


def _words(data: Bytes, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the 4-byte integers at some offsets."""
    if len(offsets) and offsets.max() + 4 > len(data):
        msg = f"a basket of {len(data)} bytes ends within a header"
        raise ValueError(msg)
    four = data[offsets[:, None] + np.arange(4)]
    return np.asarray(np.ascontiguousarray(four).view(">u4").reshape(-1), dtype=np.int64)
