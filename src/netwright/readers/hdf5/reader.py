"""HDF5: pandas tables and fixed frames, structured arrays, lists, and plain datasets of the same first dimension."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  registers blosc, zstd and others, which pandas offers
import pyarrow as pa

from netwright.errors import DataError
from netwright.file_names import in_command
from netwright.readers._contract import (
    Block,
    Contents,
    Ranges,
    Request,
    TableListing,
    rows_per_batch,
    rows_per_block,
    starts_of,
)
from netwright.readers._raw_rows import RawRows
from netwright.readers._refusals import damaged
from netwright.readers.hdf5.columns import Column, dataset_column, fields_of, no_column_reason
from netwright.readers.hdf5.element_names import element_names
from netwright.readers.hdf5.pandas import pandas_columns
from netwright.readers.hdf5.raw import raw_columns
from netwright.readers.hdf5.tree import Table, check_sizes, find_tables
from netwright.readers.left_out import left_out_note

__all__ = ["list_tables", "open_file"]

_ERRORS = (OSError, KeyError, ValueError, RuntimeError, TypeError, OverflowError)  # raised by h5py
_LISTED = 8  # tables in a message
_VARIABLE_ROWS = 2**16  # a batch with texts or lists, whose lengths are not known in advance
_CACHE_BYTES = 128 * 2**20  # of unpacked chunks, for all datasets together


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open an HDF5 file.

    Args:
        request: the file, and the group or dataset to read as key if there are several.

    Yields:
        The columns of one table; `Contents.left_out` names what no column can hold.

    Raises:
        DataError: the file is damaged, no column can be read, or several tables need a key.
    """
    path = request.path
    with damaged(path, "HDF5", _ERRORS):
        count = _count_datasets(path, request.key)
        file = h5py.File(path, "r", locking="best-effort", rdcc_nbytes=_CACHE_BYTES // count)
    with file:
        with damaged(path, "HDF5", _ERRORS):
            columns, left_out = _columns(path, file, request.key)
            schema = pa.schema([(c.name, c.type) for c in columns])
            rows = columns[0].dataset.shape[0]
        parts = [partial(_blocks, path, dataset, columns) for dataset in _datasets(columns)]
        ranges = Ranges(_chunk_starts(columns), partial(_rows, path, columns), partial(_raw, path, columns))
        yield Contents(schema, rows, _batches(path, columns, schema), left_out, parts=parts, ranges=ranges)


def list_tables(request: Request) -> Iterator[TableListing]:
    """List the tables of an HDF5 file: pandas groups, and datasets with equally many rows.

    Args:
        request: the file.

    Yields:
        Tables with columns; their key is the group or dataset, `/` for the whole file.

    Raises:
        DataError: the file is damaged, or there is no table.
    """
    path = request.path
    with damaged(path, "HDF5", _ERRORS), h5py.File(path, "r", locking="best-effort") as file:
        for key, table in find_tables(path, file, None).tables.items():
            columns = _table_columns(path, table, {})
            if columns:
                names = tuple(column.name for column in columns)
                elements = element_names(
                    {column.name: column.dataset for column in columns if column.name in table.datasets}
                )
                yield TableListing(key.strip("/") or "/", columns[0].dataset.shape[0], names, elements)


def _count_datasets(path: Path, key: str | None) -> int:
    """Return the number of datasets that will share the chunk cache."""
    with h5py.File(path, "r", locking="best-effort") as file:
        tables = find_tables(path, file, key).tables
        return max(1, *(len(table.datasets or table.group or ()) for table in tables.values()))


def _columns(path: Path, file: h5py.File, key: str | None) -> tuple[list[Column], dict[str, str]]:
    """Return the columns of the one table, and the reasons for what is left out."""
    contents = find_tables(path, file, key)
    tables, left_out = contents.tables, contents.left_out
    if len(tables) > 1:
        listed = "; ".join(f"{name} ({table})" for name, table in sorted(tables.items())[:_LISTED])
        more = f"; and {len(tables) - _LISTED} more" if len(tables) > _LISTED else ""
        example = min(tables).strip("/") or "/"
        msg = (
            f"{path}: holds {len(tables)} tables: {listed}{more}. Choose one with --key, "
            f'for example --key {in_command(example)}; in Python, key="{example}".'
        )
        raise DataError(msg)
    (table,) = tables.values()
    columns = _table_columns(path, table, left_out)
    if not columns:
        msg = f"{path}: no column can be read; {left_out_note(left_out)}. Write datasets of numbers."
        raise DataError(msg)
    check_sizes(path, _datasets(columns))
    _check_lengths_and_names(path, columns)
    return columns, left_out


def _table_columns(path: Path, table: Table, left_out: dict[str, str]) -> list[Column]:
    group = table.group
    return _datasets_columns(path, table, left_out) if group is None else pandas_columns(path, group, left_out)


def _datasets_columns(path: Path, table: Table, left_out: dict[str, str]) -> list[Column]:
    """Return the columns of datasets; fields of structured ones keep their own names where these are unique."""
    parts = [(name, dataset, field) for name, dataset in table.datasets.items() for field in fields_of(dataset)]
    occurrences = Counter(field or name for name, _, field in parts)
    columns = []
    for name, dataset, field in parts:
        short = field or name
        column_name = short if field is None or occurrences[short] == 1 else f"{name}.{field}"
        reason = no_column_reason(dataset, field)
        if reason is None:
            columns.append(replace(dataset_column(path, dataset, field), name=column_name))
        else:
            left_out[column_name] = reason
    return columns


def _check_lengths_and_names(path: Path, columns: list[Column]) -> None:
    first, seen = columns[0], set()
    for column in columns:
        if column.dataset.shape[0] != first.dataset.shape[0]:
            msg = (
                f'{path}: column "{first.name}" has {first.dataset.shape[0]} rows and "{column.name}" has '
                f"{column.dataset.shape[0]}: the file is damaged. Write it again."
            )
            raise DataError(msg)
        if column.name in seen:
            msg = f'{path}: two columns have the name "{column.name}". Choose one dataset with key.'
            raise DataError(msg)
        seen.add(column.name)


def _datasets(columns: list[Column]) -> list[h5py.Dataset]:
    return list({column.dataset.name: column.dataset for column in columns}.values())


def _blocks(path: Path, dataset: h5py.Dataset, columns: list[Column]) -> Iterator[Block]:
    """Yield the columns of one dataset, its chunks one after another."""
    columns_here = [column for column in columns if column.dataset is dataset]
    rows, row_bytes = dataset.shape[0], _row_bytes(dataset)
    chunk_rows, step = dataset.chunks[0] if dataset.chunks else 1, rows_per_block(row_bytes)
    if chunk_rows > step:  # no chunk is unpacked twice
        step = max(step, min(chunk_rows, rows_per_batch(row_bytes)))
    step = max(1, step // chunk_rows) * chunk_rows if chunk_rows <= step else step
    with damaged(path, "HDF5", _ERRORS):
        for start in range(0, rows, step):
            block = dataset[start : start + step]
            arrays = [column.take(path, block) for column in columns_here]
            yield Block(start, pa.record_batch(arrays, names=[column.name for column in columns_here]))


def _batches(path: Path, columns: list[Column], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    datasets = _datasets(columns)
    rows = datasets[0].shape[0]
    step = rows_per_batch(sum(_row_bytes(dataset) for dataset in datasets))
    if any(dataset.dtype.hasobject for dataset in datasets):
        step = min(step, _VARIABLE_ROWS)
    chunk_rows = max((dataset.chunks[0] for dataset in datasets if dataset.chunks), default=1)
    step = max(1, step // chunk_rows) * chunk_rows if chunk_rows <= step else step
    with damaged(path, "HDF5", _ERRORS):
        for start in range(0, rows, step):
            blocks = {dataset.name: dataset[start : start + step] for dataset in datasets}
            arrays = [column.take(path, blocks[column.dataset.name]) for column in columns]
            yield pa.record_batch(arrays, schema=schema)


def _chunk_starts(columns: list[Column]) -> Sequence[int]:
    """Return the first rows of the chunks of the largest dataset; of any rows where there are none."""
    largest = max(_datasets(columns), key=_row_bytes)
    return starts_of(largest.shape[0], largest.chunks[0] if largest.chunks else 1)


def _rows(path: Path, columns: list[Column], names: Sequence[str], start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """Yield some rows of some columns."""
    by_name = {column.name: column for column in columns}
    chosen = [by_name[name] for name in names]
    row_bytes = sum(_row_bytes(dataset) for dataset in _datasets(chosen))
    step = (
        _VARIABLE_ROWS if any(dataset.dtype.hasobject for dataset in _datasets(chosen)) else rows_per_batch(row_bytes)
    )
    with damaged(path, "HDF5", _ERRORS):
        for first in range(start, stop, step):
            blocks = {dataset.name: dataset[first : min(first + step, stop)] for dataset in _datasets(chosen)}
            arrays = [column.take(path, blocks[column.dataset.name]) for column in chosen]
            yield pa.record_batch(arrays, names=list(names))


def _raw(path: Path, columns: list[Column]) -> dict[str, RawRows]:
    with damaged(path, "HDF5", _ERRORS):
        return raw_columns(columns)


def _row_bytes(dataset: h5py.Dataset) -> int:
    return int(math.prod(dataset.shape[1:]) * dataset.dtype.itemsize)
