"""The columns of files that are read block by block where they lie, never converted as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.readers import StreamedFile, element_bytes, is_variable, row_shape, take_rows

__all__ = ["StreamedColumns", "row_bytes"]

Whole = npt.NDArray[np.int64]

_BLOCK_BYTES = 2**22  # of the columns that stay in files: large enough for a disk, and many make a window
_VARIABLE_BYTES = 64  # of a text or a list, whose sizes are not known


class StreamedColumns:
    """Columns of one or several files, whose rows are taken one file after another.

    Args:
        files: of the same columns.
        schema: names and types of the columns that stay there.

    Attributes:
        row_bytes: about how many bytes a row has.
        starts: first row of each block among the rows of all files, and the number of rows, shape (blocks + 1,).
    """

    def __init__(self, files: Sequence[StreamedFile], schema: pa.Schema) -> None:
        self.files, self.schema = tuple(files), schema
        self.row_bytes = row_bytes(schema.types)
        rows = max(1, _BLOCK_BYTES // self.row_bytes)
        self.file_starts: Whole = np.cumsum([0, *(file.rows for file in files)])
        starts = [
            start + np.array(_block_starts(file, rows), np.int64)
            for file, start in zip(files, self.file_starts, strict=False)
        ]
        self.starts: Whole = np.concatenate([*starts, self.file_starts[-1:]])
        self._latest: tuple[int, tuple[str, ...], pa.Table] = -1, (), schema.empty_table()

    def read(self, names: Sequence[str], rows: Whole) -> pa.Table:
        """Read columns of some rows.

        Args:
            names: of the columns.
            rows: positions among the rows of all files, shape (n,).

        Returns:
            (n, columns), in the order of the positions.

        Raises:
            DataError: a file cannot be read, or has changed.
        """
        order = np.argsort(rows, kind="stable")
        sorted_rows, tables = rows[order], []
        holding = np.searchsorted(self.starts, sorted_rows, side="right") - 1
        for block in holding[np.flatnonzero(np.diff(holding, prepend=-1))].tolist():
            first, last = self.starts[block], self.starts[block + 1]
            block_rows = sorted_rows[np.searchsorted(sorted_rows, first) : np.searchsorted(sorted_rows, last)] - first
            table = self._block(block, tuple(names))
            tables.append(
                table.slice(block_rows[0], len(block_rows)) if _is_range(block_rows) else take_rows(table, block_rows)
            )
        table = pa.concat_tables(tables) if tables else self.schema.empty_table().select(list(names))
        return table if _is_range(order) else take_rows(table, np.argsort(order))

    def _block(self, block: int, names: tuple[str, ...]) -> pa.Table:
        """Read a block; the latest one is kept, as many ask for a few rows of it after one another."""
        latest = self._latest
        if latest[:2] != (block, names):
            start, stop = self.starts[block : block + 2].tolist()
            file_index = int(np.searchsorted(self.file_starts, start, side="right")) - 1
            file, first = self.files[file_index], int(self.file_starts[file_index])
            self._latest = latest = block, names, file.read(names, start - first, stop - first)
        return latest[2]


def row_bytes(kinds: Iterable[pa.DataType]) -> int:
    """Return about how many bytes a row of some columns has.

    Args:
        kinds: their types.

    Returns:
        A number of bytes, at least 1; texts and lists count as 64, whatever their lengths.

    Example:
        >>> row_bytes([pa.float32(), pa.list_(pa.float32(), 4)])
        20
    """
    return max(1, sum(_VARIABLE_BYTES if is_variable(kind) else _flat_bytes(kind) for kind in kinds))


def _flat_bytes(kind: pa.DataType) -> int:
    return math.prod(row_shape(kind)) * element_bytes(kind)


def _block_starts(file: StreamedFile, rows: int) -> list[int]:
    """Return the first rows of blocks of about as many rows, or of more where reading cannot begin in between."""
    starts = [0]
    for start in file.starts:
        if start >= starts[-1] + rows:
            starts.append(start)
    return starts


def _is_range(rows: Whole) -> bool:
    return bool(len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all())
