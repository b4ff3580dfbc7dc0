"""Selected rows of a table, gathered in blocks of bounded size: in memory if they are few, else in a scratch file."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.cache.arrays import scratch_file
from netwright.data.cache.folder import cache_folder, writable
from netwright.memory import release_memory
from netwright.readers import take_rows

__all__ = ["gathered"]

Whole = npt.NDArray[np.int64]

_BYTES_IN_MEMORY = 2**26  # larger selections go to a scratch file, since arrays made from them take memory again
_BYTES_AT_ONCE = 2**24


def gathered(table: pa.Table, rows: Whole) -> pa.Table:
    """Return some rows of a table, in the given order.

    Args:
        table: (rows, columns).
        rows: (n,) rows, counted from 0.

    Returns:
        (n, columns), memory-mapped from an unnamed scratch file in the cache folder if they take more than
        64 MiB.

    Raises:
        DataError: the scratch file cannot be written.
    """
    row_bytes = table.nbytes / max(table.num_rows, 1)
    blocks = _blocks(table, rows, max(1, int(_BYTES_AT_ONCE // max(row_bytes, 1))))
    if row_bytes * len(rows) <= _BYTES_IN_MEMORY:
        return pa.concat_tables([table.slice(0, 0), *blocks]).replace_schema_metadata(table.schema.metadata)
    folder = cache_folder()
    with writable(folder), scratch_file(folder) as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            for block in blocks:
                writer.write_table(block)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    release_memory()
    return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(mapped))).read_all()


def _blocks(table: pa.Table, rows: Whole, at_once: int) -> Iterator[pa.Table]:
    """Yield the rows in blocks of the given size, each in one chunk."""
    for start in range(0, len(rows), at_once):
        block_rows = rows[start : start + at_once]
        order = np.argsort(block_rows, kind="stable")
        block = pa.concat_tables(_windows(table, block_rows[order], at_once)).combine_chunks()
        if (np.diff(order) != 1).any():
            back = np.empty_like(order)
            back[order] = np.arange(len(order))
            block = take_rows(block, back)
        yield block


def _windows(table: pa.Table, increasing: Whole, at_once: int) -> list[pa.Table]:
    """Take rows from one range of the table after another: Arrow's own take copies whole columns of lists."""
    windows = []
    for window in np.unique(increasing // at_once) * at_once:
        first, last = np.searchsorted(increasing, [window, window + at_once])
        windows.append(take_rows(table.slice(window, at_once), increasing[first:last] - window))
    return windows
