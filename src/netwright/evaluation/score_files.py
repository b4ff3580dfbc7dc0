"""Files of scores: in the format given by the file name's ending, written piece by piece and never left incomplete."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from netwright.atomic_files import atomic_write
from netwright.data import Dataset
from netwright.errors import DataError, did_you_mean

__all__ = ["WRITERS", "check_ending", "check_output", "has_writer", "with_places", "write_scores"]

_Write = Callable[[pa.Table], None]
_PIECE_BYTES = 2**22


def check_ending(path: Path) -> None:
    """Refuse a file name whose ending is not that of a supported format.

    Args:
        path: the file to write.

    Raises:
        DataError: the ending is not that of a supported format.

    Example:
        >>> check_ending(Path("scores.root"))
    """
    if not has_writer(path):
        known = ", ".join(WRITERS)
        hint = did_you_mean(path.suffix, WRITERS)
        msg = f"{path}: scores are written as the ending says: {known}. Received: {path.suffix!r}." + (
            hint if hint.startswith(" Did") else " A folder, with a file of scores for each file, ends with /."
        )
        raise DataError(msg)


def has_writer(path: Path) -> bool:
    """Return whether scores can be written under a file name.

    Args:
        path: the file to write.

    Returns:
        True if its ending is that of a supported format.

    Example:
        >>> has_writer(Path("scores.root")), has_writer(Path("scores.dat"))
        (True, False)
    """
    return path.suffix.lower() in WRITERS


def check_output(path: Path, data: Dataset, own: Iterable[str]) -> None:
    """Refuse to write scores over data.

    Args:
        path: the file to write.
        data: the rows that are scored.
        own: the files that the network was trained on, as named in its experiment.

    Raises:
        DataError: the file to write is one of these.
    """
    if not path.exists():
        return
    there = [source.path for source in data.sources] + [Path(name) for name in own]
    if any(other.exists() and path.samefile(other) for other in there):
        msg = (
            f"{path}: is a file of data, and scores are not written over it. Name another file with --output (output=)."
        )
        raise DataError(msg)


def write_scores(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables with the same columns one after another, without holding them all in memory.

    ROOT files hold a TTree ``scores``; HDF5 files a dataset and npz files an array for each column. In these
    formats, a missing number is NaN, a missing text is empty, and booleans are 1, 0, and -1 if missing. In the names
    of ROOT branches brackets would mean arrays, and in HDF5 a slash a group: ``m[0]`` becomes ``m_0``, ``jet/pt``
    becomes ``jet_pt``.

    Args:
        tables: at least one.
        path: the file; its ending determines the format, and an existing file is replaced.

    Raises:
        DataError: the ending is not that of a supported format, or the format cannot hold a missing value, several
            values in each row, or two names of columns.
    """
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    following = iter(tables)
    first = next(following)
    _refuse_lists(path, first.schema)
    names = _names(path, first.column_names)
    schema = first.rename_columns(names).schema
    with atomic_write(path) as part, WRITERS[path.suffix.lower()](part, schema) as write:
        for table in chain([first], following):
            write(table.rename_columns(names))


def with_places(tables: Iterable[pa.Table], data: Dataset) -> Iterator[pa.Table]:
    """Add to each row of some tables the file that it comes from and its position in that file.

    Args:
        tables: their rows are in the same order as those of the data.
        data: the rows.

    Yields:
        The same tables with two more columns in front: ``file``, the file name (with its folder if two files have the
        same name), and ``row``, counted from 0. If such a column exists already, ``source_file`` and ``source_row``.
    """
    ends = np.cumsum([source.rows for source in data.sources])
    short = {source.path.name for source in data.sources}
    is_short = len(short) == len(data.sources)
    names = np.array([source.path.name if is_short else source.label for source in data.sources])
    start = 0
    for table in tables:
        places = np.arange(start, start + table.num_rows)
        start += table.num_rows
        origin = places if data.origin is None else data.origin[places]
        number = np.searchsorted(ends, origin, side="right")
        row = origin - (ends - [source.rows for source in data.sources])[number]
        taken = {"file", "row"} & set(table.column_names)
        file_name, row_name = ("source_file", "source_row") if taken else ("file", "row")
        yield table.add_column(0, row_name, pa.array(row, pa.int64())).add_column(
            0, file_name, pa.array(names[number], pa.string())
        )


@contextmanager
def _parquet(part: Path, schema: pa.Schema) -> Iterator[_Write]:
    with pq.ParquetWriter(part, schema) as writer:
        yield writer.write_table


@contextmanager
def _csv(part: Path, schema: pa.Schema) -> Iterator[_Write]:
    with pc_csv.CSVWriter(part, schema) as writer:
        yield writer.write_table


@contextmanager
def _root(part: Path, schema: pa.Schema) -> Iterator[_Write]:
    import uproot

    with uproot.recreate(part) as file:
        kinds = {field.name: "string" if _is_text(field.type) else _dtype(field.type) for field in schema}
        tree = file.mktree("scores", kinds)

        def write(table: pa.Table) -> None:
            if table.num_rows:
                tree.extend({name: _values(name, table.column(name)) for name in table.column_names})

        yield write


