"""The columns of HDF5 datasets: plain and structured arrays, lists, bit fields (booleans) and strings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._arrays import arrow_type, no_column, to_arrow

__all__ = ["Column", "dataset_column", "dataset_columns", "fields_of", "no_column_reason"]


@dataclass(frozen=True)
class Column:
    """A column and the location of its data.

    Attributes:
        name: the column's name.
        type: the column's type.
        dataset: the dataset that contains it.
        field: its field in a structured dataset; None for a plain one.
        item: its position along the second axis of a block of columns; None if it is the whole dataset.
        view: the type that the stored integers encode (booleans, times); None if they are plain integers.
        missing: the text that marks a missing value; None if there is none.
    """

    name: str
    type: pa.DataType
    dataset: h5py.Dataset
    field: str | None = None
    item: int | None = None
    view: str | None = None
    missing: str | None = None

    def take(self, path: Path, block: npt.NDArray[Any]) -> pa.Array:
        """Return the column of a block of rows.

        Args:
            path: the file, for messages.
            block: (rows, ...), as stored in the dataset.

        Returns:
            The column, (rows,).

        Raises:
            DataError: a text is not UTF-8.
        """
        values = block if self.field is None else block[self.field]
        if self.item is not None:
            values = values[:, self.item]
        if self.view is not None:
            values = values.astype(self.view)
        if pa.types.is_list(self.type):
            inner = h5py.check_vlen_dtype(self.dataset.dtype if self.field is None else self.dataset.dtype[self.field])
            return _lists(path, self.name, values, inner)
        column = (_text if values.dtype.hasobject else to_arrow)(path, self.name, values)
        if self.missing is None:
            return column
        return pa.compute.if_else(pa.compute.equal(column, self.missing), None, column)


def dataset_columns(path: Path, dataset: h5py.Dataset) -> list[Column]:
    """Return the columns of a plain dataset (one) or of a structured one (one per field).

    Args:
        path: the file, for messages.
        dataset: (rows, ...).

    Returns:
        The columns.

    Raises:
        DataError: a type cannot be a column.
    """
    return [dataset_column(path, dataset, name) for name in fields_of(dataset)]


def fields_of(dataset: h5py.Dataset) -> tuple[str | None, ...]:
    """Return the fields of a structured dataset; None stands for all of a plain one.

    Args:
        dataset: (rows, ...).

    Returns:
        Names.
    """
    return dataset.dtype.names or (None,)


def no_column_reason(dataset: h5py.Dataset, field: str | None) -> str | None:
    """Return the reason why no column can hold a dataset or one of its fields.

    Args:
        dataset: (rows, ...).
        field: its name; None for all of a plain dataset.

    Returns:
        A phrase to follow the name of a column; None if a column can hold it.
    """
    if not dataset.shape:
        return "it is a single value, not one per row"
    if dataset.is_virtual or dataset.external:
        return "it keeps its numbers in another file; copy them into this one"
    dtype = dataset.dtype if field is None else dataset.dtype[field]
    base, shape = dtype.base, (*dataset.shape[1:], *dtype.shape)
    if h5py.check_ref_dtype(base) is not None:
        return "it holds references to other parts of the file"
    inner = None if h5py.check_string_dtype(base) is not None else h5py.check_vlen_dtype(base)
    if inner is not None:
        plain = inner.names is None and not inner.hasobject and not shape and inner.kind not in "SU"
        return no_column(inner.base, inner.shape) if plain else f"it holds lists of {inner}, which no column can hold"
    if base.hasobject and h5py.check_string_dtype(base) is not None:
        return f"it holds texts of any length in an array {shape} per row" if shape else None
    if base.hasobject:
        return f"it holds {base}, neither numbers nor text"
    return no_column(np.dtype(bool) if _is_flag(dataset, field) else base, shape)


def dataset_column(path: Path, dataset: h5py.Dataset, field: str | None) -> Column:
    """Return the column of a plain dataset, or of a field of a structured one.

    Args:
        path: the file, for messages.
        dataset: (rows, ...); (rows, 1) is taken as (rows,).
        field: its name; None for all of a plain dataset.

    Returns:
        The column, named as the field or the dataset.

    Raises:
        DataError: its type cannot be a column.
    """
    dtype = dataset.dtype if field is None else dataset.dtype[field]
    name = field or dataset.name.rsplit("/", 1)[-1]
    base, shape = dtype.base, (*dataset.shape[1:], *dtype.shape)
    item, shape = (0, ()) if field is None and shape == (1,) else (None, shape)
    inner = None if h5py.check_string_dtype(base) is not None else h5py.check_vlen_dtype(base)
    if inner is not None:
        return Column(name, pa.list_(arrow_type(path, name, inner, ())), dataset, field)
    if h5py.check_string_dtype(base) is not None and base.hasobject and not shape:
        return Column(name, pa.string(), dataset, field, item)
    flags = _is_flag(dataset, field)
    kind = arrow_type(path, name, np.dtype(bool) if flags else base, shape)
    return Column(name, kind, dataset, field, item, view="bool" if flags else None)


def _is_flag(dataset: h5py.Dataset, field: str | None) -> bool:
    kind = dataset.id.get_type()
    return _is_bit_field(kind if field is None else kind.get_member_type(dataset.dtype.names.index(field)))


def _is_bit_field(kind: h5py.h5t.TypeID) -> bool:
    """Return whether a type is a bit field, or an array of it, as PyTables writes booleans."""
    if kind.get_class() == h5py.h5t.ARRAY:
        kind = kind.get_super()
    return bool(kind.get_class() == h5py.h5t.BITFIELD)


def _text(path: Path, name: str, values: npt.NDArray[Any]) -> pa.Array:
    try:
        return pa.array(values, type=pa.binary()).cast(pa.string())
    except pa.ArrowInvalid as error:
        msg = f'{path}: column "{name}" holds text that is not UTF-8. Write it again as UTF-8.'
        raise DataError(msg) from error


def _lists(path: Path, name: str, values: npt.NDArray[Any], inner: np.dtype[Any]) -> pa.Array:
    """Return arrays of any length (rows,) as lists."""
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(row) for row in values], out=offsets[1:])
    # h5py returns bytes in the file's order but labels them as native
    blocks = list(values) if inner.isnative else [row.view(inner) for row in values]
    flat = to_arrow(path, name, np.concatenate([np.empty(0, inner), *blocks]))
    return pa.LargeListArray.from_arrays(offsets, flat).cast(pa.list_(flat.type))
