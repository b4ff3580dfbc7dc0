"""Rows a few at a time, so that the memory of an inspection does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netwright.data import Dataset, Purpose, generator_of
from netwright.inspection._pages import release_pages
from netwright.inspection.features import Layout
from netwright.progress import Progress, silent

__all__ = ["Chunk", "RowStream", "chunks", "subset_of"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

VALUES_AT_ONCE = 4_000_000  # 32 MB in double precision
MAX_ROWS_AT_ONCE = 65_536
SUBSET_ROWS = 50_000  # a share of rows is then known to 0.2%
SUBSET_VALUES = 20_000_000  # 160 MB in double precision: 25,000 rows of 800 values


@dataclass(frozen=True)
class RowStream:
    """The rows to inspect.

    Attributes:
        dataset: the columns of all rows.
        layout: their features.
        kept: the rows that a selection keeps, shape (rows,), increasing; None for all.
        counts: by column, the rows in which it counts, shape (rows,); its values in other rows are masked.
    """

    dataset: Dataset
    layout: Layout
    kept: Integers | None = None
    counts: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.dataset.rows if self.kept is None else len(self.kept)

    def leave_out(self, values: Floats, rows: slice | Integers) -> None:
        """Put NaN where a column does not count.

        Args:
            values: features of some rows, shape (features, n), in their units; changed in place.
            rows: which of the inspected rows these are.
        """
        for column, counting in self.counts.items():
            first, count = self.layout.spans.get(column, (0, 0))
            values[first : first + count, ~counting[rows]] = np.nan


@dataclass(frozen=True)
class Chunk:
    """Some rows.

    Attributes:
        values: shape (features, n), in the units of the files; NaN where missing.
        rows: their positions among the inspected rows.
    """

    values: Floats
    rows: slice


def chunks(rows: RowStream, task: str, progress: Progress = silent) -> Iterator[Chunk]:
    """Yield all rows, some at a time.

    Args:
        rows: what to read.
        task: what the progress is called.
        progress: callback for progress updates.

    Yields:
        The rows in their order, a few at a time.
    """
    at_once, total = _rows_at_once(rows), rows.dataset.rows
    for start in range(0, total, at_once):
        stop = min(start + at_once, total)
        local, positions = None, slice(start, stop)
        if rows.kept is not None:
            first, last = (int(i) for i in np.searchsorted(rows.kept, [start, stop]))
            local, positions = rows.kept[first:last] - start, slice(first, last)
        if positions.stop > positions.start:
            table = rows.dataset.table.slice(start, stop - start)
            values = rows.layout.read(table, local)
            rows.leave_out(values, positions)
            yield Chunk(values, positions)
            release_pages(table)
        progress(task, stop, total)


def subset_of(rows: RowStream, seed: int, progress: Progress = silent) -> tuple[Integers, Floats]:
    """Read some rows chosen at random, each row with the same chance.

    Args:
        rows: what to choose from.
        seed: the same seed gives the same rows, whatever they hold.
        progress: callback for progress updates.

    Returns:
        The positions of the rows among the inspected ones, shape (m,), increasing, and their features, shape
        (features, m), in the units of the files; all rows where there are no more than fit.
    """
    features, at_once = len(rows.layout.features), _rows_at_once(rows)
    most = min(len(rows), SUBSET_ROWS, max(1, SUBSET_VALUES // max(1, features)))
    positions = np.arange(len(rows), dtype=np.int64)
    if most < len(rows):
        positions = np.sort(generator_of(Purpose.INSPECTED, seed).choice(len(rows), most, replace=False))
    in_file = positions if rows.kept is None else rows.kept[positions]
    values = np.empty((features, most))
    for start in range(0, rows.dataset.rows, at_once):
        first, last = (int(i) for i in np.searchsorted(in_file, [start, start + at_once]))
        if last > first:
            table = rows.dataset.table.slice(start, at_once)
            values[:, first:last] = rows.layout.read(table, in_file[first:last] - start)
            release_pages(table)
        progress("Drawing a subset", min(start + at_once, rows.dataset.rows), rows.dataset.rows)
    rows.leave_out(values, positions)
    return positions, values


def _rows_at_once(rows: RowStream) -> int:
    return min(MAX_ROWS_AT_ONCE, max(1, VALUES_AT_ONCE // max(1, len(rows.layout.features))))
