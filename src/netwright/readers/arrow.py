"""Arrow's own files: the file format (Feather 2, IPC) and the stream, mapped into memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._contract import Contents, Ranges, Request, rows_per_batch
from netwright.readers._limits import refuse_bomb
from netwright.readers._member_columns import MemberColumn, member_columns, schema_of, with_members
from netwright.readers._refusals import damaged, refuse_key

__all__ = ["open_file"]

_ERRORS = (pa.ArrowException, OSError, ValueError)  # ValueError: a name that is not UTF-8
_FILE, _FEATHER_1 = b"ARROW1", b"FEA1"
_END_OF_STREAM = b"\xff" * 4 + bytes(4)  # of one that was closed
_IN_ORDER = "A stream of Arrow has no index of its batches: write Arrow's file format (.feather), or Parquet."


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a file of Arrow, whichever of its formats it has.

    Args:
        request: the file; a key is refused, because such a file is one table.

    Yields:
        Its columns, structures and maps as their members; `Contents.left_out` names what no column can hold.

    Raises:
        DataError: the file is damaged or of Feather's first version, no column can be read, or a key is given.
    """
    path = request.path
    refuse_key(request, "an Arrow file")
    with damaged(path, "Arrow", _ERRORS):
        is_file = _is_file(path)
        columns, left_out = member_columns(path, _opened(path, is_file=is_file).schema)
        first = pa.ipc.IpcReadOptions(included_fields=[0])  # to count rows
        counts = [batch.num_rows for batch in _stored(path, is_file=is_file, options=first)]
    starts = [0, *accumulate(count for count in counts if count)]
    yield Contents(
        schema_of(columns),
        starts[-1],
        _batches(path, columns, is_file=is_file),
        left_out,
        ranges=Ranges(starts[:-1], partial(_rows, path, counts, columns)) if is_file else None,
        in_order="" if is_file else _IN_ORDER,
    )


def _is_file(path: Path) -> bool:
    """Return whether a file has Arrow's file format, rather than that of a stream, which has no end before its last."""
    with path.open("rb") as file:
        begin = file.read(len(_FILE))
        file.seek(-min(len(_END_OF_STREAM), file.seek(0, 2)), 2)
        end = file.read()
    if begin.startswith(_FEATHER_1):
        msg = f"{path}: is of Feather's first version. Write it again, with pyarrow.feather.write_feather."
        raise DataError(msg)
    if begin != _FILE and end != _END_OF_STREAM:
        msg = "neither the beginning of a file nor the end of a stream"
        raise pa.ArrowInvalid(msg)
    return begin == _FILE


def _opened(
    path: Path, *, is_file: bool, options: pa.ipc.IpcReadOptions | None = None
) -> pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader:
    source = pa.memory_map(str(path))
    return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(source, options=options)


def _stored(path: Path, *, is_file: bool, options: pa.ipc.IpcReadOptions | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a file as they are stored, each valid in all its bytes."""
    reader = _opened(path, is_file=is_file, options=options)
    stored = (reader.get_batch(place) for place in range(reader.num_record_batches)) if is_file else iter(reader)
    declared, size = 0, path.stat().st_size
    for batch in stored:
        declared += batch.nbytes
        refuse_bomb(path, declared, size)
        batch.validate(full=True)
        yield batch


def _batches(path: Path, columns: Sequence[MemberColumn], *, is_file: bool) -> Iterator[pa.RecordBatch]:
    """Yield all columns, in batches of a limited size."""
    with damaged(path, "Arrow", _ERRORS):
        for batch in _stored(path, is_file=is_file):
            step = rows_per_batch(batch.nbytes // max(1, batch.num_rows))
            for start in range(0, batch.num_rows, step):
                yield with_members(batch.slice(start, step), columns)


def _rows(
    path: Path, counts: Sequence[int], columns: Sequence[MemberColumn], names: Sequence[str], start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """Yield some rows of some columns."""
    by_name = {column.name: column for column in columns}
    own = [by_name[name] for name in names]
    ends = list(accumulate(counts))
    with damaged(path, "Arrow", _ERRORS):
        reader = _opened(path, is_file=True)
        for place in range(bisect_right(ends, start), len(counts)):
            first = ends[place] - counts[place]
            if first >= stop:
                break
            batch = reader.get_batch(place)
            kept = batch.slice(max(0, start - first), min(stop, ends[place]) - max(start, first))
            kept.validate(full=True)
            yield with_members(kept, own)