@contextmanager
def _hdf5(part: Path, schema: pa.Schema) -> Iterator[_Write]:
    import h5py

    with h5py.File(part, "w", track_order=True) as file:
        for field in schema:
            kind = h5py.string_dtype() if _is_text(field.type) else _dtype(field.type)
            file.create_dataset(field.name, (0,), kind, maxshape=(None,), chunks=(2**14,))

        def write(table: pa.Table) -> None:
            for name in table.column_names:
                dataset = file[name]
                dataset.resize(len(dataset) + table.num_rows, axis=0)
                dataset[len(dataset) - table.num_rows :] = _values(name, table.column(name))

        yield write


@contextmanager
def _npz(part: Path, schema: pa.Schema) -> Iterator[_Write]:
    """Keep the columns in separate files until their length is known, because arrays in an npz file start with it."""
    with tempfile.TemporaryDirectory(dir=part.parent, prefix=f"{part.stem}-columns-") as folder:
        columns = {field.name: _Column(Path(folder) / str(place), field.type) for place, field in enumerate(schema)}

        def write(table: pa.Table) -> None:
            for name, column in columns.items():
                column.append(_values(name, table.column(name)))

        yield write
        with zipfile.ZipFile(part, "w", allowZip64=True) as archive:
            for name, column in columns.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    column.copy(stream)


class _Column:
    """The numbers or texts of a column, stored in a file."""

    def __init__(self, path: Path, kind: pa.DataType) -> None:
        self._path, self._rows = path, 0
        self._width = 1 if _is_text(kind) else None  # of the longest text
        self._dtype = np.dtype(_dtype(kind)) if self._width is None else None
        self._pieces: list[int] = []
        path.touch()

    def append(self, values: npt.NDArray[Any]) -> None:
        """Add values, shape (n,)."""
        with self._path.open("ab") as file:
            if self._dtype is None:
                texts = np.asarray(values, dtype=np.str_)
                self._width = max(self._width or 1, texts.dtype.itemsize // 4)
                np.save(file, texts)
                self._pieces.append(len(texts))
            else:
                file.write(np.ascontiguousarray(values, self._dtype).tobytes())
        self._rows += len(values)

    def copy(self, stream: IO[bytes]) -> None:
        """Write the column in NumPy's format."""
        dtype = self._dtype if self._dtype is not None else np.dtype(f"<U{self._width}")
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (self._rows,)}
        np.lib.format.write_array_header_1_0(stream, header)
        with self._path.open("rb") as file:
            for _ in self._pieces:
                stream.write(np.load(file, allow_pickle=False).astype(dtype).tobytes())
            while piece := file.read(_PIECE_BYTES):
                stream.write(piece)


def _names(path: Path, names: Sequence[str]) -> list[str]:
    """Return the names of columns in a file: signs that structure its format become underscores."""
    owners: dict[str, str] = {}
    for name in names:
        stored = name
        for signs, instead in _STRUCTURE.get(path.suffix.lower(), {}).items():
            stored = re.sub(signs, instead, stored)
        if stored in owners:
            msg = (
                f"{path}: columns {owners[stored]!r} and {name!r} would have one name there, {stored}. Write a "
                "Parquet or CSV file, or leave one out."
            )
            raise DataError(msg)
        owners[stored] = name
    return list(owners)


def _is_text(kind: pa.DataType) -> bool:
    """Return whether a column is written as text: texts, and also times, which not all formats support."""
    return not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _refuse_lists(path: Path, schema: pa.Schema) -> None:
    """Refuse columns of several values in each row, which only Parquet takes."""
    nested = next((field for field in schema if pa.types.is_nested(field.type)), None)
    if nested is not None and path.suffix.lower() != ".parquet":
        msg = (
            f"{path}: column {nested.name} holds several values in each row ({nested.type}), for which only Parquet "
            "has a place. Write a file that ends with .parquet, or leave the column out."
        )
        raise DataError(msg)


def _dtype(kind: pa.DataType) -> npt.DTypeLike:
    return np.int8 if pa.types.is_boolean(kind) else kind.to_pandas_dtype()


def _values(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Return a column as an array: a missing number is NaN, a missing text empty, a missing boolean -1."""
    if _is_text(column.type):
        return np.asarray(column.cast(pa.string()).fill_null("").to_numpy(zero_copy_only=False), dtype=object)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8()).fill_null(-1)
    elif pa.types.is_floating(column.type):
        column = column.fill_null(float("nan"))
    elif column.null_count:
        msg = (
            f"column {name} has missing whole numbers, for which only Parquet and CSV have a place. Write one of them."
        )
        raise DataError(msg)
    return np.asarray(column.to_numpy(zero_copy_only=False))


_STRUCTURE = {".root": {r"\[": "_", r"\]": ""}, ".h5": {r"/|^\.$": "_"}}  # signs in names that are more than names

WRITERS: Mapping[str, Callable[[Path, pa.Schema], AbstractContextManager[_Write]]] = {
    ".parquet": _parquet,
    ".root": _root,
    ".h5": _hdf5,
    ".csv": _csv,
    ".npz": _npz,
}
