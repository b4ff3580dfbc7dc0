"""Inputs whose columns stay in their files: read at once if they fit in memory, and otherwise block by block."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from netwright.config import InputGroup, ParticlesInput, input_columns
from netwright.cpu_count import cpu_count
from netwright.data.cache.arrays import allocate
from netwright.data.dataset import Dataset
from netwright.data.elements import owner_of
from netwright.data.rows.row_shapes import bytes_per_row
from netwright.data.rows.row_values import RowValues
from netwright.data.rows.streamed import Blocks, StreamedRows
from netwright.data.streamed.block_cache import BlockCache
from netwright.errors import DataError
from netwright.memory import MEMORY_VARIABLE, available_memory, format_bytes, too_large

__all__ = ["blocks_of", "rows_of_files"]

Array = npt.NDArray[Any]

_SPARE = 2  # times what one network needs: those of other folds are some rows ahead or behind
_WINDOWS = 2  # of the shuffle: that of the present steps, and the next
_ROWS_AT_ONCE = 65_536  # whose lists are looked at
_READERS = 4  # blocks that are read at once, each in two copies for a while
_SHARE = 0.5  # of the available memory: larger inputs stay in their files


class Read(Protocol):
    """Converts rows whose columns are in memory."""

    def __call__(self, dataset: Dataset, *, known: bool) -> Mapping[str, RowValues]:
        """Return inputs by group.

        Args:
            dataset: the rows.
            known: whether the types of their columns are known already.

        Returns:
            (rows, ...) in raw units.
        """


def blocks_of(dataset: Dataset, groups: Mapping[str, InputGroup]) -> Blocks | None:
    """Return which rows are read together from files that are not converted to the cache.

    Args:
        dataset: the columns.
        groups: the input groups of the experiment.

    Returns:
        The blocks; None if the columns lie in the cache or in memory, or the rows are not in the order of the files.
    """
    if dataset.streamed is None or not dataset.rows:
        return None
    bounds = dataset.streamed.starts
    if dataset.origin is not None:
        if (np.diff(dataset.origin) <= 0).any():
            return None
        bounds = np.searchsorted(dataset.origin, bounds).astype(np.int64)
    return Blocks.of(np.unique(bounds), sum(map(bytes_per_row, groups.values())))


def rows_of_files(dataset: Dataset, groups: Mapping[str, InputGroup], read: Read) -> dict[str, RowValues]:
    """Return inputs whose columns stay in their files: all in memory if they fit there, else none.

    Args:
        dataset: the columns.
        groups: the input groups of the experiment.
        read: converts rows whose columns are in memory; of types that are known already, if it is told so.

    Returns:
        By group, (rows, ...) in raw units.

    Raises:
        DataError: a column is missing or of another kind, or blocks of the files do not fit in memory. Values are
            checked when their block is read.
    """
    columns = [column for group in groups.values() for column in input_columns(dataset.names, group)]
    for column in columns:
        dataset.type_of(column)  # refuses what is not there
    blocks = blocks_of(dataset, groups)
    particles = [name for name, group in groups.items() if isinstance(group, ParticlesInput)]
    if particles:
        _refuse_particles(dataset, particles[0], columns)
    if blocks is None or particles:
        return dict(read(dataset.in_memory(columns), known=False))
    bounds = blocks.bounds.tolist()
    owners = dict.fromkeys(owner_of(column, dataset.schema) or column for column in columns)

    def make(block: int) -> dict[str, Array]:
        block_rows = dataset.slice(bounds[block], bounds[block + 1]).in_memory(owners)
        return {name: values[:] for name, values in read(block_rows, known=block > 0).items()}

    forms = {name: (values.shape[1:], values.dtype) for name, values in make(0).items()}
    row_bytes = sum(math.prod(shape) * dtype.itemsize for shape, dtype in forms.values())
    if not too_large(dataset.rows * row_bytes, _SHARE):
        arrays = {name: allocate(dataset.rows, *form) for name, form in forms.items()}
        for block, (start, stop) in enumerate(pairwise(bounds)):
            for name, values in make(block).items():
                arrays[name][start:stop] = values
        return dict(arrays)
    store = BlockCache(make, _bytes_of_blocks(dataset, blocks, row_bytes), min(cpu_count(), _READERS))
    return {name: StreamedRows(store, name, blocks, *form) for name, form in forms.items()}


def _refuse_particles(dataset: Dataset, name: str, columns: list[str]) -> None:
    """Refuse lists of particles that do not fit in memory, by the size of the first of them."""
    first = dataset.head(_ROWS_AT_ONCE).in_memory(columns)
    size = first.table.nbytes / max(first.rows, 1) * dataset.rows
    if too_large(size, _SHARE):
        msg = (
            f"inputs.{name}: with data.cache: false, inputs of kind particles are read into memory, and these take "
            f"about {format_bytes(size)}, more than half of it. Use kind four-vectors, fewer rows, or leave data.cache "
            "out."
        )
        raise DataError(msg)


def _bytes_of_blocks(dataset: Dataset, blocks: Blocks, row_bytes: int) -> int:
    """Return the memory that blocks may take; refuse blocks of which too few fit."""
    at_most = int(_SHARE * available_memory())
    largest = int(np.diff(blocks.bounds).max())
    needed = _WINDOWS * (blocks.window + 2 * largest) * row_bytes
    if needed > at_most:
        msg = (
            f"{dataset.named_sources()}: with data.cache: false, {format_bytes(needed)} of rows are in memory at a "
            f"time, as the files are read in blocks of up to {largest:,} rows, {format_bytes(largest * row_bytes)} of "
            f"inputs. That is more than half of the memory. Write smaller row groups, chunks or baskets, set "
            f"{MEMORY_VARIABLE} if there is more memory, or leave data.cache out."
        )
        raise DataError(msg)
    return min(at_most, _SPARE * needed)
