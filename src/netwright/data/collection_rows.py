"""Rows of the elements of a collection, such as jets, from files with a row for each event."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import EVENT_HASH, index_column, numbers_in
from netwright.data.cache.gather import gathered
from netwright.data.dataset import Dataset
from netwright.data.masked_lists import with_lists
from netwright.data.split.identity import content_identity, scrambled
from netwright.errors import DataError, did_you_mean
from netwright.readers import is_numeric, left_out_of, metadata, remarks_of, row_shape

__all__ = ["members_of_collection", "mentioned_columns", "rows_of_collection"]

Whole = npt.NDArray[np.int64]

_SEPARATORS = "._/"


def rows_of_collection(
    dataset: Dataset,
    collection: str,
    mentioned: Iterable[str],
    *,
    content: Iterable[str] | None = None,
    may_be_empty: bool = False,
) -> Dataset:
    """Return a row for each element of a collection, such as each jet, instead of one for each event.

    Its lists, or arrays with a mask such as ``valid``, become plain columns; of the others those that are mentioned are
    repeated for each element, the lists of other collections as they are. A column ``COLLECTION_index`` counts the
    elements of each event from 0. Events without elements have no rows.

    Args:
        dataset: a row for each event.
        collection: what the names of its columns begin with, such as ``Jet``; or one of its columns.
        mentioned: texts such as names and expressions: columns whose names occur in one of them are repeated.
        content: columns of the collection whose values tell events apart, for the column `EVENT_HASH`, which is equal
            for the elements of an event; None without that column.
        may_be_empty: whether no event may have an element.

    Returns:
        (elements,) rows, whose places in the files are those of their events.

    Raises:
        DataError: there is no such collection, it is empty in all events, or a column of the index exists.
    """
    dataset = with_lists(dataset, collection)
    members = members_of_collection(dataset, collection)
    lengths = _lengths(dataset, members[0])
    if not lengths.any() and not may_be_empty:
        msg = f"data.rows: {collection}: the lists of all {dataset.rows:,} events are empty. Name another collection."
        raise DataError(msg)
    events = np.repeat(np.arange(dataset.rows), lengths)
    index = index_column(collection)
    if index in dataset.names:
        msg = f"data.rows: {collection}: the files have a column {index}, the name of the place of a row in its event."
        raise DataError(msg + " Rename it in the files.")
    repeated = [name for name in mentioned_columns(dataset.table.schema, mentioned) if name not in members]
    of_events = gathered(dataset.table.select(repeated), events)
    columns = {name: of_events.column(name) for name in repeated}
    columns |= {name: pc.list_flatten(dataset.arrow(name)) for name in members}
    columns[index] = pa.chunked_array([pa.array(_counted(lengths), pa.int32())])
    if content is not None:
        columns[EVENT_HASH] = pa.chunked_array([_event_hash(columns, lengths, list(content), collection)])
    schema = dataset.table.schema
    origin = events if dataset.origin is None else dataset.origin[events]
    remarks = [*remarks_of(schema), _remark(collection, lengths)]
    table = pa.table(columns).replace_schema_metadata(metadata(left_out_of(schema), remarks))
    return replace(dataset, table=table, origin=origin)


def members_of_collection(dataset: Dataset, collection: str) -> list[str]:
    """Return the columns of a collection: lists with one value for each of its elements.

    Args:
        dataset: a row for each event.
        collection: what the names of its columns begin with; or one of its columns, which then are all with lists of
            the same lengths.

    Returns:
        Their names, in the order of the files. Of lists whose names begin so, those of the most frequent lengths.

    Raises:
        DataError: there are none.
    """
    lists = [field.name for field in dataset.table.schema if pa.types.is_list(field.type)]
    if collection in lists:
        lengths = {name: _lengths(dataset, name).tobytes() for name in lists}
        return [name for name in lists if lengths[name] == lengths[collection]]
    prefixes = tuple(collection + separator for separator in _SEPARATORS)
    lengths = {name: _lengths(dataset, name).tobytes() for name in lists if name.startswith(prefixes)}
    if not lengths:
        stems = dict.fromkeys(re.split(rf"[{_SEPARATORS}](?!.*[{_SEPARATORS}])", name)[0] for name in lists)
        msg = f"data.rows: {collection}: no column of lists is called so, or begins with {collection}_, . or /."
        raise DataError(msg + (did_you_mean(collection, stems) if stems else " The files have no lists."))
    most = Counter(lengths.values()).most_common(1)[0][0]
    return [name for name, of_column in lengths.items() if of_column == most]


def mentioned_columns(schema: pa.Schema, texts: Iterable[str]) -> list[str]:
    """Return the columns whose names occur in texts.

    Args:
        schema: of the columns.
        texts: such as names, patterns for numbered columns and SQL expressions.

    Returns:
        Their names, in their order.

    Example:
        >>> schema = pa.schema([(name, pa.float32()) for name in ("pt", "Jet.PT", "E_0", "E_1", "eta")])
        >>> mentioned_columns(schema, ['"Jet.PT" > 20 AND pt < 3', "E_{i}"])
        ['pt', 'Jet.PT', 'E_0', 'E_1']
    """
    texts = list(texts)
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    words |= {name for text in texts for name in numbers_in(text, schema.names)}
    whole = "\n".join(texts)
    return [name for name in schema.names if name in words or (not name.isidentifier() and name in whole)]


def _lengths(dataset: Dataset, name: str) -> Whole:
    """Return how many elements each event has, shape (events,); 0 where a list is missing."""
    return np.asarray(pc.fill_null(pc.list_value_length(dataset.arrow(name)), 0).to_numpy(), np.int64)


def _counted(lengths: Whole) -> Whole:
    """Return the places of elements in their events, from 0."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _event_hash(
    columns: Mapping[str, pa.ChunkedArray], lengths: Whole, content: Sequence[str], collection: str
) -> pa.Array:
    """Return a hash of the elements of each event, repeated for each: h = mix(Σ hashes of their content mod 2⁶⁴)."""
    kinds = {name: columns[name].type for name in content if name in columns}
    usable = [name for name, kind in kinds.items() if is_numeric(kind) and not row_shape(kind)]
    if not usable:
        msg = (
            f"data.identity: the rows of one event, such as its {collection}, stay in one part of the split, and "
            "nothing tells which these are: no columns name the event, and no input holds numbers of the collection. "
            "Name columns of the event in data.identity (run, event ...)."
        )
        raise DataError(msg)
    numbers = {name: pc.fill_null(columns[name].cast(pa.float32(), safe=False), np.nan) for name in usable}
    hashes = content_identity({name: np.asarray(values)[:, None] for name, values in numbers.items()})
    filled = lengths[lengths > 0]
    sums = np.add.reduceat(hashes, np.cumsum(filled) - filled)
    return pa.array(np.repeat(scrambled(sums), filled).view(np.int64))


def _remark(collection: str, lengths: Whole) -> str:
    empty = int((lengths == 0).sum())
    without = f", of which {empty:,} have none" if empty else ""
    return (
        f"each row is one of {int(lengths.sum()):,} elements of {collection} in {len(lengths):,} events{without}. "
        "Columns of the event, such as its weight, are repeated"
    )
