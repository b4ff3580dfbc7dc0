"""Inputs of rows that stay in their files: read, converted and checked block by block whenever they are needed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.data.streamed.block_cache import BlockCache
from netwright.errors import DataError
from netwright.memory import format_bytes, too_large

__all__ = ["Blocks", "StreamedRows"]

Array = npt.NDArray[Any]
Whole = npt.NDArray[np.int64]

_SHARE = 0.5  # of the available memory that rows may take which are asked for together
_WINDOW_BYTES = 2**27  # of inputs that are shuffled row by row
_WINDOW_BLOCKS = 8  # at the least


@dataclass(frozen=True)
class Blocks:
    """Which rows are read together from files.

    Attributes:
        bounds: the first row of each block, and the number of rows, shape (blocks + 1,), increasing.
        window: how many rows are shuffled together.
    """

    bounds: Whole
    window: int

    @classmethod
    def of(cls, bounds: Whole, row_bytes: int) -> Blocks:
        """Choose the window: 128 MiB of inputs, and 8 of the largest blocks at the least.

        Args:
            bounds: the first row of each block, and the number of rows.
            row_bytes: size of the inputs of a row.

        Returns:
            The blocks.
        """
        largest = int(np.diff(bounds).max(initial=1))
        return cls(bounds, max(_WINDOW_BYTES // row_bytes, _WINDOW_BLOCKS * largest))

    def holding(self, rows: npt.ArrayLike) -> Whole:
        """Return the block of each row.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            Numbers of blocks, shape (n,).
        """
        return np.asarray(np.searchsorted(self.bounds, rows, side="right") - 1, np.int64)


@dataclass(frozen=True)
class StreamedRows:
    """The inputs of one group, which are read when they are indexed.

    Attributes:
        store: reads blocks of the inputs of all groups, and keeps some.
        name: of the group.
        blocks: which rows each block has.
        row_shape: shape of one row.
        dtype: of the numbers.
    """

    store: BlockCache
    name: str
    blocks: Blocks
    row_shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return int(self.blocks.bounds[-1])

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all rows, (rows, ...)."""
        return len(self), *self.row_shape

    @property
    def nbytes(self) -> int:
        """The memory that all rows would take."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __getitem__(self, rows: slice | npt.ArrayLike) -> Array:
        """Read rows.

        Args:
            rows: a slice of rows, row numbers of any shape, or flags of all rows.

        Returns:
            The rows, shape (..., *row_shape); a copy.

        Raises:
            DataError: a file cannot be read, a value cannot be used, or they take more than half of the memory.
        """
        chosen = np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else np.asarray(rows)
        chosen = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        size = chosen.size * math.prod(self.row_shape) * self.dtype.itemsize
        if too_large(size, _SHARE):
            msg = (
                f"inputs.{self.name}: {chosen.size:,} rows take {format_bytes(size)}, more than half of the memory, "
                "and stay in their files with data.cache: false. Use fewer rows, or leave data.cache out."
            )
            raise DataError(msg)
        values = self.fill(np.empty((*chosen.shape, *self.row_shape), self.dtype), chosen)
        if chosen.size:  # most go through the rows in their order
            following = int(self.blocks.holding(chosen.max())) + 1
            self.store.ask(range(following, min(following + self.store.readers, len(self.blocks.bounds) - 1)))
        return values

    def fill(self, into: Array, rows: npt.NDArray[np.integer]) -> Array:
        """Read rows into an array.

        Args:
            into: shape (..., *row_shape), contiguous; overwritten.
            rows: row numbers, shape (...).

        Returns:
            The same array.

        Raises:
            DataError: a file cannot be read, or a value cannot be used.
        """
        flat, numbers = into.reshape(-1, *self.row_shape), rows.reshape(-1)
        for block, positions in self._by_block(numbers):
            flat[positions] = self.store.get(block)[self.name][numbers[positions] - self.blocks.bounds[block]]
        return into

    def read_ahead(self, rows: npt.NDArray[np.integer]) -> None:
        """Begin to read rows, of all groups.

        Args:
            rows: row numbers, shape (n,).
        """
        self.store.ask(np.unique(self.blocks.holding(rows)).tolist())

    def _by_block(self, numbers: npt.NDArray[np.integer]) -> Iterator[tuple[int, Whole]]:
        """Yield the blocks of rows, and where the rows of each are among these."""
        holding = self.blocks.holding(numbers)
        order = np.argsort(holding, kind="stable")
        for positions in np.split(order, np.flatnonzero(np.diff(holding[order])) + 1):
            if len(positions):
                yield int(holding[positions[0]]), positions
