"""Scores of the elements of events, such as jets, as a friend of the tree of events: lists, one for each event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data import Dataset
from netwright.evaluation.score_formats import is_text

__all__ = ["lists_of_events"]


def lists_of_events(
    tables: Iterable[pa.Table], data: Dataset, collection: str, left_out: Collection[str] = ()
) -> Iterator[pa.Table]:
    """Put the rows of each event into lists; an event without rows has empty ones.

    Args:
        tables: their rows are those of the data, in the same order.
        data: all elements of a collection, from `netwright.data.rows_of_collection`.
        collection: its name.
        left_out: columns that the tree of events has already.

    Yields:
        (events,) with the column COLLECTION, a list of structures with the columns of numbers; columns of texts are the
        same in all rows of an event, and keep the first, or an empty one. One event for each row of the files, in
        the same order.
    """
    origin = np.arange(data.rows) if data.origin is None else data.origin
    events = sum(source.rows for source in data.sources)
    waiting: list[pa.Table] = []
    first_event = first_row = rows = 0
    for table in tables:
        waiting.append(table.drop_columns([name for name in left_out if name in table.column_names]))
        rows += table.num_rows
        last_event = int(origin[rows - 1]) if rows < data.rows else events  # its further rows may follow
        last_row = int(np.searchsorted(origin[:rows], last_event))
        if last_event > first_event or not events:
            ready = pa.concat_tables(waiting)
            bounds = np.searchsorted(origin[first_row:last_row], np.arange(first_event, last_event + 1))
            yield _lists(ready.slice(0, last_row - first_row), bounds, collection)
            waiting = [ready.slice(last_row - first_row)]
            first_event, first_row = last_event, last_row


def _lists(table: pa.Table, bounds: npt.NDArray[np.int64], collection: str) -> pa.Table:
    """Return a table of events whose rows lie between bounds, shape (events + 1,)."""
    table = table.combine_chunks()
    texts = [field.name for field in table.schema if is_text(field.type)]
    numbers = [name for name in table.column_names if name not in texts]
    fields = [table.schema.field(name) for name in numbers]
    empty = pa.chunked_array([pa.nulls(1, pa.string())])
    firsts = pa.array(np.where(np.diff(bounds) > 0, bounds[:-1], table.num_rows))
    columns: dict[str, object] = {
        name: pa.chunked_array([*table.column(name).cast(pa.string()).chunks, *empty.chunks]).take(firsts)
        for name in texts
    }
    arrays = [_one(table.column(name)) for name in numbers]
    structures = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.table({**columns, collection: pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), structures)})


def _one(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)
