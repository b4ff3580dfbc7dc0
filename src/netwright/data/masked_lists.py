"""Lists of the particles that exist, of arrays with a place for each that may exist and a mask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data.dataset import Dataset

__all__ = ["MASK", "mask_of_array", "mask_values", "with_lists"]

MASK: Final = r"valid|mask|is_?valid|exists"
"""Names of a column that says which particles of an array exist, in lower case."""


def with_lists(dataset: Dataset, collection: str) -> Dataset:
    """Return a data set in which the arrays of a collection with a mask are lists of the particles that exist.

    Args:
        dataset: a row for each event, or jet.
        collection: a column, or what the names of columns begin with up to a dot, a slash or an underscore.

    Returns:
        The data set; the same where these are no arrays, or none of their size is a mask. Of several masks, each array
        belongs to one, as `mask_of_array` finds.
    """
    sizes = {field.name: field.type.list_size for field in dataset.schema if pa.types.is_fixed_size_list(field.type)}
    named = [name for name in sizes if name == collection or re.match(rf"{re.escape(collection)}[._/]", name)]
    arrays = [name for name, size in sizes.items() if named and size == sizes[named[0]]]
    masks = {name: mask for name in arrays if (mask := mask_values(dataset, name)) is not None}
    if not masks:
        return dataset
    own = {name: next(iter(masks)) if len(masks) == 1 else mask_of_array(dataset, name, masks) for name in arrays}
    chosen = next((own[name] for name in named if own[name] is not None), None)
    if chosen is None:
        return dataset
    table = dataset.table
    for name in (name for name in arrays if own[name] == chosen):
        lists = _lists(table.column(name), masks[chosen])
        table = table.set_column(table.schema.get_field_index(name), name, pa.chunked_array([lists]))
    return replace(dataset, table=table)


def mask_of_array(dataset: Dataset, name: str, masks: Mapping[str, npt.NDArray[np.bool_]]) -> str | None:
    """Return the mask of an array: of those outside of which it has one value, that with the fewest particles.

    Args:
        dataset: the columns.
        name: of an array of numbers; a mask belongs to itself.
        masks: which particles exist, by the names of the masks, shape (rows, places).

    Returns:
        The name of the mask; None where the array has several values outside of each of them.
    """
    if name in masks:
        return name
    values = _values(dataset, name)
    fitting = [mask for mask, exists in masks.items() if _has_one_value(values[~exists])]
    return min(fitting, key=lambda mask: int(masks[mask].sum()), default=None)


def _has_one_value(values: npt.NDArray[Any]) -> bool:
    """Return whether numbers are all equal, or all NaN."""
    return not values.size or bool((values == values.flat[0]).all() or (values != values).all())


def mask_values(dataset: Dataset, name: str) -> npt.NDArray[np.bool_] | None:
    """Return an array of flags that says which particles exist.

    Args:
        dataset: the columns.
        name: of an array.

    Returns:
        Shape (rows, places); None where the array has another name than those of `MASK`, or other values than 0 and 1.
    """
    if re.fullmatch(MASK, re.split(r"[._/]", name)[-1].lower()) is None:
        return None
    values = _values(dataset, name)
    return values[..., 0].astype(bool) if values.shape[-1] == 1 and np.isin(values, (0, 1)).all() else None


def _values(dataset: Dataset, name: str) -> npt.NDArray[Any]:
    """Return the values of an array, shape (rows, places, numbers of each)."""
    column = values = dataset.table.column(name)
    while pa.types.is_fixed_size_list(values.type):
        values = pc.list_flatten(values)
    return np.asarray(values.to_numpy()).reshape(len(column), column.type.list_size, -1)


def _lists(arrays: pa.ChunkedArray, exists: npt.NDArray[np.bool_]) -> pa.ListArray:
    """Return the values of particles that exist."""
    values = pc.list_flatten(arrays).filter(pa.array(exists.ravel())).combine_chunks()
    offsets = np.concatenate([[0], np.cumsum(exists.sum(axis=1))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)
