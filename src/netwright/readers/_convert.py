"""Convert an input file to a cache entry: its record batches, fully checked and written one after another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._contract import Contents, Request
from netwright.readers._in_pieces import write_in_pieces
from netwright.readers._in_place import fits, write_in_place
from netwright.readers.left_out import metadata
from netwright.readers.registry import Reader

__all__ = ["convert"]


def convert(reader: Reader, request: Request, part: Path) -> None:
    """Write the columns of a file as one Arrow file.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        part: the Arrow file, which is replaced.

    Raises:
        DataError: the file cannot be read, has no rows, or contradicts its own description.
        OSError: the Arrow file cannot be written.
    """
    with reader.open(request) as contents:
        if contents.rows == 0:
            msg = f"{request.path}: has no rows. Leave the file out, or write rows into it."
            raise DataError(msg)
        done = _write(contents, request, part, in_place=fits(contents.schema))
    if done is None:  # a value is null
        with reader.open(request) as contents:
            _write(contents, request, part, in_place=False)


def _write(contents: Contents, request: Request, part: Path, *, in_place: bool) -> int | None:
    """Write the columns; return the number of rows, or None if a null prevents writing in place."""
    schema = contents.schema.with_metadata(metadata(contents.left_out, contents.remarks))
    batches = _checked(contents, request)
    write = partial(write_in_place, rows=contents.rows) if in_place else write_in_pieces
    done = write(part, schema, batches)
    if done not in {None, contents.rows}:
        msg = f"{request.path}: declares {contents.rows} rows and holds {done}: it is damaged. Write it again."
        raise DataError(msg)
    return done


def _checked(contents: Contents, request: Request) -> Iterator[pa.RecordBatch]:
    """Yield the batches after checking that their values match their types, and report progress."""
    task, done = f"Reading {request.path.name}", 0
    for batch in contents.batches:
        _check_values(request.path, batch, done)
        yield batch
        done += batch.num_rows
        request.progress(task, done, contents.rows)


def _check_values(path: Path, batch: pa.RecordBatch, start: int) -> None:
    """Refuse a list that lies outside its values, and text that is not UTF-8: using them would end the process."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            msg = (
                f'{path}: column "{name}" is damaged in the rows {start} to {start + batch.num_rows - 1} '
                f"({error}). Copy the file, or write it again."
            )
            raise DataError(msg) from error
