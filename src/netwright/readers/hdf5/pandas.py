"""The two layouts in which pandas writes a DataFrame to HDF5: *table* and *fixed*.

Source: pandas/io/pytables.py, classes AppendableFrameTable and FrameFixed.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np

from netwright.errors import DataError
from netwright.readers._arrays import arrow_type
from netwright.readers._plain_pickle import Plain, plain_pickle
from netwright.readers.hdf5.columns import Column, dataset_columns
from netwright.readers.hdf5.tree import children

__all__ = ["pandas_columns"]

_INDEX, _SECOND_INDEX = "index", "level_0"  # as pandas' reset_index names an index without a name
_CATEGORY = "it is a pandas category, stored as codes (write it as text: frame.astype({COLUMN: str}))"
_PICKLE = (
    "it holds texts or objects, which pandas' fixed format pickles, and a pickle is never opened "
    '(write the file with to_hdf(..., format="table"))'
)


def pandas_columns(path: Path, group: h5py.Group, left_out: dict[str, str]) -> list[Column]:
    """Return the columns of a DataFrame in their original order, preceded by its index.

    Args:
        path: the file, for messages.
        group: the group that pandas wrote.
        left_out: receives the columns that are codes or pickles, with the reason.

    Returns:
        The columns; the index keeps its own name, or is "index" ("level_0" if there is such a column). Empty if all
        columns but the index are left out.

    Raises:
        DataError: pandas wrote anything but a DataFrame of numbers and strings.
    """
    kind = _attribute(group, "pandas_type")
    if kind == "frame_table":
        return _table(path, group, left_out)
    if kind == "frame":
        return _fixed(path, group, left_out)
    msg = f'{path}: "{group.name}" is a pandas {kind}. Write it as a DataFrame: to_frame().to_hdf(...).'
    raise DataError(msg)


def _table(path: Path, group: h5py.Group, left_out: dict[str, str]) -> list[Column]:
    dataset = dict(children(path, group)).get("table")
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.names is None:
        _refuse(path, group, "has no table")
    stored = {column.field: column for column in dataset_columns(path, dataset)}
    columns_by_name: dict[str, Column] = {}
    for field in stored:
        if field not in (None, _INDEX):
            columns_by_name |= {column.name: column for column in _block(path, group, dataset, field, left_out)}
    names = _table_names(path, group)
    if sorted(names) != sorted({**columns_by_name, **left_out}):
        _refuse(path, group, "lists other columns than it contains")
    columns = [columns_by_name[name] for name in names if name in columns_by_name]
    if not columns:
        return []
    if _attribute(group, "table_type") == "appendable_multiframe":
        return columns  # its index levels are among the columns; the field "index" only numbers the rows
    _check_index_kind(path, group, _attribute(dataset, "index_kind"))
    info = _unpickled(path, group, group.attrs.get("info", b"N."))
    index_info = info.get(_INDEX) if isinstance(info, dict) else None
    name = index_info.get("index_name") if isinstance(index_info, dict) else None
    return [_index(path, group, stored[_INDEX], name, names), *columns]


def _table_names(path: Path, group: h5py.Group) -> list[str]:
    """Return the names of the columns in order: the list in ``[(1, [name, ...])]``."""
    axes = _unpickled(path, group, group.attrs["non_index_axes"])
    if not isinstance(axes, list) or len(axes) != 1 or not isinstance(axes[0], tuple) or len(axes[0]) != 2:
        _refuse(path, group, "does not say the order of its columns")
    return _names(path, group, axes[0][1])


def _block(
    path: Path, group: h5py.Group, dataset: h5py.Dataset, field: str | None, left_out: dict[str, str]
) -> list[Column]:
    """Return the columns of one field of the table: a block of columns of the same type, or a single column."""
    names = _names(path, group, _unpickled(path, group, dataset.attrs[f"{field}_kind"]))
    if _attribute(dataset, f"{field}_meta") == "category":
        left_out |= dict.fromkeys(names, _CATEGORY)
        return []
    stored = dataset.dtype[field]
    if stored.shape not in ((), (len(names),)):
        _refuse(path, group, f'names {len(names)} columns for the block "{field}" of shape {stored.shape}')
    view = _view(_attribute(dataset, f"{field}_dtype"))
    missing = (_attribute(group, "nan_rep", pickled=True) or "nan") if stored.base.kind == "S" else None
    kind = stored.base if view is None else np.dtype(view)
    return [
        Column(name, arrow_type(path, name, kind, ()), dataset, field, item if stored.shape else None, view, missing)
        for item, name in enumerate(names)
    ]


def _fixed(path: Path, group: h5py.Group, left_out: dict[str, str]) -> list[Column]:
    objects = dict(children(path, group))
    if _attribute(group, "axis0_variety") != "regular":
        msg = (
            f'{path}: "{group.name}" has column names of several levels. Write it with one: '
            "frame.columns = frame.columns.map('_'.join)."
        )
        raise DataError(msg)
    if _attribute(group, "axis1_variety") != "regular":
        msg = f'{path}: "{group.name}" has an index of several levels. Write it with reset_index().'
        raise DataError(msg)
    columns_by_name: dict[str, Column] = {}
    for block in range(int(group.attrs["nblocks"])):
        items, values = objects[f"block{block}_items"], objects[f"block{block}_values"]
        if values.dtype.hasobject or "PSEUDOATOM" in values.attrs:
            left_out |= dict.fromkeys(_labels(items), _PICKLE)
        else:
            columns_by_name |= {column.name: column for column in _fixed_block(path, group, _labels(items), values)}
    names, axis = _labels(objects["axis0"]), objects["axis1"]
    if sorted(names) != sorted({**columns_by_name, **left_out}):
        _refuse(path, group, "lists other columns than it contains")
    if not columns_by_name:
        return []
    _check_index_kind(path, group, _attribute(axis, "kind"))
    (stored,) = dataset_columns(path, axis)
    index_name = _attribute(axis, "name", pickled=True)
    return [
        _index(path, group, stored, index_name, names),
        *(columns_by_name[name] for name in names if name in columns_by_name),
    ]


def _fixed_block(path: Path, group: h5py.Group, names: list[str], values: h5py.Dataset) -> list[Column]:
    if values.ndim != 2 or values.shape[1] != len(names) or not values.attrs.get("transposed", 0):
        _refuse(path, group, f'has the shape {values.shape} for {len(names)} columns in "{values.name}"')
    (stored,) = dataset_columns(path, values)
    view = stored.view or _view(_attribute(values, "value_type"))
    kind = values.dtype if view is None else np.dtype(view)
    return [Column(name, arrow_type(path, name, kind, ()), values, None, item, view) for item, name in enumerate(names)]


def _check_index_kind(path: Path, group: h5py.Group, kind: str) -> None:
    if kind not in ("integer", "float", "string"):
        msg = f'{path}: the index of "{group.name}" is of kind {kind}. Write it with reset_index().'
        raise DataError(msg)


def _index(path: Path, group: h5py.Group, stored: Column, index_name: Plain, names: list[str]) -> Column:
    name = str(index_name) if index_name not in (None, "") else _SECOND_INDEX if _INDEX in names else _INDEX
    if name in names:
        msg = f'{path}: "{group.name}" has the name "{name}" for its index and for a column. Rename one.'
        raise DataError(msg)
    return Column(name, stored.type, stored.dataset, stored.field)


def _view(meaning: str) -> str | None:
    """Return the type that stored integers encode, according to pandas' attribute."""
    if meaning == "bool":
        return "bool"
    if meaning.startswith("datetime64"):
        return meaning if "[" in meaning else "datetime64[ns]"
    return None


