"""The same little table in every format; a reader without a writer here fails the contract tests."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from netwright.data.cache import entries as cache
from netwright.readers import Contents, Request, _convert, reader_for

Columns = dict[str, np.ndarray]
SHARED = Path(__file__).parents[3] / "shared" / "data"


def write_npz(path: Path, columns: Columns) -> None:
    np.savez(path, **columns)


def write_hdf5(path: Path, columns: Columns) -> None:
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            is_text = values.dtype.kind == "U"
            file.create_dataset(name, data=np.char.encode(values, "utf-8") if is_text else values)


def write_parquet(path: Path, columns: Columns) -> None:
    pq.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)


def write_arrow(path: Path, columns: Columns) -> None:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)


def write_root(path: Path, columns: Columns) -> None:
    with uproot.recreate(path) as file:
        file.mkrntuple("events", {n: v.tolist() if v.dtype.kind == "U" else v for n, v in columns.items()})


def write_csv(path: Path, columns: Columns) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))


WRITERS: dict[str, Callable[[Path, Columns], None]] = {
    "npz": write_npz,
    "hdf5": write_hdf5,
    "parquet": write_parquet,
    "arrow": write_arrow,
    "root": write_root,
    "csv": write_csv,
}


@pytest.fixture(autouse=True)
def read_here(monkeypatch) -> None:
    """Read in this process, where a test can change how it is done."""
    monkeypatch.setattr(cache, "convert_apart", _convert.convert)


@pytest.fixture
def little() -> Columns:
    """Seven rows of each kind of value."""
    rng = np.random.default_rng(7)
    return {
        "energy": rng.normal(200, 50, 7),
        "mass": rng.random(7).astype(np.float32),
        "charge": np.array([1, -1, 1, 1, -1, -1, 1], dtype=np.int32),
        "event": np.arange(7, dtype=np.int64) + 2**53 + 1,  # float64 would lose these
        "is_top": np.array([True, False, True, True, False, False, True]),
        "kind": np.array(["GT", "TT", "GG", "µ", "a b", "x", "y"]),
    }


@pytest.fixture
def write() -> dict[str, Callable[[Path, Columns], None]]:
    return WRITERS


@pytest.fixture
def contents() -> Callable[..., tuple[Contents, pa.Table]]:
    """Read a file with its reader, without the cache."""

    def opened(path: Path, key: str | None = None) -> tuple[Contents, pa.Table]:
        with reader_for(path).open(Request(path, key)) as result:
            return result, pa.Table.from_batches(list(result.batches), result.schema)

    return opened


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not there")
    return SHARED
