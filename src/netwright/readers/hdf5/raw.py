"""Which HDF5 datasets lie in their file as plain numbers: contiguous ones, and chunks to which no filter was applied.

A filter that would not make a chunk smaller is left out for it, as LZF is of numbers that look random.
"""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np

from netwright.readers._plain import row_shape
from netwright.readers._raw_rows import RawRows, is_raw
from netwright.readers.hdf5.columns import Column

__all__ = ["raw_columns"]

_MAX_CHUNKS = 2**16  # of a dataset: their offsets are kept in memory


def raw_columns(columns: Sequence[Column]) -> dict[str, RawRows]:
    """Return where the rows of columns lie in their file.

    Args:
        columns: of one table.

    Returns:
        By column; those are left out that only the library can read.
    """
    raw_rows = {column.name: _raw(column) for column in columns}
    return {name: raw for name, raw in raw_rows.items() if raw is not None}


def _raw(column: Column) -> RawRows | None:
    dataset, dtype = column.dataset, column.dataset.dtype
    is_plain = column.field is None and column.view is None and column.missing is None
    if not is_plain or dataset.shape[1:] not in {row_shape(column.type), (1,)} or not is_raw(dtype, column.type):
        return None
    stored_as_is = dataset.id.get_type() == h5py.h5t.py_create(dtype)
    if not stored_as_is or dataset.file.id.get_create_plist().get_userblock():
        return None
    if dataset.chunks is None:
        offset = dataset.id.get_offset()
        return None if offset is None else RawRows(dataset.shape[0], [offset])
    return _raw_chunks(dataset)


def _raw_chunks(dataset: h5py.Dataset) -> RawRows | None:
    """Return where chunks lie that have whole rows."""
    rows, size = dataset.chunks[0], int(np.prod(dataset.chunks)) * dataset.dtype.itemsize
    count = -(-dataset.shape[0] // rows)
    visit = getattr(dataset.id, "chunk_iter", None)  # not in h5py with HDF5 before 1.12.3
    if visit is None or dataset.chunks[1:] != dataset.shape[1:] or count > _MAX_CHUNKS:
        return None
    offsets, all_left_out = [-1] * count, 2 ** dataset.id.get_create_plist().get_nfilters() - 1

    def take(chunk: h5py.h5d.StoreInfo) -> None:
        if chunk.filter_mask == all_left_out and chunk.size == size:
            offsets[chunk.chunk_offset[0] // rows] = chunk.byte_offset

    visit(take)
    return RawRows(rows, offsets) if max(offsets) >= 0 else None
