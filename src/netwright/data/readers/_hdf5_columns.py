"""The columns of HDF5 datasets: plain and structured arrays, bit fields (booleans) and texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.readers._arrays import arrow_type, to_arrow
from netwright.errors import DataError

__all__ = ["Column", "dataset_columns"]


@dataclass(frozen=True)
class Column:
    """A column and where its numbers are.

    Attributes:
        name: the column's name.
        type: the column's type.
        dataset: the dataset that holds it.
        field: its field in a structured dataset; None in a plain one.
        item: its position along the second axis of a block of columns; None where it is all of it.
        view: the type that the stored integers stand for (booleans, times); None: themselves.
        missing: the text that stands for a missing one; None: there is none.
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
            block: (rows, ...), as the dataset holds them.

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
        column = (_text if values.dtype.hasobject else to_arrow)(path, self.name, values)
        if self.missing is None:
            return column
        return pa.compute.if_else(pa.compute.equal(column, self.missing), None, column)


def dataset_columns(path: Path, dataset: h5py.Dataset) -> list[Column]:
    """Return the columns of a plain dataset (one) or of a structured one (one a field).

    Args:
        path: the file, for messages.
        dataset: (rows, ...).

    Returns:
        The columns.

    Raises:
        DataError: a type cannot be a column.
    """
    kind = dataset.id.get_type()
    if dataset.dtype.names is None:
        name = dataset.name.rsplit("/", 1)[-1]
        return [_column(path, name, dataset, dataset.dtype, kind)]
    return [
        _column(path, name, dataset, dataset.dtype[name], kind.get_member_type(place), field=name)
        for place, name in enumerate(dataset.dtype.names)
    ]


def _column(
    path: Path,
    name: str,
    dataset: h5py.Dataset,
    dtype: np.dtype[Any],
    kind: h5py.h5t.TypeID,
    *,
    field: str | None = None,
) -> Column:
    base, inner = dtype.base, dtype.shape
    shape = (*dataset.shape[1:], *inner)
    if h5py.check_string_dtype(base) is not None and base.hasobject and not shape:
        return Column(name, pa.string(), dataset, field)
    flags = _is_bit_field(kind)
    view = "bool" if flags else None
    return Column(name, arrow_type(path, name, np.dtype(bool) if flags else base, shape), dataset, field, view=view)


def _is_bit_field(kind: h5py.h5t.TypeID) -> bool:
    """Say whether a type is a bit field, or an array of it, as PyTables writes booleans."""
    if kind.get_class() == h5py.h5t.ARRAY:
        kind = kind.get_super()
    return bool(kind.get_class() == h5py.h5t.BITFIELD)


def _text(path: Path, name: str, values: npt.NDArray[Any]) -> pa.Array:
    try:
        return pa.array(values, type=pa.binary()).cast(pa.string())
    except pa.ArrowInvalid as error:
        msg = f'{path}: column "{name}" holds text that is not UTF-8. Write it again as UTF-8.'
        raise DataError(msg) from error
