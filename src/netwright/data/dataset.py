"""Labelled rows of one or several files: columns by name, derived columns, selections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.cache.gather import gathered
from netwright.data.column_kinds import absent_column, check_lists, check_numbers
from netwright.data.elements import element_of, element_type, owner_of
from netwright.data.row_expressions import rows_selected, rows_where, with_derived
from netwright.data.source import Source
from netwright.data.streamed.columns import StreamedColumns
from netwright.data.streamed.loading import loaded
from netwright.errors import DataError, first_few
from netwright.readers import (
    IN_MEMORY,
    columns_in_memory,
    left_out_note,
    left_out_of,
    padded_lists,
    remarks_of,
    to_numpy,
)

__all__ = ["Dataset"]

_NUMBERS = (pa.float32(), pa.float64(), pa.int32(), pa.int64())


@dataclass(frozen=True)
class Dataset:
    """Rows of one or several files.

    Attributes:
        table: (rows, columns), memory-mapped from the cache as long as the columns are unchanged.
        sources: the files, in the order of their rows.
        origin: (rows,) position of each row among the rows of all files; None if all are there in order.
        streamed: the columns that stay in their files, besides those of the table; None if there are none.
    """

    table: pa.Table
    sources: tuple[Source, ...]
    origin: npt.NDArray[np.int64] | None = None
    streamed: StreamedColumns | None = None

    @classmethod
    def of(cls, data: object) -> Dataset:
        """Return rows that a program has in memory.

        Args:
            data: a Dataset, which is returned as it is; arrays or lists by name, (rows, ...) each; a table of pandas,
                polars or Arrow; or an array of records of NumPy or Awkward Array.

        Returns:
            The rows, with columns as a file of them would have.

        Raises:
            DataError: these are no columns with names, their lengths differ, or values of one do not fit together.

        Example:
            >>> Dataset.of({"pt": [30.0, 45.0]}).column("pt")
            array([30., 45.])
        """
        if isinstance(data, Dataset):
            return data
        table = columns_in_memory(data)
        return cls(table, (Source(IN_MEMORY, table.num_rows),))

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.table.num_rows)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        in_memory_names = list(self.table.column_names)
        return in_memory_names if self.streamed is None else [*in_memory_names, *self.streamed.schema.names]

    @cached_property
    def schema(self) -> pa.Schema:
        """The names and types of all columns."""
        if self.streamed is None:
            return self.table.schema
        return pa.schema([*self.table.schema, *self.streamed.schema])

    @property
    def left_out(self) -> dict[str, str]:
        """What the files contain but no column can hold, by name, with the reason."""
        return left_out_of(self.table.schema)

    @property
    def remarks(self) -> list[str]:
        """Remarks on how the files were read, as sentences, including what was left out."""
        left_out = self.left_out
        return [*remarks_of(self.table.schema), *([left_out_note(left_out)] if left_out else [])]

    def has(self, name: str) -> bool:
        """Return whether there is a column, or an element ``X[0]`` of the rows of a column X.

        Args:
            name: of the column or element.

        Returns:
            True if there is.
        """
        return name in self.names or owner_of(name, self.schema) is not None

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers or booleans; missing values are NaN.

        Args:
            name: a column.

        Returns:
            (rows,), or (rows, *shape) for fixed-size lists such as (rows, 200, 4), in the unit of the file;
            read-only and without a copy if the column is one chunk.

        Raises:
            DataError: there is no such column, or it does not hold numbers.
        """
        column = self.arrow(name)
        if column.num_chunks == 1 and column.type in _NUMBERS and not column.null_count:
            values: npt.NDArray[Any] = column.chunk(0).to_numpy()  # as below, in a third of the time
            return values
        check_numbers(self, name)
        return to_numpy(column)

    def padded(self, name: str, at_most: int) -> npt.NDArray[np.floating[Any]]:
        """Return a column of lists as a rectangular array: the first `at_most` values of each row, then zeros.

        Args:
            name: a column of lists of numbers.
            at_most: how many values of a row are kept; the others are cut off.

        Returns:
            (rows, at_most), in the unit of the file.

        Raises:
            DataError: there is no such column, it does not hold lists of numbers, or a list is missing.
        """
        check_lists(self, name)
        if at_most < 1:
            msg = f'column "{name}": at_most must be at least 1. Received: {at_most}.'
            raise DataError(msg)
        return padded_lists(self.arrow(name), at_most)

    def locate(self, row: int) -> str:
        """Return the origin of a row, for messages.

        Args:
            row: a row of this dataset, counted from 0.

        Returns:
            The name of the file and the row in it, counted from 0.

        Raises:
            DataError: there is no such row.
        """
        if not 0 <= row < self.rows:
            msg = f"row must be from 0 to {self.rows - 1}. Received: {row}."
            raise DataError(msg)
        position = row if self.origin is None else int(self.origin[row])
        for source in self.sources:
            if position < source.rows:
                return f"{source.path.name}, row {position}"
            position -= source.rows
        msg = f"row {row} is from none of {len(self.sources)} files: sources and origin do not fit the table."
        raise DataError(msg)

    def derive(self, columns: Mapping[str, str]) -> Dataset:
        """Return the dataset with additional columns, each an SQL expression of the columns of the same row.

        Args:
            columns: name and expression, such as ``{"top_energy": "truth_jet[1]"}`` (lists count from 1). An
                expression may use the columns derived before it. NULL is SQL's missing value, which becomes NaN; NaN
                is missing where it is compared.

        Returns:
            A dataset with these columns at the end.

        Raises:
            DataError: an expression cannot be computed, or there is a column of this name.
        """
        return replace(self, table=with_derived(self, columns))

    def select(self, where: str) -> Dataset:
        """Return the rows for which an SQL condition is true, in the same order.

        Args:
            where: the condition, such as ``pt1 > 20 AND Q1 * Q2 < 0``.

        Returns:
            A dataset of these rows.

        Raises:
            DataError: the condition cannot be computed, is true for no row, or is neither true nor false for
                one, because a value is missing (also NaN): no row is dropped unless the condition says so.
        """
        return self.take(rows_selected(self, where))

    def condition(self, where: str, what: str = "condition") -> npt.NDArray[np.bool_]:
        """Return for which rows an SQL condition is true.

        Args:
            where: the condition, such as ``pt1 > 20 AND Q1 * Q2 < 0``.
            what: purpose of the condition, for messages.

        Returns:
            (rows,), whether the row fulfils it.

        Raises:
            DataError: the condition cannot be computed, or is neither true nor false for a row, because a value
                is missing (also NaN): no row is left out unless the condition says so.
        """
        return rows_where(self, where, what)

    def take(self, rows: npt.ArrayLike) -> Dataset:
        """Return some rows, in the given order.

        Args:
            rows: (n,) rows, counted from 0.

        Returns:
            A dataset of n rows: a view if they are contiguous; otherwise a copy, in a scratch file of the cache folder
            if it takes more than 64 MiB.

        Raises:
            DataError: there is no such row.
        """
        positions = np.asarray(rows, dtype=np.int64).reshape(-1)
        if len(positions) and not 0 <= positions.min() <= positions.max() < self.rows:
            msg = f"rows must be from 0 to {self.rows - 1}. Received: {positions.min()} to {positions.max()}."
            raise DataError(msg)
        origin = positions if self.origin is None else self.origin[positions]
        if len(positions) and np.array_equal(positions, np.arange(positions[0], positions[0] + len(positions))):
            return replace(self, table=self.table.slice(positions[0], len(positions)), origin=origin)  # stays mapped
        return replace(self, table=gathered(self.table, positions), origin=origin)

    def slice(self, start: int, stop: int) -> Dataset:
        """Return contiguous rows, without a copy.

        Args:
            start: the first row.
            stop: the row after the last.

        Returns:
            A dataset of these rows.
        """
        return self.take(np.arange(start, min(stop, self.rows)))

    def head(self, rows: int) -> Dataset:
        """Return the first rows.

        Args:
            rows: number of rows; all if there are fewer.

        Returns:
            A dataset of at most that many rows.
        """
        return self.slice(0, rows)

    def in_memory(self, names: Iterable[str]) -> Dataset:
        """Return the same rows with some of the columns that stay in their files read into memory.

        Args:
            names: of columns or elements; those that are in memory already, or do not exist, change nothing.

        Returns:
            A dataset with only these and the columns that were in memory before.

        Raises:
            DataError: a file cannot be read or has changed, or the columns take more than half of the memory.
        """
        if self.streamed is None:
            return self
        table = loaded(self.table, self.streamed, names, self.origin, self.named_sources())
        return replace(self, table=table, streamed=None)

    def named_sources(self) -> str:
        """Return the first file and the number of the others, for messages."""
        return first_few([source.label for source in self.sources], 1) or "dataset"

    def arrow(self, name: str) -> pa.ChunkedArray:
        """Return a column of any type (text, lists, numbers) as an Arrow array.

        Args:
            name: a column; ``X[0]`` is the first number of each row of a column X of shape (k,), or of each particle
                of one with an array of fixed size for each.

        Returns:
            (rows,), null where a value is missing.

        Raises:
            DataError: there is no such column.
        """
        index = self.table.schema.get_field_index(name)  # listing all names would take longer than the column
        if index >= 0:
            return self.table.column(index)
        if owner_of(name, self.table.schema) is not None:
            return element_of(self.table, name)
        if self.has(name):
            return self.in_memory([name]).arrow(name)
        raise absent_column(self, name)

    def type_of(self, name: str) -> pa.DataType:
        """Return the type of a column, without reading all of it where it stays in its files.

        Args:
            name: a column, or an element of one.

        Returns:
            Its type.

        Raises:
            DataError: there is no such column.
        """
        index, owner = self.schema.get_field_index(name), owner_of(name, self.schema)
        if index >= 0:
            return self.schema.field(index).type
        return self.head(1).arrow(name).type if owner is None else element_type(self.schema.field(owner).type)
