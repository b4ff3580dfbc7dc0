"""Rows with another number of entries each, stored without padding and padded when they are taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.data.cache.arrays import allocate

__all__ = ["Ragged"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Ragged:
    """The entries of all rows one after another: as an array of shape (rows, P, k), padded with zeros, when indexed.

    Attributes:
        values: k numbers of each entry, row by row, shape (entries, k), in any unit.
        ends: where the entries of each row begin, and where those of the last one end, shape (rows + 1,).
        at_most: P, at least the number of entries of any row.

    Example:
        >>> pt = Ragged(np.array([[30.0], [20.0], [50.0]]), np.array([0, 2, 2, 3]), at_most=2)
        >>> pt.shape, pt[[0, 1]][..., 0].tolist()
        ((3, 2, 1), [[30.0, 20.0], [0.0, 0.0]])
    """

    values: Array
    ends: npt.NDArray[np.int64]
    at_most: int

    def __len__(self) -> int:
        return len(self.ends) - 1

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all rows with their padding, (rows, P, k)."""
        return len(self), self.at_most, self.values.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""
        return self.values.dtype

    @property
    def nbytes(self) -> int:
        """The memory that they take, without padding."""
        return self.values.nbytes + self.ends.nbytes

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """The number of entries of each row, shape (rows,)."""
        return np.diff(self.ends)

    def __getitem__(self, rows: slice | npt.ArrayLike) -> Array:
        """Return rows with their padding.

        Args:
            rows: a slice of rows, or row numbers of any shape.

        Returns:
            The rows, shape (..., P, k); a copy.
        """
        chosen = self._chosen(rows)
        padded = np.zeros((*chosen.shape, self.at_most, self.values.shape[1]), self.dtype)
        return self.fill(padded, chosen)

    def fill(self, padded: Array, rows: npt.NDArray[np.integer]) -> Array:
        """Write rows with their padding into an array.

        Args:
            padded: shape (..., P, k), contiguous; overwritten.
            rows: row numbers, shape (...).

        Returns:
            The same array.
        """
        flat = padded.reshape(-1, self.at_most, self.values.shape[1])
        entries, row, particle = self._entries_of(rows.reshape(-1))
        flat[...] = 0
        flat[row, particle] = self.values[entries]
        return padded

    def entries(self, rows: npt.NDArray[np.integer]) -> tuple[Array, npt.NDArray[np.int64]]:
        """Return the entries of rows, without padding.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            Their numbers, shape (m, k), and the position of the row of each among these rows, shape (m,).
        """
        entry_numbers, row, _ = self._entries_of(rows)
        return self.values[entry_numbers], row

    def take(self, rows: npt.NDArray[np.integer]) -> Ragged:
        """Return some rows, without padding.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            The rows, in this order.
        """
        entries, _, _ = self._entries_of(rows)
        return Ragged(self.values[entries], np.append(0, np.cumsum(self.counts[rows])), self.at_most)

    def padded(self) -> Array:
        """Return all rows with their padding, shape (rows, particles, ...), in memory that devices take as it is."""
        values = allocate(len(self), self.shape[1:], self.dtype)
        return self.fill(values, np.arange(len(self)))

    def _chosen(self, rows: slice | npt.ArrayLike) -> npt.NDArray[np.integer]:
        if isinstance(rows, slice):
            return np.arange(*rows.indices(len(self)))
        chosen = np.asarray(rows)
        return np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64, copy=False)

    def _entries_of(
        self, rows: npt.NDArray[np.integer]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where the entries of rows are, the position of the row of each, and the place in its row."""
        counts = self.ends[rows + 1] - self.ends[rows]
        row = np.repeat(np.arange(len(rows)), counts)
        particle = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.ends[rows][row] + particle, row, particle
