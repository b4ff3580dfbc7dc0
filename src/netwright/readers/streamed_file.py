"""Files whose rows are read block by block where they lie: plain numbers directly, others by the reader process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._contract import Request
from netwright.readers._raw_rows import RawRows, read_raw_rows
from netwright.readers._refusals import damaged, only_in_order
from netwright.readers.process import request_from_reader
from netwright.readers.registry import Reader

__all__ = ["StreamedFile", "open_streamed_file"]


@dataclass(frozen=True)
class StreamedFile:
    """A file that stays as it is.

    Attributes:
        reader: the reader for it.
        request: the file, and what to read of it.
        schema: names and types of its columns, with what is left out and remarks.
        rows: how many there are.
        starts: rows at which reading may begin at no extra cost, increasing from 0.
        state: changes when the file does.
        raw: where the columns lie that need no library, by their names.
    """

    reader: Reader
    request: Request
    schema: pa.Schema
    rows: int
    starts: Sequence[int]
    state: tuple[int, ...]
    raw: Mapping[str, RawRows]

    def read(self, names: Sequence[str], start: int, stop: int) -> pa.Table:
        """Read some rows of some columns.

        Args:
            names: of the columns.
            start: the first row.
            stop: the row after the last.

        Returns:
            (stop - start, columns).

        Raises:
            DataError: they cannot be read, or the file has changed since it was opened.
        """
        path = self.request.path
        with damaged(path, self.reader.name, (OSError,)):
            table = self._read_raw(names, start, stop)
            if table is None:
                table = self._request_from_reader(names, start, stop)
            changed = _state(self.request) != self.state
        if changed:
            msg = f"{path}: has changed while it was in use. Wait until it is complete, and begin again."
            raise DataError(msg)
        return table

    def _read_raw(self, names: Sequence[str], start: int, stop: int) -> pa.Table | None:
        """Read columns that need no library; None if there are others."""
        if not self.raw.keys() >= set(names):
            return None
        columns = []
        with self.request.path.open("rb", buffering=0) as file:
            for name in names:
                column = read_raw_rows(file, self.schema.field(name).type, self.raw[name], start, stop)
                if column is None:
                    return None
                columns.append(column)
        return pa.table(columns, pa.schema([self.schema.field(name) for name in names]))

    def _request_from_reader(self, names: Sequence[str], start: int, stop: int) -> pa.Table:
        task = {"names": list(names), "start": start, "stop": stop}
        _, payload = request_from_reader(self.reader, self.request, task)
        return pa.ipc.open_stream(pa.py_buffer(payload)).read_all()


def open_streamed_file(reader: Reader, request: Request) -> StreamedFile:
    """Open a file whose rows will be read block by block.

    Args:
        reader: the reader for the file.
        request: the file, and what to read of it.

    Returns:
        What it holds.

    Raises:
        DataError: it cannot be read, or its format does not allow it.
    """
    if reader.in_order:
        raise DataError(only_in_order(request.path, reader.in_order))
    with damaged(request.path, reader.name, (OSError,)):
        state = _state(request)
        answer, schema = request_from_reader(reader, request, {})
    raw = {name: RawRows(**fields) for name, fields in answer["raw"].items()}
    columns = pa.ipc.read_schema(pa.py_buffer(schema))
    return StreamedFile(reader, request, columns, answer["rows"], answer["starts"], state, raw)


def _state(request: Request) -> tuple[int, ...]:
    """Return what changes when a file changes: its size, time of modification, and inode."""
    stat = request.path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
