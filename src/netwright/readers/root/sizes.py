"""Sizes declared by a tree or ntuple, checked before uproot allocates memory for them.

Sources: ROOT's TBasket and TKey (a key's size, version, and the size of its contents, big-endian, at its beginning);
RNTuple Binary Format Specification 1.0 (page lists end with an XXH3 checksum, and so may pages).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import uproot
import xxhash

from netwright.errors import DataError
from netwright.readers._limits import MAX_CHUNK_BYTES, refuse_bomb
from netwright.readers.root.parts import Tree

__all__ = ["check_sizes"]

Bytes = npt.NDArray[np.uint8]

_CHECKSUM = 8  # bytes
_CONTENTS = 6  # offset in a key of the size of its contents, four bytes


def check_sizes(path: Path, tree: Tree) -> None:
    """Refuse a tree whose baskets or pages lie outside the file, declare too much, or do not match their checksum.

    Args:
        path: the file.
        tree: the tree to read.

    Raises:
        DataError: the file is damaged, or declares more than the limit.
    """
    data = np.memmap(path, np.uint8, "r")
    if isinstance(tree, uproot.TTree):
        refuse_bomb(path, int(tree.uncompressed_bytes), len(data))
        _check_baskets(path, data, tree)
    else:
        _check_page_lists(path, tree)
        _check_pages(path, data, tree)


def _check_baskets(path: Path, data: Bytes, tree: uproot.TTree) -> None:
    declared = 0
    for name, branch in tree.iteritems(recursive=True):
        count = int(branch.member("fWriteBasket"))
        begins = np.asarray(branch.member("fBasketSeek")[:count], np.int64)
        sizes = np.asarray(branch.member("fBasketBytes")[:count], np.int64)
        begins, sizes = begins[begins > 0], sizes[begins > 0]
        wrong = (begins > len(data)) | (sizes < _CONTENTS + 4) | (begins + sizes > len(data))
        if np.any(wrong):
            _refuse(path, name, "has a basket outside the file")
        contents = sum(data[begins + _CONTENTS + byte].astype(np.int64) << (24 - 8 * byte) for byte in range(4))
        largest = int(np.max(contents, initial=0))
        if largest > MAX_CHUNK_BYTES:
            limit = f"over the limit of {MAX_CHUNK_BYTES // 2**20} MiB"
            _refuse(path, name, f"has a basket that declares {largest / 2**20:.0f} MiB, {limit}")
        declared += int(np.sum(contents))
    refuse_bomb(path, declared, len(data))


def _check_page_lists(path: Path, ntuple: uproot.behaviors.RNTuple.RNTuple) -> None:
    for record in ntuple.footer.cluster_group_records:
        link = record.page_list_link
        chunk, _ = ntuple.read_locator(link.locator, link.env_uncomp_size)
        words = bytes(chunk.raw_data[: link.env_uncomp_size])
        if words[-_CHECKSUM:] != _digest(words[:-_CHECKSUM]):
            _refuse(path, ntuple.name, "has a page list that does not match its checksum")


def _check_pages(path: Path, data: Bytes, ntuple: uproot.behaviors.RNTuple.RNTuple) -> None:
    declared = 0
    names = [ntuple.field_records[column.field_id].field_name for column in ntuple.column_records]
    for column_index, page in _pages(ntuple):
        begin = int(page.locator.offset)
        end = begin + int(page.locator.num_bytes)
        if not 0 <= begin <= end <= len(data) - _CHECKSUM * page.has_checksum:
            _refuse(path, names[column_index], "has a page outside the file")
        if page.has_checksum and bytes(data[end : end + _CHECKSUM]) != _digest(data[begin:end].data):
            _refuse(path, names[column_index], "has a page that does not match its checksum")
        size = int(page.num_elements) * int(ntuple.column_records[column_index].nbits) // 8
        if size > MAX_CHUNK_BYTES:
            limit = f"over the limit of {MAX_CHUNK_BYTES // 2**20} MiB"
            _refuse(path, names[column_index], f"has a page that declares {size / 2**20:.0f} MiB, {limit}")
        declared += size
    refuse_bomb(path, declared, len(data))


def _pages(ntuple: uproot.behaviors.RNTuple.RNTuple) -> Iterator[tuple[int, uproot.models.RNTuple.MetaData]]:
    """Yield the column number and the description of every page."""
    for cluster in ntuple.page_link_list:
        for column_index, column in enumerate(cluster):
            for page in column.pages:
                yield column_index, page


def _digest(data: bytes | memoryview) -> bytes:
    """Return a checksum in the form that RNTuples store."""
    return xxhash.xxh3_64_intdigest(data).to_bytes(_CHECKSUM, "little")


def _refuse(path: Path, name: str, fault: str) -> None:
    msg = f'{path}: "{name}" {fault}: the file is damaged. Copy it or write it again.'
    raise DataError(msg)