def _labels(items: h5py.Dataset) -> list[str]:
    return [label.decode() if isinstance(label, bytes) else str(label) for label in items[:]]


def _attribute(node: h5py.Group | h5py.Dataset, name: str, *, pickled: bool = False) -> str:
    """Return a text attribute; "" if it is missing or a pickle of None."""
    value = node.attrs.get(name, b"")
    text = value.decode() if isinstance(value, bytes) else str(value)
    return "" if pickled and text == "N." else text


def _names(path: Path, group: h5py.Group, names: Plain) -> list[str]:
    if not isinstance(names, list):
        _refuse(path, group, "has something else where a list of names belongs")
    return [str(name) for name in names]


def _unpickled(path: Path, group: h5py.Group, value: object) -> Plain:
    """Return a list or dictionary that pandas pickled."""
    if not isinstance(value, bytes):
        _refuse(path, group, "has no pickled names where they belong")
    try:
        return plain_pickle(bytes(value))
    except ValueError as error:
        _refuse(path, group, f"has names that cannot be read without unpickling ({error})")


def _refuse(path: Path, group: h5py.Group, fault: str) -> NoReturn:
    msg = f'{path}: the pandas group "{group.name}" {fault}: it is damaged or not from pandas. Write it again.'
    raise DataError(msg)
