"""Guess the use of columns with one array per row: single numbers as inputs, one-hot labels as classes."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset, element_name, owner_of, quoted
from netwright.inspection.column_summary import ColumnSummary, summarise_column
from netwright.inspection.guess.momenta import MAX_NUMBERS
from netwright.readers import is_numeric, row_shape

__all__ = ["find_one_hot", "numbers_of_inner_lists", "opened_arrays", "stored_name", "summarise_elements"]

_MAX_ELEMENTS = 2_000  # of a row that become separate inputs
_ROWS_AT_ONCE = 65_536


def summarise_elements(dataset: Dataset, column: ColumnSummary) -> list[ColumnSummary]:
    """Summarise the numbers of a column with one array per row, one by one.

    Args:
        dataset: the columns.
        column: one of them.

    Returns:
        A summary of each number, called ``X[0]``, ``X[1]`` and so on; none where the rows are not plain arrays of
        numbers, or have more than 2,000 numbers each.
    """
    kind = dataset.arrow(column.name).type
    shape = row_shape(kind)
    if len(shape) != 1 or not is_numeric(kind) or shape[0] > _MAX_ELEMENTS:
        return []
    return [summarise_column(dataset, element_name(column.name, index)) for index in range(shape[0])]


def opened_arrays(dataset: Dataset, column: ColumnSummary) -> list[ColumnSummary]:
    """Summarise the numbers of a column with an array of fixed size for each particle, one by one.

    Args:
        dataset: the columns.
        column: one of them.

    Returns:
        A summary of each number, called ``Tau[0]``, ``Tau[1]`` and so on, each with a list for a row; the column itself
        where particles have no arrays, or have arrays of more than 32 numbers each.
    """
    size = column.shape[1] if len(column.shape) == 2 else None
    if size is None or size > MAX_NUMBERS or column.minimum is None:
        return [column]
    return [summarise_column(dataset, element_name(column.name, place)) for place in range(size)]


def numbers_of_inner_lists(dataset: Dataset) -> dict[str, dict[str, str]]:
    """Find lists that have a list of equally many numbers for each particle, as written from Python or std::vector.

    Args:
        dataset: the columns.

    Returns:
        By column, the lists to derive of it: name and SQL expression of each number of a particle.
    """
    found: dict[str, dict[str, str]] = {}
    for name in dataset.names:
        kind = dataset.type_of(name)
        inner = kind.value_type if pa.types.is_list(kind) else kind
        if not (pa.types.is_list(kind) and pa.types.is_list(inner)) or not is_numeric(inner.value_type):
            continue
        sizes = pc.unique(pc.list_value_length(pc.list_flatten(dataset.arrow(name)))).to_pylist()
        if len(sizes) == 1 and sizes[0] is not None and 0 < sizes[0] <= MAX_NUMBERS and not row_shape(inner.value_type):
            found[name] = {
                re.sub(r"\W+", "_", f"{name}_{place}"): f"list_transform({quoted(name)}, lambda v: v[{place + 1}])"
                for place in range(sizes[0])
            }
    return {name: lists for name, lists in found.items() if lists.keys().isdisjoint(dataset.names)}


def stored_name(dataset: Dataset, name: str) -> str:
    """Return the column of the file that a column is, or is an element of.

    Args:
        dataset: the columns.
        name: of a column, or of an element such as ``Tau[0]``.

    Returns:
        The name of the column.
    """
    return name if name in dataset.schema.names else owner_of(name, dataset.schema) or name


def find_one_hot(dataset: Dataset, column: str) -> tuple[int, ...] | None:
    """Return the positions of the 1 that occur in a column of one-hot labels: zeros and a single 1 in each row.

    Args:
        dataset: the columns.
        column: one of them.

    Returns:
        The positions, from 0; None where it holds something else.
    """
    arrays = dataset.arrow(column)
    shape = row_shape(arrays.type)
    if len(shape) != 1 or shape[0] < 2 or not is_numeric(arrays.type) or arrays.null_count:
        return None
    rows_of_position = np.zeros(shape[0], dtype=np.int64)
    for start in range(0, dataset.rows, _ROWS_AT_ONCE):
        values = dataset.slice(start, start + _ROWS_AT_ONCE).column(column)
        if not (np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all()):
            return None
        rows_of_position += (values == 1).sum(axis=0)
    return tuple(int(position) for position in np.flatnonzero(rows_of_position))
