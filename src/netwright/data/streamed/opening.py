"""Files opened where they lie: columns that are needed at once are read, the others stay until rows of them are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from netwright.config import CsvSection
from netwright.data.cache.downloads import local_files
from netwright.data.cache.join import rows_of_files
from netwright.data.cache.usage import url_of
from netwright.data.dataset import Dataset
from netwright.data.source import Source
from netwright.data.streamed.columns import StreamedColumns, row_bytes
from netwright.errors import DataError, UnusableFilesError, first_few
from netwright.memory import format_bytes, too_large
from netwright.progress import Progress, silent
from netwright.readers import Files, Request, StreamedFile, TextFormat, open_streamed_file, reader_for

__all__ = ["read_streamed"]

_BYTES_AT_ONCE = 2**26  # of the columns that are read into memory
_SHARE = 0.5  # of the available memory that they may take


def read_streamed(
    files: Files,
    mentioned: Iterable[str],
    *,
    key: str | None = None,
    csv: CsvSection | None = None,
    may_be_empty: bool = False,
    progress: Progress = silent,
) -> Dataset:
    """Open files of rows without converting them to the cache.

    Args:
        files: as for `read`; URLs are downloaded to the cache.
        mentioned: texts such as names and expressions: columns whose names occur in one of them are read into memory.
            All others stay in their files.
        key: the table to read in a file that contains several.
        csv: of no use here, as text tables are refused; it is told apart in messages.
        may_be_empty: as for `read`.
        progress: callback for progress updates.

    Returns:
        The rows of all files, one file after another.

    Raises:
        UnusableFilesError: files are damaged, have other columns than most, their format does not allow it, or there
            are no rows. It names all of them.
        DataError: a file is missing, or the columns in memory take more than half of it.
        MissingExtraError: the library for a URL is not installed.
    """
    paths = local_files(files, progress=progress)
    text_format = TextFormat(**(csv or CsvSection()).model_dump())
    requests = [Request(path, key, progress, text_format) for path in paths]
    results = [_opened(request) for request in requests]
    schema = _common_schema(paths, results, may_be_empty=may_be_empty)
    opened = [file for file in results if isinstance(file, StreamedFile)]
    in_memory = _mentioned(schema, list(mentioned))
    rows = sum(file.rows for file in opened)
    size = rows * row_bytes(schema.field(name).type for name in in_memory)
    if too_large(size, _SHARE):
        msg = (
            f"data.cache: false keeps {first_few(in_memory)} of {rows:,} rows in memory: {format_bytes(size)}, more "
            "than half of what there is. Use fewer of them in derived columns and conditions, or leave data.cache out."
        )
        raise DataError(msg)
    tables = [table for file in opened for table in _read(file, in_memory, progress)]
    table = pa.concat_tables(tables or [schema.empty_table().select(in_memory)]).replace_schema_metadata(
        schema.metadata
    )
    sources = tuple(Source(path, file.rows, url_of(path)) for path, file in zip(paths, opened, strict=True))
    stay = pa.schema([field for field in schema if field.name not in set(in_memory)])
    return Dataset(table, sources, streamed=StreamedColumns([file for file in opened if file.rows], stay))


def _opened(request: Request) -> StreamedFile | DataError:
    """Open a file, or return the error: the files that follow are opened, so that all errors are known at once."""
    try:
        return open_streamed_file(reader_for(request.path), request)
    except DataError as error:
        return error


def _common_schema(
    paths: Sequence[Path], results: Sequence[StreamedFile | DataError], *, may_be_empty: bool
) -> pa.Schema:
    """Return the columns of all files, with what is left out and remarks."""
    tables = [file if isinstance(file, DataError) else file.schema.empty_table() for file in results]
    rows = [0 if isinstance(file, DataError) else file.rows for file in results]
    common: pa.Schema = rows_of_files(paths, tables, rows, may_be_empty=may_be_empty).schema
    reasons = []
    for path, file in zip(paths, results, strict=True):
        if isinstance(file, DataError) or not file.rows:
            continue
        kinds = {field.name: file.schema.field(field.name).type for field in common}
        field = next((field for field in common if kinds[field.name] != field.type), None)
        if field is not None:
            reasons.append(
                f'{path}: column "{field.name}" has the type {kinds[field.name]} here and {field.type} in others '
                "of the files. Give it one type in all of them, or leave data.cache out: the cache converts it."
            )
    if reasons:
        raise UnusableFilesError(reasons, len(paths))
    return common


def _mentioned(schema: pa.Schema, texts: list[str]) -> list[str]:
    """Return the columns whose names occur in texts; the narrowest if there are none, as it tells the rows."""
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    whole = "\n".join(texts)
    names = [name for name in schema.names if name in words or (not name.isidentifier() and name in whole)]
    return names or [min(schema.names, key=lambda name: row_bytes([schema.field(name).type]))]


def _read(file: StreamedFile, names: list[str], progress: Progress) -> Iterator[pa.Table]:
    """Yield columns of a file, many rows at a time."""
    at_once = max(1, _BYTES_AT_ONCE // row_bytes(file.schema.field(name).type for name in names))
    starts, start = np.array([*file.starts, file.rows]), 0
    while start < file.rows:
        index = max(np.searchsorted(starts, start + at_once, side="right") - 1, np.searchsorted(starts, start) + 1)
        stop = int(starts[index])
        yield file.read(names, start, stop)
        start = stop
        progress(f"Reading {file.request.path.name}", start, file.rows)
