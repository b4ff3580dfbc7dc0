"""Convert an input file to a cache entry: its record batches, fully checked and written one after another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._contract import Block, Contents, NotAsExpectedError, Part, Request
from netwright.readers._in_batches import write_in_batches
from netwright.readers._in_place import fits, write_in_place
from netwright.readers.left_out import metadata
from netwright.readers.registry import Reader

__all__ = ["check_values", "convert"]


def convert(reader: Reader, request: Request, arrow_file: Path) -> None:
    """Write the columns of a file as one Arrow file.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        arrow_file: the Arrow file, which is replaced.

    Raises:
        DataError: the file cannot be read, or contradicts its own description.
        OSError: the Arrow file cannot be written.
    """
    try:
        _convert(reader, request, arrow_file)
    except NotAsExpectedError:
        _convert(reader, replace(request, careful=True), arrow_file)


def _convert(reader: Reader, request: Request, arrow_file: Path) -> None:
    with reader.open(request) as contents:
        done = _write(contents, request, arrow_file, in_place=contents.rows > 0 and fits(contents.schema))
    if done is None:  # a value is null
        with reader.open(request) as contents:
            _write(contents, request, arrow_file, in_place=False)


def _write(contents: Contents, request: Request, arrow_file: Path, *, in_place: bool) -> int | None:
    """Write the columns; return the number of rows, or None if a null prevents writing in place."""
    schema = contents.schema.with_metadata(metadata(contents.left_out, contents.remarks))
    if in_place:
        done = write_in_place(arrow_file, schema, _Checked(contents, request).parts, contents.rows)
    else:
        done = write_in_batches(arrow_file, schema, (batch for _, batch in _Checked(contents, request).batches()))
    if done not in {None, contents.rows}:
        msg = f"{request.path}: declares {contents.rows} rows and holds {done}: it is damaged. Write it again."
        raise DataError(msg)
    return done


class _Checked:
    """The contents of a file, whose values are checked to match their types, with progress updates."""

    def __init__(self, contents: Contents, request: Request) -> None:
        self.contents, self.request = contents, request
        self.lock = threading.Lock()
        self.values = 0  # so many are done, counted as one for each row and column

    @property
    def parts(self) -> list[Part]:
        """The parts of the file, or all its batches as one."""
        return [partial(self._blocks, part) for part in self.contents.parts] or [self.batches]

    def batches(self) -> Iterator[Block]:
        """Yield the batches with their first rows."""
        done = 0
        for batch in self.contents.batches:
            yield self._checked(Block(done, batch))
            done += batch.num_rows
            self._report(batch)

    def _blocks(self, part: Part) -> Iterator[Block]:
        for block in part():
            yield self._checked(block)
            self._report(block.batch)

    def _checked(self, block: Block) -> Block:
        check_values(self.request.path, block.batch, block.start)
        return block

    def _report(self, batch: pa.RecordBatch) -> None:
        with self.lock:
            self.values += batch.num_rows * batch.num_columns
            done = self.values // len(self.contents.schema)
            self.request.progress(f"Reading {self.request.path.name}", done, self.contents.rows)


def check_values(path: Path, batch: pa.RecordBatch, start: int) -> None:
    """Refuse a list that lies outside its values, and text that is not UTF-8: using them would end the process.

    Args:
        path: the file, for messages.
        batch: some rows of it.
        start: the first of them, for messages.

    Raises:
        DataError: there is one.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            msg = (
                f'{path}: column "{name}" is damaged in the rows {start} to {start + batch.num_rows - 1} '
                f"({error}). Copy the file, or write it again."
            )
            raise DataError(msg) from error
