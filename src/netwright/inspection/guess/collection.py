"""A collection of particles: columns with a number for each particle of a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset
from netwright.inspection.column_summary import ColumnSummary, summarise_values
from netwright.inspection.guess.grouped_lists import list_lengths

__all__ = ["Collection"]


@dataclass(frozen=True)
class Collection:
    """Columns with a number for each particle of one kind.

    Attributes:
        dataset: the columns.
        name: of the collection.
        members: the columns by their names in the collection.
        mask: column that says which particles exist; None for lists, and for padded arrays.
        padded: whether the columns are arrays of fixed size in which particles that do not exist are NaN.
        momenta: columns that are all 0 where a particle does not exist, for arrays of fixed size padded with zeros.
    """

    dataset: Dataset
    name: str
    members: dict[str, ColumnSummary]
    mask: str | None
    padded: bool = False
    momenta: tuple[str, ...] = ()

    @property
    def of_lists(self) -> bool:
        """Whether the columns are lists, with a number for each particle that exists."""
        return self.mask is None and not self.padded and not self.momenta

    @property
    def exists(self) -> npt.NDArray[np.bool_] | None:
        """Which particles exist by the mask, the momenta or NaN, shape (rows, P); None for lists."""
        if self.mask is not None:
            return np.asarray(self.dataset.column(self.mask), np.bool_)
        if self.momenta:
            return np.asarray(np.any([self.dataset.column(name) != 0 for name in self.momenta], axis=0))
        if not self.padded:
            return None
        values = [self.dataset.column(column.name) for column in self.members.values()]
        there = [~np.isnan(one) for one in values if one.dtype.kind == "f"]  # whole numbers cannot be NaN
        return np.asarray(np.any(there, axis=0)) if there else None

    def lengths(self, column: str) -> npt.NDArray[np.int64]:
        """Return how many particles each row has, shape (rows,)."""
        exists = self.exists
        if exists is not None:
            return np.asarray(exists.sum(axis=1), np.int64)
        return list_lengths(self.dataset, column)

    def values(self, column: str) -> pa.ChunkedArray:
        """Return the numbers of all particles that exist, shape (particles,)."""
        exists = self.exists
        if exists is None:
            return pc.list_flatten(self.dataset.arrow(column))
        return pa.chunked_array([self.dataset.column(column)[exists]])

    def summary(self, column: ColumnSummary) -> ColumnSummary:
        """Return a summary of the particles that exist."""
        return column if self.of_lists else summarise_values(column.name, self.values(column.name))
