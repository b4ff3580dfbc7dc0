"""Rows of files that are not converted, read once and kept in memory, as every epoch needs them in the same order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from netwright.data import Blocks, StreamedRows, allocate
from netwright.memory import too_large
from netwright.training.feed.arrays import RowArrays, stacked_weights

__all__ = ["kept_in_memory"]

_SHARE = 0.25  # of the available memory that they may take


def kept_in_memory(arrays: RowArrays, rows: npt.NDArray[np.integer]) -> RowArrays | None:
    """Read some rows whose inputs stay in their files, and keep them.

    Args:
        arrays: all rows.
        rows: row numbers, shape (n,), increasing.

    Returns:
        These rows alone; None if inputs do not stay in their files (either all do or none), or if the rows take more
        than a quarter of the memory.

    Raises:
        DataError: a file cannot be read, or a value cannot be used.
    """
    stay = {name: values for name, values in arrays.inputs.items() if isinstance(values, StreamedRows)}
    if not stay or too_large(len(rows) * arrays.row_bytes, _SHARE):
        return None
    first = next(iter(stay.values()))
    first.read_ahead(rows)
    inputs = {name: allocate(len(rows), values.row_shape, values.dtype) for name, values in stay.items()}
    for part in _block_by_block(first.blocks, rows):
        for name, values in stay.items():
            values.fill(inputs[name][part], rows[part])
    return RowArrays(
        inputs,
        {name: values[rows] for name, values in arrays.values.items()},
        {name: stacked_weights(values[:, rows]) for name, values in arrays.weights.items()},
    )


def _block_by_block(blocks: Blocks, rows: npt.NDArray[np.integer]) -> list[slice]:
    """Return where the rows of each block are: a block holds the inputs of all groups."""
    edges: list[int] = np.unique(np.searchsorted(rows, blocks.bounds)).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]
