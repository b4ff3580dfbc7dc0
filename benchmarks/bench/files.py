"""The files that reading is measured on: the same random numbers in every format."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import uproot

from bench.problems import Floats, Table, case_of

_SETTLED = 3.0  # seconds; netwright hashes a file that has only just changed at every read


def write_files(cases: Iterable[str], folder: Path, *, quick: bool) -> None:
    """Write the file of each case, and wait until it counts as an old one."""
    for name in cases:
        case = case_of(name, quick=quick)
        assert isinstance(case, Table)
        values = np.random.default_rng(1).standard_normal((case.rows, case.columns), dtype=np.float32)
        WRITERS[case.format](folder / f"{name}.{case.format}", case, values)
    time.sleep(_SETTLED)


def arrays_of(case: Table, values: Floats) -> dict[str, Floats]:
    """Return one array (rows, columns / 4, 4), or an array for each column."""
    if case.jets:
        return {"x": values.reshape(case.rows, -1, 4)}
    return dict(zip(case.names, np.ascontiguousarray(values.T), strict=True))


def table_of(case: Table, values: Floats) -> pa.Table:
    """Return a table of plain columns."""
    return pa.table(dict(zip(case.names, np.ascontiguousarray(values.T), strict=True)))


def write_npz(path: Path, case: Table, values: Floats) -> None:
    """Write arrays, not compressed."""
    np.savez(path, **arrays_of(case, values))


def write_hdf5(path: Path, case: Table, values: Floats) -> None:
    """Write data sets, compressed by gzip at its lightest."""
    with h5py.File(path, "w") as file:
        for name, array in arrays_of(case, values).items():
            chunks = (100, *array.shape[1:]) if case.jets else (min(100_000, len(array)),)
            file.create_dataset(name, data=array, chunks=chunks, compression="gzip", compression_opts=1)


def write_root(path: Path, case: Table, values: Floats) -> None:
    """Write an ntuple or a tree, compressed as uproot does by itself."""
    branches = np.moveaxis(values.reshape(case.rows, -1, 4), 2, 0) if case.jets else values.T
    columns = dict(zip(case.branches, np.ascontiguousarray(branches), strict=True))
    with uproot.recreate(path) as file:
        if case.tree:
            file.mktree("events", {name: column.dtype for name, column in columns.items()})
            file["events"].extend(columns)
        else:
            file["events"] = columns


def write_parquet(path: Path, case: Table, values: Floats) -> None:
    """Write columns as pyarrow does by itself."""
    pyarrow.parquet.write_table(table_of(case, values), path)


def write_csv(path: Path, case: Table, values: Floats) -> None:
    """Write text."""
    pyarrow.csv.write_csv(table_of(case, values), path)


WRITERS: dict[str, Callable[[Path, Table, Floats], None]] = {
    "npz": write_npz,
    "h5": write_hdf5,
    "root": write_root,
    "parquet": write_parquet,
    "csv": write_csv,
}
