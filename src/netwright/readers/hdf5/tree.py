"""The contents of an HDF5 file: groups and datasets; links and implausible declared sizes are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from netwright.errors import DataError, did_you_mean, first_few
from netwright.readers._limits import MAX_CHUNK_BYTES, refuse_bomb
from netwright.readers._rows_of import common_rows, other_rows
from netwright.readers.hdf5.heaps import check_heaps
from netwright.readers.left_out import left_out_note

__all__ = ["FileContents", "Table", "check_sizes", "children", "find_tables"]

_LINK = "it is a soft or external link, which is not followed"
_ITSELF = "it is a group that contains this one, or appears elsewhere too"
_PANDAS = "pandas_type"
_DEEPEST = 32
_PARTICLES = re.compile(
    r"(?i:((gen|truth|reco)_?)?((electron|muon|tau|photon|lepton|((fat|large_?r|small_?r|sub)_?)?jet|track|cluster|tower"
    r"|particle|constituent)s?|vertices|met|missing_?et))"
)
"""Names of groups with the particles of each row."""
_OF_EVENTS = ("Run", "Event", "SubEvent")  # fields with which IceCube's tables begin, one row an event in each


@dataclass(frozen=True)
class Table:
    """Columns that belong together.

    Attributes:
        rows: the number of rows; None for a pandas DataFrame, which stores it otherwise.
        group: the group that pandas wrote; None for datasets.
        datasets: datasets with that many rows, by the prefix of their columns' names.
    """

    rows: int | None
    group: h5py.Group | None = None
    datasets: Mapping[str, h5py.Dataset] = field(default_factory=dict)

    def __str__(self) -> str:
        names = list(self.datasets)
        return f"{self.rows} rows of {first_few(names)}" if names else "a pandas DataFrame"


@dataclass(frozen=True)
class FileContents:
    """The contents of a file.

    Attributes:
        tables: by key.
        left_out: what belongs to no table, with the reason.
        groups: addresses of the groups visited: a group may have several names, also within itself.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)


def find_tables(path: Path, file: h5py.File, key: str | None) -> FileContents:
    """Return the tables of a file by key: pandas groups, and datasets in the same group.

    Structured datasets of the same fields are a table each. The tables of several groups are one, with columns
    GROUP.DATASET, if they have equally many rows and no two of their datasets share a name and a shape (as those of a
    training and a test group do; jets/pt and tracks/pt differ in shape), or only in groups that are called like
    particles (electrons/pt, muons/pt); else those of each group in it, in the same way.

    Args:
        path: the file, for messages.
        file: the file, open.
        key: a group or dataset in it; None for all.

    Returns:
        The tables below the key.

    Raises:
        DataError: there is no such key, nothing to read below it, or a link on the path leaves the file.
    """
    node = file if key is None else _resolve(path, file, key)
    if isinstance(node, h5py.Dataset):
        return FileContents({node.name: Table(node.shape[0] if node.shape else None, datasets={_last(node): node})})
    contents = FileContents()
    _collect(path, node, contents, depth=0)
    if not contents.tables:
        reason = f" ({left_out_note(contents.left_out)})" if contents.left_out else ""
        msg = f'{path}: there is no table in "{node.name}"{reason}. Write at least one dataset with rows into it.'
        raise DataError(msg)
    tables = _merged(node, contents.tables)
    if key is not None and len(tables) > 1 and node.name in tables:
        below = {name: table for name, table in tables.items() if name != node.name}
        reasons = {
            name.lstrip("/"): f"it is a table of its own ({table}) below the key" for name, table in below.items()
        }
        return FileContents({node.name: tables[node.name]}, contents.left_out | reasons)
    return FileContents(tables, contents.left_out)


def children(path: Path, group: h5py.Group) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    """Yield the entries of a group, sorted by name.

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
    """Refuse datasets that declare too large or wrong sizes, have too large chunks, or store their data elsewhere.

    Args:
        path: the file, for messages.
        datasets: the datasets to read.

    Raises:
        DataError: a declared size is over its limit or inconsistent, or the data is in another file.
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
    for name in filter(None, key.split("/")):
        if not isinstance(node, h5py.Group) or name not in node:
            names = node.keys() if isinstance(node, h5py.Group) else ()
            hint = did_you_mean(name, names)
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


