"""CSV: commas, one header line, one row a line.

The types come from all rows, not from the first ones: a first pass reads every value as text and keeps the
types that fit, a second converts. A column is whole numbers, numbers or booleans only if each value is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from netwright.data.readers._contract import Contents, Request, damaged
from netwright.errors import DataError

__all__ = ["open_file"]

_ERRORS = (pa.ArrowException, OSError, UnicodeDecodeError)  # the last: a header that is not UTF-8
_BLOCK_BYTES = 16 * 2**20
_ODD_ROW = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")  # in pyarrow's message
_GLANCE = 64  # values
_TYPES = (pa.int64(), pa.uint64(), pa.float64(), pa.bool_())  # in order of preference; text if none fits
_MISSING = pa.array(["", "NA", "N/A", "n/a", "NaN", "nan", "-nan", "NULL", "null", "None"])
_ROW_LABEL = "index"  # the name of a first column without one, as pandas writes its row labels


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a CSV file.

    Args:
        request: the file; a key is refused, because a CSV file is one table.

    Yields:
        Its columns; an empty value (or NA, NaN, null) of a column of numbers is missing.

    Raises:
        DataError: a line has too many or too few values, there is no header, or a key is given.
    """
    path = request.path
    if request.key is not None:
        msg = f'{path}: a CSV file is one table and takes no key. Received: key="{request.key}". Leave it out.'
        raise DataError(msg)
    with damaged(path, "CSV", _ERRORS), _naming_the_row(path):
        names = _names(path)
        schema, rows = _infer(request, names)
    yield Contents(schema, rows, _batches(path, schema))


@contextmanager
def _naming_the_row(path: Path) -> Iterator[None]:
    """Say which row has too many or too few values."""
    try:
        yield
    except pa.ArrowInvalid as error:
        found = _ODD_ROW.search(str(error))
        if found is None:
            raise
        row = int(found[1]) - 2  # pyarrow counts from 1, and the header too
        msg = (
            f"{path.name}, row {row}: must have {found[2]} values, one a column, but has {found[3]}. "
            f"The file may be truncated; mend it."
        )
        raise DataError(msg) from error


def _names(path: Path) -> list[str]:
    """Return the names of the header line."""
    if path.stat().st_size == 0:
        msg = f"{path}: is empty. Write a header line and at least one row."
        raise DataError(msg)
    names = [name.strip() for name in _read(path, None, threads=False).schema.names]
    if names[0] == "" and _ROW_LABEL not in names:
        names[0] = _ROW_LABEL
    numbers = [name for name in names if _is(pa.float64(), pa.array([name]))]
    if numbers:
        msg = f'{path}: the first line must be a header with names, but holds the number "{numbers[0]}". Add one.'
        raise DataError(msg)
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            what = f'two columns have the name "{name}"' if name else f"column {place + 1} has no name"
            msg = f"{path}: {what} in the header. Give each column its own name."
            raise DataError(msg)
    return names


def _read(path: Path, names: list[str] | None, *, threads: bool) -> pc_csv.CSVStreamingReader:
    """Return a reader that gives every value as text; only without threads its messages know the row."""
    skip = 0 if names is None else 1
    read = pc_csv.ReadOptions(block_size=_BLOCK_BYTES, column_names=names, skip_rows=skip, use_threads=threads)
    kinds = pc_csv.ConvertOptions(column_types=dict.fromkeys(names or [], pa.string()))
    return pc_csv.open_csv(path, read, pc_csv.ParseOptions(newlines_in_values=True), kinds)


def _infer(request: Request, names: list[str]) -> tuple[pa.Schema, int]:
    """Return the types that fit every value of each column, and the number of rows."""
    fitting = {name: list(_TYPES) for name in names}
    task, rows, total = f"Looking through {request.path.name}", 0, request.path.stat().st_size / 1e6
    done = 0.0
    for batch in _read(request.path, names, threads=False):
        for name, column in zip(names, batch.columns, strict=True):
            values = _without_missing(column)
            fitting[name] = [kind for kind in fitting[name] if _is(kind, values)]
        rows += batch.num_rows
        done = min(0.99 * total, done + _BLOCK_BYTES / 1e6)
        request.progress(task, done, total, "MB")
    request.progress(task, total, total, "MB")
    return pa.schema([(name, (kinds or [pa.string()])[0]) for name, kinds in fitting.items()]), rows


def _batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with damaged(path, "CSV", _ERRORS):
        for batch in _read(path, schema.names, threads=True):
            columns = [
                column if pa.types.is_string(field.type) else _without_missing(column).cast(field.type)
                for column, field in zip(batch.columns, schema, strict=True)
            ]
            yield pa.record_batch(columns, schema=schema)


def _without_missing(column: pa.Array) -> pa.Array:
    """Return texts without blanks around them, and null for those that say that a value is missing."""
    if pc.any(pc.or_(pc.starts_with(column, " "), pc.ends_with(column, " "))).as_py():
        column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(column, _MISSING), None, column)


def _is(kind: pa.DataType, values: pa.Array) -> bool:
    try:
        values[:_GLANCE].cast(kind)  # a cast that fails is slow: it words a message for every value
        values.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
