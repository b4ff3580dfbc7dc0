"""Files that the reader process keeps open, to give rows of them block by block."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, NamedTuple

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._contract import Contents, Ranges, Request
from netwright.readers._convert import check_values
from netwright.readers._refusals import only_in_order
from netwright.readers.left_out import metadata
from netwright.readers.registry import Reader

__all__ = ["OpenFiles"]

_MAX_FILES = 16  # files at once: each may keep metadata and unpacked chunks


class _Opened(NamedTuple):
    contents: Contents
    ranges: Ranges
    stack: ExitStack


class OpenFiles:
    """Files that stay open between requests for their rows; of many, those that were requested last."""

    def __init__(self) -> None:
        self._files: dict[str, _Opened] = {}

    def describe(self, reader: Reader, request: Request) -> tuple[pa.Buffer, dict[str, Any]]:
        """Return what a file holds.

        Args:
            reader: the reader for the file.
            request: the file, and what to read of it.

        Returns:
            Its schema in Arrow's form, with what is left out and remarks; and how many rows it has, the rows at which
            reading may begin at no extra cost, and where columns lie that need no library, by the names of attributes.

        Raises:
            DataError: it cannot be read, or its rows cannot be read without those before them.
        """
        contents, ranges, _ = self._opened(reader, request)
        schema = contents.schema.with_metadata(metadata(contents.left_out, contents.remarks))
        raw = {name: asdict(raw_rows) for name, raw_rows in ranges.raw().items()}
        return schema.serialize(), {"rows": contents.rows, "starts": list(ranges.starts), "raw": raw}

    def rows(self, reader: Reader, request: Request, names: list[str], start: int, stop: int) -> pa.Table:
        """Return some rows of some columns.

        Args:
            reader: the reader for the file.
            request: the file, and what to read of it.
            names: of the columns.
            start: the first row.
            stop: the row after the last.

        Returns:
            (stop - start, columns).

        Raises:
            DataError: they cannot be read.
        """
        contents, ranges, _ = self._opened(reader, request)
        schema = pa.schema([contents.schema.field(name) for name in names])
        batches, done = [], start
        for batch in ranges.read(names, start, stop):
            check_values(request.path, batch, done)
            batches.append(batch if batch.schema.equals(schema) else batch.cast(schema))
            done += batch.num_rows
        if done != stop:
            msg = (
                f"{request.path}: declares rows up to {stop - 1} and holds {done - start} of those from {start} on: it "
                "is damaged. Write it again."
            )
            raise DataError(msg)
        return pa.Table.from_batches(batches, schema)

    def _opened(self, reader: Reader, request: Request) -> _Opened:
        """Return a file that is open, or open it."""
        key = _key(request)
        opened = self._files.pop(key, None) or _open(reader, request)
        self._files[key] = opened  # the last
        while len(self._files) > _MAX_FILES:
            self._files.pop(next(iter(self._files))).stack.close()
        return opened


def _key(request: Request) -> str:
    """Return what tells files and their states from one another."""
    state = request.path.stat()
    return json.dumps([str(request.path.resolve()), request.settings, state.st_size, state.st_mtime_ns, state.st_ino])


def _open(reader: Reader, request: Request) -> _Opened:
    with ExitStack() as stack:
        contents = stack.enter_context(reader.open(request))
        if contents.ranges is None:
            reason = contents.in_order or f"Its reader ({reader.name}) reads files from their beginning."
            raise DataError(only_in_order(request.path, reason))
        return _Opened(contents, contents.ranges, stack.pop_all())
