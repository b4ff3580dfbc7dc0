"""Cache entries for columns of any kind: record batches joined to larger ones, as large as memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from netwright.memory import available_memory

__all__ = ["write_in_batches"]

_BLOCK_BYTES = 2**29  # where memory allows: a column in one chunk is an array without a copy
_BLOCKS_IN_MEMORY = 32  # so many fit into the memory that is available


def write_in_batches(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    """Write record batches, joined.

    Args:
        path: the file, which is replaced.
        schema: names and types of the columns.
        batches: of these columns.

    Returns:
        How many rows there were.
    """
    done = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for block in _large_batches(batches):
            writer.write_batch(block.cast(schema))
            done += block.num_rows
    return done


def _large_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Join batches, because a column in one chunk is read without a copy, and one in few chunks with a cheap one."""
    at_most = min(_BLOCK_BYTES, available_memory() // _BLOCKS_IN_MEMORY)
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if waiting and size + batch.nbytes > at_most:
            yield _joined(waiting)
            waiting, size = [], 0
        waiting.append(batch)
        size += batch.nbytes
    if waiting:
        yield _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    schema, columns = batches[0].schema, [batch.columns for batch in batches]
    batches.clear()  # a column is given up once it is joined, so that all are not there twice
    return pa.record_batch([pa.concat_arrays([of_batch.pop(0) for of_batch in columns]) for _ in schema], schema=schema)
