"""Labelled rows from one or several files: columns by name, derived columns, selections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from netwright.config import CsvSection, FriendSection
from netwright.data.cache.downloads import local_files
from netwright.data.cache.folder import cache_folder
from netwright.data.cache.gather import gathered
from netwright.data.cache.join import joined_tables
from netwright.data.cache.several import converted_files
from netwright.data.cache.usage import url_of
from netwright.data.elements import element_of, owner_of
from netwright.data.friends import Friend, with_friend
from netwright.errors import DataError, did_you_mean
from netwright.progress import Progress, silent
from netwright.readers import (
    Request,
    check_exact,
    evaluate,
    first_non_number,
    first_null,
    is_numeric,
    left_out_note,
    left_out_of,
    padded_lists,
    reader_for,
    remarks_of,
    row_shape,
    shortened,
    shown,
    to_numpy,
)

__all__ = ["Dataset", "Source", "read"]

_Kind = TypeVar("_Kind", bound=BaseModel)

_COMMA = re.compile(r"\s*[+-]?\d+,\d+(e[+-]?\d+)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """An input file and its number of rows.

    Attributes:
        path: of the file; of its local copy, if it was downloaded.
        rows: how many it has.
        url: where it was downloaded from, as messages show it; None for a local file.
    """

    path: Path
    rows: int
    url: str | None = None

    @property
    def label(self) -> str:
        """The path or URL, for messages."""
        return self.url or str(self.path)


@dataclass(frozen=True)
class Dataset:
    """Rows of one or several files.

    Attributes:
        table: (rows, columns), memory-mapped from the cache as long as the columns are unchanged.
        sources: the files, in the order of their rows.
        origin: (rows,) position of each row among the rows of all files; None if all are there in order.
    """

    table: pa.Table
    sources: tuple[Source, ...]
    origin: npt.NDArray[np.int64] | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.table.num_rows)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self.table.column_names)

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
        return name in self.table.column_names or owner_of(name, self.table.schema) is not None

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers or booleans; missing values are NaN.

        Args:
            name: a column.

        Returns:
            (rows,), or (rows, *shape) for fixed-size lists such as (rows, 200, 4), in the unit of the file;
            read-only and without a copy if the column is one piece.

        Raises:
            DataError: there is no such column, or it does not hold numbers.
        """
        self.check_numbers(name)
        return to_numpy(self.arrow(name))

    def check_numbers(self, name: str) -> None:
        """Refuse a column that `column` would refuse, without converting it.

        Args:
            name: a column.

        Raises:
            DataError: there is no such column, or it does not hold numbers.
        """
        column = self.arrow(name)
        if pa.types.is_string(column.type):
            row = first_non_number(column)
            if row is None:
                msg = (
                    f'{self.named_sources()}: column "{name}" holds numbers as text. Use it as identity or as '
                    f'categorical, or derive numbers, which may be rounded: CAST("{name}" AS DOUBLE).'
                )
                raise DataError(msg)
            text = column[row].as_py()
            comma = ' If its commas are decimal, set data.csv: {decimal: ","}.' if _COMMA.fullmatch(text) else ""
            msg = (
                f'{self.locate(row)}: column "{name}" must hold numbers, but holds the text '
                f"{text!r} there. Correct it, or declare the column as categorical.{comma}"
            )
            raise DataError(msg)
        if not is_numeric(column.type):
            advice = "Use padded(name, at_most)" if pa.types.is_list(column.type) else "Derive a number from it"
            msg = f'{self.named_sources()}: column "{name}" has the type {column.type}, not numbers. {advice}.'
            raise DataError(msg)
        if row_shape(column.type):
            self._refuse_null(name, column)
        try:
            check_exact(column)
        except OverflowError as error:
            msg = f'{self.named_sources()}: column "{name}" has missing values, and {error}. Write it without them.'
            raise DataError(msg) from error

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
        self.check_lists(name)
        if at_most < 1:
            msg = f'column "{name}": at_most must be at least 1. Received: {at_most}.'
            raise DataError(msg)
        return padded_lists(self.arrow(name), at_most)

    def check_lists(self, name: str) -> None:
        """Refuse a column that `padded` would refuse, without converting it.

        Args:
            name: a column.

        Raises:
            DataError: there is no such column, it does not hold lists of numbers, or a list is missing.
        """
        column = self.arrow(name)
        is_list = pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type)
        if not is_list or row_shape(column.type.value_type) or not is_numeric(column.type.value_type):
            msg = (
                f'{self.named_sources()}: column "{name}" has the type {column.type}, not lists of numbers. '
                "Use column(name)."
            )
            raise DataError(msg)
        self._refuse_null(name, column)

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
        place = row if self.origin is None else int(self.origin[row])
        for source in self.sources:
            if place < source.rows:
                return f"{source.path.name}, row {place}"
            place -= source.rows
        msg = f"row {row} is from none of {len(self.sources)} files: sources and origin do not fit the table."
        raise DataError(msg)

    def derive(self, columns: Mapping[str, str]) -> Dataset:
        """Return the dataset with additional columns, each an SQL expression of the columns of the same row.

        Args:
            columns: name and expression, such as ``{"top_energy": "truth_jet[1]"}`` (lists count from 1). An
                expression may use the columns derived before it. NULL is SQL's missing value, which becomes NaN;
                SQL treats NaN as larger than every number.

        Returns:
            A dataset with these columns at the end.

        Raises:
            DataError: an expression cannot be computed, or there is a column of this name.
        """
        table = self.table
        for name, expression in columns.items():
            if name in table.column_names:
                msg = f'derived column "{name}": there is already a column of this name. Choose another name.'
                raise DataError(msg)
            table = table.append_column(name, evaluate(table, expression, f'derived column "{name}"'))
        return Dataset(table, self.sources, self.origin)

    def select(self, where: str) -> Dataset:
        """Return the rows for which an SQL condition is true, in the same order.

        Args:
            where: the condition, such as ``pt1 > 20 AND Q1 * Q2 < 0``.

        Returns:
            A dataset of these rows.

        Raises:
            DataError: the condition cannot be computed, is true for no row, or is neither true nor false for
                one, because a value is missing: no row is dropped unless the condition says so.
        """
        kept = np.flatnonzero(self.condition(where, "selection"))
        if not len(kept):
            msg = f"selection: {shown(where)} selects none of {self.rows} rows. Relax it."
            raise DataError(msg)
        return self.take(kept)

    def condition(self, where: str, what: str = "condition") -> npt.NDArray[np.bool_]:
        """Return for which rows an SQL condition is true.

        Args:
            where: the condition, such as ``pt1 > 20 AND Q1 * Q2 < 0``.
            what: purpose of the condition, for messages.

        Returns:
            (rows,), whether the row fulfils it.

        Raises:
            DataError: the condition cannot be computed, or is neither true nor false for a row, because a value
                is missing: no row is left out unless the condition says so.
        """
        keep = evaluate(self.table, where, what)
        if not pa.types.is_boolean(keep.type):
            msg = f"{what}: {shown(where)} must be true or false for each row, but gives {keep.type}. Use a comparison."
            raise DataError(msg)
        row = first_null(keep)
        if row is not None:
            msg = (
                f"{self.locate(row)}: the {what} {shown(where)} is neither true nor false, because a value is missing. "
                f"Define this case, for example: ({where}) IS TRUE."
            )
            raise DataError(msg)
        return np.asarray(to_numpy(keep), dtype=np.bool_)

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
        places = np.asarray(rows, dtype=np.int64).reshape(-1)
        if len(places) and not 0 <= places.min() <= places.max() < self.rows:
            msg = f"rows must be from 0 to {self.rows - 1}. Received: {places.min()} to {places.max()}."
            raise DataError(msg)
        origin = places if self.origin is None else self.origin[places]
        if len(places) and np.array_equal(places, np.arange(places[0], places[0] + len(places))):
            return Dataset(self.table.slice(places[0], len(places)), self.sources, origin)  # stays mapped
        return Dataset(gathered(self.table, places), self.sources, origin)

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

    def named_sources(self) -> str:
        """Return the first file and the number of the others, for messages."""
        more = f" and {len(self.sources) - 1} more" if len(self.sources) > 1 else ""
        return f"{self.sources[0].label}{more}" if self.sources else "dataset"

    def arrow(self, name: str) -> pa.ChunkedArray:
        """Return a column of any type (text, lists, numbers) as an Arrow array.

        Args:
            name: a column; ``X[0]`` is the first number of each row of a column X of shape (k,).

        Returns:
            (rows,), null where a value is missing.

        Raises:
            DataError: there is no such column.
        """
        place = self.table.schema.get_field_index(name)  # listing all names would take longer than the column
        if place >= 0:
            return self.table.column(place)
        if owner_of(name, self.table.schema) is not None:
            return element_of(self.table, name)
        reason = self.left_out.get(name)
        if reason is not None:
            msg = f'{self.named_sources()}: "{name}" is left out: {reason}. Choose another column, or write it again.'
            raise DataError(msg)
        members = [other for other in self.names if other.startswith(f"{name}.")]
        if members:
            msg = f'{self.named_sources()}: "{name}" is read as its members: {shortened(members)}. Use these names.'
            raise DataError(msg)
        msg = f'{self.named_sources()}: there is no column "{name}".{did_you_mean(name, self.names)}'
        raise DataError(msg)

    def _refuse_null(self, name: str, column: pa.ChunkedArray) -> None:
        row = first_null(column)
        if row is not None:
            msg = f'{self.locate(row)}: column "{name}" holds no list there. Write an empty list, or a list of zeros.'
            raise DataError(msg)