def _collect(path: Path, group: h5py.Group, contents: FileContents, depth: int) -> None:
    if depth > _DEEPEST:
        msg = f'{path}: groups are nested deeper than {_DEEPEST} at "{group.name}". Name the table with key.'
        raise DataError(msg)
    contents.groups.add(_address(group))
    if _PANDAS in group.attrs:
        contents.tables[group.name] = Table(None, group)
        return
    datasets = {}
    for name in group:
        address = f"{group.name.rstrip('/')}/{name}".lstrip("/")
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            contents.left_out[address] = _LINK
            continue
        child = group[name]
        reason = _no_table(child, contents)
        if reason is not None:
            contents.left_out[address] = reason
        elif isinstance(child, h5py.Dataset):
            datasets[name] = child
        elif not name.startswith("_i_"):  # an index of PyTables
            _collect(path, child, contents, depth + 1)
    if datasets:
        _divide(group, datasets, contents)


def _no_table(child: h5py.Group | h5py.Dataset | h5py.Datatype, contents: FileContents) -> str | None:
    """Return the reason why an object cannot be part of a table."""
    if isinstance(child, h5py.Group):
        return _ITSELF if _address(child) in contents.groups else None
    if not isinstance(child, h5py.Dataset):
        return "it is a type, not a dataset"
    if child.shape is None:
        return "it is empty"
    if h5py.check_ref_dtype(child.dtype) is not None:
        return "it holds references to other data sets"
    return None if child.shape else "it is a single value, not one per row"


def _address(group: h5py.Group) -> int:
    """Return the address of a group in its file, which is the same for each of its names."""
    return int(h5py.h5o.get_info(group.id).addr)


def _divide(group: h5py.Group, datasets: Mapping[str, h5py.Dataset], contents: FileContents) -> None:
    """Take the datasets of a group as one table; if that is not plausible, take each dataset as its own."""
    texts = [name for name, dataset in datasets.items() if h5py.check_string_dtype(dataset.dtype) is not None]
    rows = common_rows({name: dataset.shape for name, dataset in datasets.items()}, texts)
    if rows is None or _alike(datasets.values()):
        contents.tables.update({d.name: Table(d.shape[0], datasets={name: d}) for name, d in datasets.items()})
        return
    with_rows = {name: dataset for name, dataset in datasets.items() if dataset.shape[0] == rows}
    others = {d.name.lstrip("/"): other_rows(d.shape, rows) for name, d in datasets.items() if name not in with_rows}
    contents.left_out.update(others)
    contents.tables[group.name] = Table(rows, datasets=with_rows)


def _alike(datasets: Iterable[h5py.Dataset]) -> bool:
    """Return whether two tables have the same columns, such as one for each systematic variation."""
    fields = [dataset.dtype.names for dataset in datasets if dataset.dtype.names and len(dataset.shape) == 1]
    fields = [names for names in fields if names[: len(_OF_EVENTS)] != _OF_EVENTS]
    return len(set(fields)) < len(fields)


def _merged(node: h5py.Group, tables: dict[str, Table]) -> dict[str, Table]:
    """Merge the tables of several groups if they have the same rows; else those of each group in this one."""
    rows = {table.rows for table in tables.values()}
    names = [
        (_in_group(key, name), dataset.shape[1:])
        for key, table in tables.items()
        for name, dataset in table.datasets.items()
    ]
    alike = _alike(dataset for table in tables.values() for dataset in table.datasets.values())
    above = node.name.rstrip("/") + "/"
    if len(tables) == 1 or None in rows or len(rows) > 1 or len(set(names)) < len(names) or alike:
        by_group: dict[str, dict[str, Table]] = {}
        for name, table in tables.items():
            group = name.removeprefix(above).partition("/")[0] if name != node.name else ""
            by_group.setdefault(group, {})[name] = table
        below = [
            _merged(node[group], of_group) if group and len(of_group) > 1 else of_group
            for group, of_group in by_group.items()
        ]
        return {name: table for of_group in below for name, table in of_group.items()}
    datasets = {
        dataset.name.removeprefix(above).replace("/", "."): dataset
        for table in tables.values()
        for dataset in table.datasets.values()
    }
    return {node.name: Table(rows.pop(), datasets=datasets)}


def _in_group(group: str, name: str) -> str:
    """Return the name of a dataset by which others of the same name are told from it."""
    last = group.rpartition("/")[2]
    return f"{last}/{name}" if _PARTICLES.fullmatch(last) else name


def _last(dataset: h5py.Dataset) -> str:
    return str(dataset.name.rsplit("/", 1)[-1])
