"""What there is in an HDF5 file: groups and datasets, with links and declared sizes that are refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import h5py

from netwright.data.readers._hdf5_heaps import check_heaps
from netwright.data.readers._limits import MAX_CHUNK_BYTES, refuse_bomb
from netwright.errors import DataError, did_you_mean

__all__ = ["Tables", "check_sizes", "children", "find_tables"]

Tables = dict[str, h5py.Group | list[h5py.Dataset]]  # by key: a pandas group, or datasets of one length
_PANDAS = "pandas_type"
_DEEPEST = 32


def find_tables(path: Path, file: h5py.File, key: str | None) -> Tables:
    """Return the tables of a file by key: pandas groups, and the datasets that stand in one group.

    Args:
        path: the file, for messages.
        file: the file, open.
        key: a group or dataset in it; None for all.

    Returns:
        The tables below the key.

    Raises:
        DataError: there is no such key, or nothing to read below it, or a link on the way leaves the file.
    """
    node = file if key is None else _resolve(path, file, key)
    if isinstance(node, h5py.Dataset):
        return {node.name: [node]}
    tables: Tables = {}
    _collect(path, node, tables, depth=0)
    if not tables:
        msg = f'{path}: there is no table in "{node.name}". Write at least one dataset with rows into it.'
        raise DataError(msg)
    return tables


def children(path: Path, group: h5py.Group) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    """Yield what stands in a group, in order of name.

    Args:
        path: the file, for messages.
        group: a group.

    Yields:
        Name and object.

    Raises:
        DataError: an entry is a link to elsewhere.
    """
    for name in group:
        yield name, _child(path, group, name)


def check_sizes(path: Path, datasets: list[h5py.Dataset]) -> None:
    """Refuse datasets that declare too much or wrong sizes, whose chunks are too large, or whose numbers are elsewhere.

    Args:
        path: the file, for messages.
        datasets: what will be read.

    Raises:
        DataError: a declared size is over its limit or does not fit, or the numbers are in another file.
    """
    declared = sum(math.prod(d.shape) * d.dtype.itemsize for d in datasets)
    refuse_bomb(path, declared, sum(d.id.get_storage_size() for d in datasets))
    for dataset in datasets:
        if dataset.is_virtual or dataset.external:
            msg = f'{path}: dataset "{dataset.name}" keeps its numbers in another file. Copy them into this one.'
            raise DataError(msg)
        chunk = math.prod(dataset.chunks) * dataset.dtype.itemsize if dataset.chunks else 0
        if chunk > MAX_CHUNK_BYTES:
            msg = (
                f'{path}: dataset "{dataset.name}" has chunks of {chunk / 2**20:.0f} MiB, over the limit of '
                f"{MAX_CHUNK_BYTES // 2**20} MiB. Write it with smaller chunks (h5repack does that)."
            )
            raise DataError(msg)
    if any(dataset.dtype.hasobject for dataset in datasets):
        check_heaps(path, datasets[0].file)


def _resolve(path: Path, file: h5py.File, key: str) -> h5py.Group | h5py.Dataset:
    node = file
    for name in key.strip("/").split("/"):
        if not isinstance(node, h5py.Group) or name not in node:
            known = node.keys() if isinstance(node, h5py.Group) else ()
            hint = did_you_mean(name, known)
            msg = f'{path}: there is no "{key}" (looked for "{name}" in "{node.name}").{hint}'
            raise DataError(msg)
        node = _child(path, node, name)
    return node


def _child(path: Path, group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        msg = (
            f'{path}: "{name}" in "{group.name}" is a soft or external link, which is not followed. '
            f"Copy what it points to into this file."
        )
        raise DataError(msg)
    return group[name]


def _collect(path: Path, group: h5py.Group, tables: Tables, depth: int) -> None:
    if depth > _DEEPEST:
        msg = f'{path}: groups are nested deeper than {_DEEPEST} at "{group.name}". Name the table with key.'
        raise DataError(msg)
    if _PANDAS in group.attrs:
        tables[group.name] = group
        return
    datasets = []
    for name, child in children(path, group):
        if isinstance(child, h5py.Dataset) and child.ndim > 0:
            datasets.append(child)
        elif isinstance(child, h5py.Group) and not name.startswith("_i_"):  # _i_: an index of PyTables
            _collect(path, child, tables, depth + 1)
    if len({dataset.shape[0] for dataset in datasets}) == 1:
        tables[group.name] = datasets
    else:
        tables.update({dataset.name: [dataset] for dataset in datasets})
