"""Parquet: columns, lists, and the members of structures and maps."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from netwright.readers._contract import (
    BATCH_BYTES,
    BLOCK_BYTES,
    Block,
    Contents,
    Part,
    Ranges,
    Request,
    rows_per_batch,
    rows_per_block,
)
from netwright.readers._limits import refuse_bomb
from netwright.readers._member_columns import MemberColumn, fields_of, member_columns, schema_of, with_members
from netwright.readers._plain import element_bytes, is_variable, row_shape
from netwright.readers._refusals import damaged, refuse_key

__all__ = ["open_file"]

_ERRORS = (pa.ArrowException, OSError, ValueError)  # ValueError: a name that is not UTF-8
_STREAM_BYTES = 2**18  # of each column's stream
_COLUMNS_AT_ONCE = 128
_TEXT_ROWS = 2**16  # a batch with texts, whose lengths are not known in advance


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a Parquet file.

    Args:
        request: the file; a key is refused, because a Parquet file is one table.

    Yields:
        Its columns, structures and maps as their members; `Contents.left_out` names what no column can hold.

    Raises:
        DataError: the file is damaged, no column can be read, or a key is given.
    """
    path = request.path
    refuse_key(request, "a Parquet file")
    with damaged(path, "Parquet", _ERRORS):
        file = _opened(path)
    with file:
        with damaged(path, "Parquet", _ERRORS):
            columns, left_out = member_columns(path, file.schema_arrow)
            declared = _declared_bytes(file, columns)
            refuse_bomb(path, declared, path.stat().st_size)
        rows = file.metadata.num_rows
        step = rows_per_batch(declared // max(1, rows))
        if any(pa.types.is_string(column.kind) for column in columns):
            step = min(step, _TEXT_ROWS)
        yield Contents(
            schema_of(columns),
            rows,
            _batches(path, file, columns, step),
            left_out,
            parts=_parts(path, file, columns),
            ranges=Ranges(_group_starts(file)[:-1], partial(_rows, path, file, columns)),
        )


def _opened(path: Path, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
    # pre_buffer loads whole row groups, which may be as large as the file
    return pq.ParquetFile(
        path, metadata=metadata, buffer_size=_STREAM_BYTES, pre_buffer=False, page_checksum_verification=True
    )


def _declared_bytes(file: pq.ParquetFile, columns: Sequence[MemberColumn]) -> int:
    """Return the unpacked size of all columns as declared by the file."""
    values = {column.leaf: _row_bytes(column) for column in columns}
    variable = [column for column in columns if is_variable(column.kind)]
    total = file.metadata.num_rows * (sum(values.values()) - sum(values[column.leaf] for column in variable))
    for group in range(file.metadata.num_row_groups if variable else 0):
        # pyarrow crashes on damaged column metadata unless its reader has parsed it first
        for _ in file.iter_batches(1, row_groups=[group], columns=fields_of(variable)):
            break
        chunks = [file.metadata.row_group(group).column(column.leaf) for column in variable]
        total += sum(
            max(chunk.num_values * values[column.leaf], chunk.total_uncompressed_size)
            for column, chunk in zip(variable, chunks, strict=True)
        )
    return int(total)


def _group_starts(file: pq.ParquetFile) -> list[int]:
    """Return the first row of each row group that has any, and the number of rows."""
    counts = (file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups))
    return [0, *accumulate(count for count in counts if count)]


def _rows(
    path: Path, file: pq.ParquetFile, columns: Sequence[MemberColumn], names: Sequence[str], start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """Yield some rows of some columns; row groups are unpacked as a whole."""
    by_name = {column.name: column for column in columns}
    chosen = [by_name[name] for name in names]
    starts = _group_starts(file)
    groups = [group for group in range(file.metadata.num_row_groups) if file.metadata.row_group(group).num_rows]
    first, last = bisect_right(starts, start) - 1, bisect_left(starts, stop)
    try:
        # mapped, row groups are unpacked without a copy of their packed bytes
        with pq.ParquetFile(path, metadata=file.metadata, memory_map=True, page_checksum_verification=True) as other:
            table = other.read_row_groups(groups[first:last], columns=fields_of(chosen))
    except _ERRORS:
        with damaged(path, f"Parquet{_where(file, chosen)}", _ERRORS):
            raise
    for batch in table.slice(start - starts[first], stop - start).combine_chunks().to_batches():
        yield with_members(batch, chosen)


def _parts(path: Path, file: pq.ParquetFile, columns: Sequence[MemberColumn]) -> list[Part]:
    """Return how to read a few columns of a row group at a time, as they are stored; nothing for texts and lists."""
    if any(is_variable(column.kind) for column in columns):
        return []
    parts: list[Part] = []
    start = 0
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        parts += [partial(_blocks, path, file.metadata, group, start, few) for few in _few(columns, rows)]
        start += rows
    return parts


def _few(columns: Sequence[MemberColumn], rows: int) -> Iterator[list[MemberColumn]]:
    """Yield columns that have about as many bytes together as a block, keeping those of one field together."""
    few: list[MemberColumn] = []
    for column in columns:
        if few and few[-1].field != column.field and rows * sum(map(_row_bytes, few)) >= BLOCK_BYTES:
            yield few
            few = []
        few.append(column)
    yield few


def _row_bytes(column: MemberColumn) -> int:
    return math.prod(row_shape(column.kind)) * element_bytes(column.kind)


def _blocks(
    path: Path, metadata: pq.FileMetaData, group: int, start: int, columns: Sequence[MemberColumn]
) -> Iterator[Block]:
    """Yield columns of a row group."""
    with damaged(path, "Parquet", _ERRORS):
        file = _opened(path, metadata)
    with file:
        for batch in _group_batches(path, file, columns, group):
            yield Block(start, batch)
            start += batch.num_rows


def _group_batches(
    path: Path, file: pq.ParquetFile, columns: Sequence[MemberColumn], group: int
) -> Iterator[pa.RecordBatch]:
    """Yield columns of a row group: at once, which is faster, if they are few bytes."""
    row_bytes = sum(map(_row_bytes, columns))
    if file.metadata.row_group(group).num_rows * row_bytes > BATCH_BYTES // 4:
        yield from _plain_batches(path, file, columns, rows_per_block(row_bytes), group)
        return
    try:
        table = file.read_row_group(group, columns=fields_of(columns), use_threads=False)
        for batch in table.combine_chunks().to_batches():
            yield with_members(batch, columns)
    except _ERRORS:
        with damaged(path, f"Parquet{_where(file, columns)}", _ERRORS):
            raise


def _batches(path: Path, file: pq.ParquetFile, columns: Sequence[MemberColumn], step: int) -> Iterator[pa.RecordBatch]:
    """Yield all columns, a few at a time if there are many: every open column holds its dictionary and a page."""
    if len(columns) <= _COLUMNS_AT_ONCE:
        yield from _plain_batches(path, file, columns, step)
        return
    groups = list(_in_groups(columns))
    with TemporaryDirectory(prefix="netwright-parquet-") as folder:
        stores = [Path(folder) / f"{number}.arrow" for number in range(len(groups))]
        for store, group in zip(stores, groups, strict=True):
            with pa.OSFile(str(store), "wb") as sink, pa.ipc.new_stream(sink, schema_of(group)) as writer:
                for batch in _plain_batches(path, file, group, step):
                    writer.write_batch(batch)
        with ExitStack() as open_stores:
            streams = [pa.ipc.open_stream(open_stores.enter_context(pa.OSFile(str(store)))) for store in stores]
            for blocks in zip(*streams, strict=True):
                yield pa.record_batch([c for block in blocks for c in block.columns], schema=schema_of(columns))


def _in_groups(columns: Sequence[MemberColumn]) -> Iterator[list[MemberColumn]]:
    """Yield columns in groups, keeping those of one field together."""
    group: list[MemberColumn] = []
    for column in columns:
        if len(group) >= _COLUMNS_AT_ONCE and group[-1].field != column.field:
            yield group
            group = []
        group.append(column)
    yield group


def _plain_batches(
    path: Path, file: pq.ParquetFile, columns: Sequence[MemberColumn], step: int, group: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield columns, of one row group with one thread, or of all with several."""
    options: dict[str, Any] = {} if group is None else {"row_groups": [group], "use_threads": False}
    try:
        for batch in file.iter_batches(batch_size=step, columns=fields_of(columns), **options):
            yield with_members(batch, columns)
    except _ERRORS:
        with damaged(path, f"Parquet{_where(file, columns)}", _ERRORS):
            raise


def _where(file: pq.ParquetFile, columns: Sequence[MemberColumn]) -> str:
    """Return the column that cannot be read, for a message."""
    for name in fields_of(columns):
        try:
            for batch in file.iter_batches(columns=[name]):
                batch.validate()
        except _ERRORS:
            return f' (column "{name}")'
    return ""
