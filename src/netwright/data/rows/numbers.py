"""Columns of numbers as rows of float32, with every value checked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import NumericInput
from netwright.data.dataset import Dataset
from netwright.data.elements import owner_of
from netwright.data.moments.missing import markers_of
from netwright.errors import DataError
from netwright.readers import to_numpy

__all__ = ["number_rows"]

Array = npt.NDArray[Any]

_ROWS_AT_ONCE = 4096
_FLOATS = (pa.float32(), pa.float64())


def number_rows(dataset: Dataset, name: str, group: NumericInput) -> npt.NDArray[np.float32]:
    """Convert columns of numbers.

    Args:
        dataset: the columns.
        name: of the group, for messages.
        group: which columns, and what may be missing in them.

    Returns:
        (rows, columns), in the unit of the file.

    Raises:
        DataError: a column is missing or not numeric, or a value is not finite and not declared as missing.
    """
    values = _elements(dataset, group.columns)
    columns = list(values.T) if values is not None else _flat(dataset, group.columns)
    with np.errstate(over="ignore"):  # values that are too large become infinite, and are refused as such
        if values is None:
            values = _side_by_side(columns, dataset.rows)
        values = np.asarray(values, dtype=np.float32)
    bad = ~np.isfinite(values) if group.missing is False else np.isinf(values)
    if bad.any() and markers_of(group.missing):  # a marker may be infinite in float32
        bad &= ~np.isin(np.stack(columns, axis=1), markers_of(group.missing))
    if bad.any():
        row, position = (int(i) for i in np.argwhere(bad)[0])
        value = columns[position][row]
        hint = "Derive a column without it (data.derived), or exclude the row with data.selection."
        if np.isnan(value):
            hint = "If it marks a missing value, set missing: true in this group."
        msg = (
            f"inputs.{name}: column {group.columns[position]}, {dataset.locate(row)}: {value} is not a finite number "
            f"in float32. {hint}"
        )
        raise DataError(msg)
    return values


def _side_by_side(columns: list[Array], rows: int) -> npt.NDArray[np.float32]:
    """Return columns as rows; block by block, so that the lines that are written to stay in the processor's cache."""
    stacked = np.empty((rows, len(columns)), np.float32)
    for start in range(0, rows, _ROWS_AT_ONCE):
        block = [np.asarray(column[start : start + _ROWS_AT_ONCE], dtype=np.float32) for column in columns]
        np.stack(block, axis=1, out=stacked[start : start + _ROWS_AT_ONCE])
    return stacked


def _flat(dataset: Dataset, columns: list[str]) -> list[Array]:
    """Return columns of numbers; those that are floats in one chunk, without missing values, at little cost."""
    table = dataset.table
    indices = {name: index for index, name in enumerate(table.column_names)}
    arrays = []
    for column in columns:
        values = table.column(indices[column]) if column in indices else None
        if values is not None and values.num_chunks == 1 and values.type in _FLOATS and not values.null_count:
            arrays.append(values.chunk(0).to_numpy())
        else:
            arrays.append(dataset.column(column))
    return arrays


def _elements(dataset: Dataset, columns: list[str]) -> Array | None:
    """Return elements of one column of arrays, row by row, which is faster; None for other columns."""
    owner = owner_of(columns[0], dataset.schema)
    elements = () if owner is None else _places_in(owner, tuple(columns))
    if owner is None or not elements:
        return None
    array = dataset.schema.field(owner).type
    if not pa.types.is_floating(array.value_type) or dataset.arrow(owner).null_count:
        return None
    if max(elements) >= array.list_size or not set(columns).isdisjoint(dataset.names):
        return None
    values = to_numpy(dataset.arrow(owner))
    if elements == tuple(range(elements[0], elements[-1] + 1)):
        return values[:, elements[0] : elements[-1] + 1]
    return np.take(values, elements, axis=1)


@lru_cache(16)  # blocks of files ask again and again
def _places_in(owner: str, columns: tuple[str, ...]) -> tuple[int, ...]:
    """Return the places of elements in a column of arrays; none if there are others among them."""
    if not all(column.startswith(f"{owner}[") for column in columns):
        return ()
    return tuple(int(column[len(owner) + 1 : -1]) for column in columns)
