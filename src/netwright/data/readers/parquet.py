"""Parquet: flat columns, lists and fixed-size lists."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from netwright.data.readers._contract import Contents, Request, damaged, rows_per_batch
from netwright.data.readers._limits import refuse_bomb
from netwright.data.readers._plain import element_bytes, is_variable, plain_array, plain_type, row_shape
from netwright.errors import DataError

__all__ = ["open_file"]

_ERRORS = (pa.ArrowException, OSError, ValueError)  # ValueError: a name that is not UTF-8
_STREAM_BYTES = 2**18  # of each column's stream
_COLUMNS_AT_ONCE = 128
_TEXT_ROWS = 2**16  # a batch with texts, whose lengths are not known before


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a Parquet file.

    Args:
        request: the file; a key is refused, because a Parquet file is one table.

    Yields:
        Its columns.

    Raises:
        DataError: the file is damaged, a column is a structure, a map or bytes, two have one name, or a key is given.
    """
    path = request.path
    if request.key is not None:
        msg = f'{path}: a Parquet file is one table and takes no key. Received: key="{request.key}". Leave it out.'
        raise DataError(msg)
    with damaged(path, "Parquet", _ERRORS):
        # with pre_buffer whole row groups are loaded, which may be as large as the file
        file = pq.ParquetFile(path, buffer_size=_STREAM_BYTES, pre_buffer=False, page_checksum_verification=True)
    with file:
        with damaged(path, "Parquet", _ERRORS):
            schema = _schema(path, file)
            declared = _declared_bytes(file, schema)
            refuse_bomb(path, declared, path.stat().st_size)
        rows = file.metadata.num_rows
        step = rows_per_batch(declared // max(1, rows))
        if any(pa.types.is_string(kind) for kind in schema.types):
            step = min(step, _TEXT_ROWS)
        yield Contents(schema, rows, _batches(path, file, schema, step))


def _schema(path: Path, file: pq.ParquetFile) -> pa.Schema:
    names = file.schema_arrow.names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        msg = f'{path}: two columns have the name "{twice}". Write the file again with one column a name.'
        raise DataError(msg)
    fields = []
    for field in file.schema_arrow:
        kind = plain_type(field.type)
        if kind is None:
            msg = (
                f'{path}: column "{field.name}" has the type {field.type}; a column holds booleans, numbers, '
                f"texts, times or lists of them. Flatten it, or leave it out."
            )
            raise DataError(msg)
        fields.append(pa.field(field.name, kind))
    return pa.schema(fields)


def _declared_bytes(file: pq.ParquetFile, schema: pa.Schema) -> int:
    """Return the size of all columns when unpacked, as the file declares it."""
    values = [math.prod(row_shape(kind)) * element_bytes(kind) for kind in schema.types]
    of_fixed_width = [not is_variable(kind) for kind in schema.types]
    total = file.metadata.num_rows * sum(v for v, fixed in zip(values, of_fixed_width, strict=True) if fixed)
    variable = [place for place, fixed in enumerate(of_fixed_width) if not fixed]
    for group in range(file.metadata.num_row_groups if variable else 0):
        # pyarrow ends the process on a damaged description of a column, unless its reader has seen it first
        for _ in file.iter_batches(1, row_groups=[group], columns=[schema.names[place] for place in variable]):
            break
        chunks = [file.metadata.row_group(group).column(place) for place in variable]
        total += sum(
            max(chunk.num_values * values[place], chunk.total_uncompressed_size)
            for place, chunk in zip(variable, chunks, strict=True)
        )
    return int(total)


def _batches(path: Path, file: pq.ParquetFile, schema: pa.Schema, step: int) -> Iterator[pa.RecordBatch]:
    """Yield all columns, some at a time where there are many: every open column holds its dictionary and a page."""
    if len(schema) <= _COLUMNS_AT_ONCE:
        yield from _plain_batches(path, file, schema, step)
        return
    parts = [
        pa.schema(list(schema)[start : start + _COLUMNS_AT_ONCE]) for start in range(0, len(schema), _COLUMNS_AT_ONCE)
    ]
    with TemporaryDirectory(prefix="netwright-parquet-") as folder:
        stores = [Path(folder) / f"{number}.arrow" for number in range(len(parts))]
        for store, part in zip(stores, parts, strict=True):
            with pa.OSFile(str(store), "wb") as sink, pa.ipc.new_stream(sink, part) as writer:
                for batch in _plain_batches(path, file, part, step):
                    writer.write_batch(batch)
        with ExitStack() as open_stores:
            streams = [pa.ipc.open_stream(open_stores.enter_context(pa.OSFile(str(store)))) for store in stores]
            for pieces in zip(*streams, strict=True):
                yield pa.record_batch([column for piece in pieces for column in piece.columns], schema=schema)


def _plain_batches(path: Path, file: pq.ParquetFile, schema: pa.Schema, step: int) -> Iterator[pa.RecordBatch]:
    with damaged(path, "Parquet", _ERRORS):
        for batch in file.iter_batches(batch_size=step, columns=schema.names):
            by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
            yield pa.record_batch([plain_array(by_name[f.name], f.type) for f in schema], schema=schema)
