"""pandas: `read_parquet` and `read_csv`; a DataFrame of what NumPy has in an npz file, and h5py in HDF5."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.problems import Table
from bench.workers.reading import serve_reading


def load(path: Path, case: Table) -> Iterator[npt.NDArray[Any]]:
    """Read a file as a DataFrame, and return its columns."""
    frame = READERS[case.format](path, case)
    for name in frame.columns:
        yield frame[name].to_numpy()


def read_npz(path: Path, case: Table) -> pd.DataFrame:
    """Read arrays of NumPy."""
    with np.load(path, allow_pickle=False) as file:
        return frame_of({name: file[name] for name in file.files}, case)


def read_hdf5(path: Path, case: Table) -> pd.DataFrame:
    """Read plain data sets, which pandas by itself does not."""
    with h5py.File(path) as file:
        return frame_of({name: file[name][()] for name in file}, case)


def frame_of(arrays: dict[str, npt.NDArray[Any]], case: Table) -> pd.DataFrame:
    """Return a DataFrame with a column for each number of a row."""
    if not case.jets:
        return pd.DataFrame(arrays)
    (values,) = arrays.values()
    return pd.DataFrame(values.reshape(len(values), -1), columns=case.names)


READERS = {
    "npz": read_npz,
    "h5": read_hdf5,
    "parquet": lambda path, case: pd.read_parquet(path),  # noqa: ARG005
    "csv": lambda path, case: pd.read_csv(path),  # noqa: ARG005
}

if __name__ == "__main__":
    serve_reading(lambda way: load, ["pandas", "h5py", "pyarrow"])  # noqa: ARG005