def read(
    files: str | Path | Sequence[str | Path],
    *,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    friends: Sequence[FriendSection | Mapping[str, object]] = (),
    cache: Path | None = None,
    progress: Progress = silent,
) -> Dataset:
    """Read files of rows: npz, HDF5, Parquet, ROOT, CSV and other text tables, chosen by their suffix.

    Each file is converted once into a memory-mapped Arrow file in the cache, and found there again by its
    content.

    Args:
        files: paths, patterns, folders, lists (``@files.txt``) or URLs; the files of one pattern or folder are sorted
            by name.
        key: the table to read in a file that contains several: a group or dataset (HDF5), a tree (ROOT).
        csv: the dialect of text tables where it is inferred wrongly: the keys of `data.csv`, for example
            ``{"separator": ";", "decimal": ",", "names": ["pt", "eta"]}``.
        friends: further columns of the same rows, from other tables or files: the keys of `data.friends`, for example
            ``[{"files": "scores.root", "on": ["run", "event"]}]``.
        cache: the cache folder; None for the environment variable NETWRIGHT_CACHE or the user's cache folder.
        progress: callback for progress updates.

    Returns:
        The rows of all files, one file after another.

    Raises:
        DataError: a file is missing, damaged, without rows or with other columns than the first, a key of csv or
            friends is not valid, or a row has no partner in a friend.
        MissingExtraError: the library for a URL is not installed.
    """
    dialect = _section("csv", CsvSection, csv or {})
    paths = local_files(files, cache=cache, progress=progress)
    urls = {path: url_of(path) for path in paths}
    readers = [reader_for(path) for path in paths]
    requests = [Request(path, key, progress, dialect) for path in paths]
    with _named_by_url(urls):
        tables = converted_files(readers, requests, cache_folder(cache))
        table = joined_tables(paths, tables)
    sources = tuple(Source(path, one.num_rows, urls[path]) for path, one in zip(paths, tables, strict=True))
    found = Dataset(table, sources)
    for friend in friends:
        said = _section("friends", FriendSection, friend)
        other = read(said.files or files, key=said.key, csv=dialect, cache=cache, progress=progress)
        found = Dataset(with_friend(_friend(found), _friend(other), on=said.on, name=said.name), sources)
    return found


def _friend(dataset: Dataset) -> Friend:
    return Friend(dataset.table, dataset.named_sources(), dataset.locate, [source.rows for source in dataset.sources])


@contextmanager
def _named_by_url(urls: Mapping[Path, str | None]) -> Iterator[None]:
    """Name the URLs of files in messages, instead of their local copies."""
    try:
        yield
    except DataError as error:
        text = str(error)
        for path, url in urls.items():
            text = text if url is None else text.replace(str(path), url)
        if text == str(error):
            raise
        raise DataError(text) from error


def _section(name: str, kind: type[_Kind], said: _Kind | Mapping[str, object]) -> _Kind:
    """Return a section of an experiment file, from its keys in Python."""
    if isinstance(said, kind):
        return said
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *(str(part) for part in first["loc"])])
        known = ", ".join(kind.model_fields)
        msg = f"{where}: {first['msg']}. Received: {first['input']!r}. Known: {known}."
        raise DataError(msg) from error
