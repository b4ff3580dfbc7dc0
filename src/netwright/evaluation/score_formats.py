"""The formats of files of scores: a writer for each, which takes one table after another."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from netwright.errors import DataError

__all__ = ["NESTED", "STRUCTURE", "WRITERS", "is_structures", "is_text"]

_Write = Callable[[pa.Table], None]
_BLOCK_BYTES = 2**22


@contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    with pq.ParquetWriter(path, schema) as writer:
        yield writer.write_table


@contextmanager
def _arrow(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    with pa.ipc.new_file(str(path), schema) as writer:
        yield writer.write_table


@contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    with pc_csv.CSVWriter(path, schema) as writer:
        yield writer.write_table


@contextmanager
def _root(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    import uproot

    with uproot.recreate(path) as file:
        tree = file.mktree(
            "scores",
            {field.name: _root_type(field.type) for field in schema},
            field_name=lambda outer, inner: _root_name(inner) if outer else inner,
        )

        def write(table: pa.Table) -> None:
            if table.num_rows:
                tree.extend({name: _root_values(name, table.column(name)) for name in table.column_names})

        yield write


@contextmanager
def _hdf5(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    import h5py

    with h5py.File(path, "w", track_order=True) as file:
        for field in schema:
            kind = h5py.string_dtype() if is_text(field.type) else _dtype(field.type)
            file.create_dataset(field.name, (0,), kind, maxshape=(None,), chunks=(2**12,))

        def write(table: pa.Table) -> None:
            for name in table.column_names:
                dataset = file[name]
                dataset.resize(len(dataset) + table.num_rows, axis=0)
                dataset[len(dataset) - table.num_rows :] = _values(name, table.column(name))

        yield write


@contextmanager
def _npz(path: Path, schema: pa.Schema) -> Iterator[_Write]:
    """Keep the columns in separate files until their length is known, because arrays in an npz file start with it."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f"{path.stem}-columns-") as folder:
        columns = {field.name: _Column(Path(folder) / str(place), field.type) for place, field in enumerate(schema)}

        def write(table: pa.Table) -> None:
            for name, column in columns.items():
                column.append(_values(name, table.column(name)))

        yield write
        with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
            for name, column in columns.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    column.copy(stream)


class _Column:
    """The numbers or texts of a column, stored in a file."""

    def __init__(self, path: Path, kind: pa.DataType) -> None:
        self._path, self._rows = path, 0
        self._width = 1 if is_text(kind) else None  # of the longest text
        self._dtype = np.dtype(_dtype(kind)) if self._width is None else None
        self._blocks: list[int] = []
        path.touch()

    def append(self, values: npt.NDArray[Any]) -> None:
        """Add values, shape (n,)."""
        with self._path.open("ab") as file:
            if self._dtype is None:
                texts = np.asarray(values, dtype=np.str_)
                self._width = max(self._width or 1, texts.dtype.itemsize // 4)
                np.save(file, texts)
                self._blocks.append(len(texts))
            else:
                file.write(np.ascontiguousarray(values, self._dtype).tobytes())
        self._rows += len(values)

    def copy(self, stream: IO[bytes]) -> None:
        """Write the column in NumPy's format."""
        dtype = self._dtype if self._dtype is not None else np.dtype(f"<U{self._width}")
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (self._rows,)}
        np.lib.format.write_array_header_1_0(stream, header)
        with self._path.open("rb") as file:
            for _ in self._blocks:
                stream.write(np.load(file, allow_pickle=False).astype(dtype).tobytes())
            while block := file.read(_BLOCK_BYTES):
                stream.write(block)


def is_structures(kind: pa.DataType) -> bool:
    """Return whether a column holds a list of structures in each row, whose fields are branches of lists in ROOT.

    Args:
        kind: type of the column.

    Returns:
        True if it does.
    """
    return bool(pa.types.is_list(kind) and pa.types.is_struct(kind.value_type))


def _root_type(kind: pa.DataType) -> Any:  # noqa: ANN401  # a type of Awkward Array, of NumPy, or a name
    """Return the type of a branch, or of the branches of lists that share their counter."""
    if not is_structures(kind):
        return "string" if is_text(kind) else _dtype(kind)
    import awkward as ak

    numbers = [ak.types.NumpyType(np.dtype(_dtype(field.type)).name) for field in kind.value_type]
    return ak.types.ListType(ak.types.RecordType(numbers, [field.name for field in kind.value_type]))


def _root_values(name: str, column: pa.ChunkedArray) -> Any:  # noqa: ANN401  # an array of Awkward Array or NumPy
    """Return what is written to a branch, or to the branches of lists."""
    if not is_structures(column.type):
        return _values(name, column)
    import awkward as ak

    values = pa.concat_arrays([chunk.flatten() for chunk in column.chunks])
    fields = {field.name: pa.chunked_array([values.field(i)]) for i, field in enumerate(values.type)}
    numbers = [ak.contents.NumpyArray(_values(field, numbers)) for field, numbers in fields.items()]
    lengths = np.asarray(pc.list_value_length(column).to_numpy(), np.int64)
    return ak.unflatten(ak.Array(ak.contents.RecordArray(numbers, list(fields), len(values))), lengths)


def _root_name(name: str) -> str:
    """Return the name of a branch: brackets would mean arrays."""
    for signs, instead in STRUCTURE[".root"].items():
        name = re.sub(signs, instead, name)
    return name


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column is written as text: texts, and also times, which not all formats support.

    Args:
        kind: type of the column.

    Returns:
        False for numbers, booleans and lists.
    """
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return not (number or pa.types.is_nested(kind))


def _dtype(kind: pa.DataType) -> npt.DTypeLike:
    return np.int8 if pa.types.is_boolean(kind) else kind.to_pandas_dtype()


def _values(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Return a column as an array: a missing number is NaN, a missing text empty, a missing boolean -1."""
    if is_text(column.type):
        return np.asarray(column.cast(pa.string()).fill_null("").to_numpy(zero_copy_only=False), dtype=object)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8()).fill_null(-1)
    elif pa.types.is_floating(column.type):
        column = column.fill_null(float("nan"))
    elif column.null_count:
        msg = f"column {name} has missing whole numbers, which only Parquet, Feather and CSV can store."
        raise DataError(msg)
    return np.asarray(column.to_numpy(zero_copy_only=False))


STRUCTURE = {".root": {r"\[": "_", r"\]": ""}, ".h5": {r"/|^\.$": "_"}}
"""By ending, signs in names of columns that are more than names there, and what stands for them."""

NESTED = frozenset({".parquet", ".feather"})
"""Endings of formats that take several values in each row."""

WRITERS: Mapping[str, Callable[[Path, pa.Schema], AbstractContextManager[_Write]]] = {
    ".parquet": _parquet,
    ".root": _root,
    ".h5": _hdf5,
    ".csv": _csv,
    ".npz": _npz,
    ".feather": _arrow,
}
