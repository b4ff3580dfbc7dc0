"""How long reading takes, and how much memory: 100,000 rows of 800 numbers in every format.

    python benchmarks/reading.py

Each file is read in a process of its own, once into an empty cache and once from it. Seconds are those of
`netwright.read`, without the start of Python; memory is the peak of the whole process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import uproot

READ = """
import json, pathlib, sys, time
import netwright.data as data
began = time.perf_counter()
rows = data.read(sys.argv[1]).rows
seconds = time.perf_counter() - began
# of this process alone: what getrusage says includes the parent's memory before exec
status = pathlib.Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
sys.stdout.write(json.dumps([rows, seconds, peak]))
"""


def main() -> None:
    """Write, read and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    values = np.random.default_rng(1).normal(size=(options.rows, 200, 4)).astype(np.float32)
    print("| format | size (MiB) | first read (s) | from the cache (ms) | peak memory (MiB) |\n|---|---|---|---|---|")
    for name, write in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows.{name}"
            write(path, values)
            time.sleep(3)  # a file that has only just changed is hashed at every read
            first, again = (measure(path, Path(folder) / "cache") for _ in range(2))
            size = path.stat().st_size / 2**20
            print(f"| {name} | {size:.0f} | {first[1]:.1f} | {1000 * again[1]:.1f} | {first[2]:.0f} |", flush=True)


def measure(path: Path, cache: Path) -> tuple[int, float, float]:
    """Read a file in a new process; return rows, seconds and peak memory in MiB."""
    command = [sys.executable, "-c", READ, str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env={"NETWRIGHT_CACHE": str(cache)})
    rows, seconds, peak = json.loads(answer.stdout)
    return rows, seconds, peak


def write_npz(path: Path, values: np.ndarray) -> None:
    """Write one array of shape (rows, 200, 4)."""
    np.savez(path, constituents=values)


def write_hdf5(path: Path, values: np.ndarray) -> None:
    """Write one data set of shape (rows, 200, 4)."""
    with h5py.File(path, "w") as file:
        file.create_dataset("constituents", data=values, chunks=(100, 200, 4), compression="gzip", compression_opts=1)


def write_parquet(path: Path, values: np.ndarray) -> None:
    """Write 800 columns."""
    pyarrow.parquet.write_table(flat(values), path)


def write_root(path: Path, values: np.ndarray) -> None:
    """Write 800 branches."""
    with uproot.recreate(path) as file:
        file["events"] = {name: column.to_numpy() for name, column in zip(NAMES, flat(values).columns, strict=True)}


def write_csv(path: Path, values: np.ndarray) -> None:
    """Write 800 columns of a tenth of the rows: text is large."""
    pyarrow.csv.write_csv(flat(values[: len(values) // 10]), path)


def flat(values: np.ndarray) -> pa.Table:
    """Return 800 columns."""
    return pa.table(dict(zip(NAMES, values.reshape(len(values), -1).T, strict=True)))


NAMES = [f"{component}_{i}" for i in range(200) for component in ("E", "PX", "PY", "PZ")]

WRITERS: dict[str, Callable[[Path, np.ndarray], None]] = {
    "npz": write_npz,
    "h5": write_hdf5,
    "parquet": write_parquet,
    "root": write_root,
    "csv": write_csv,
}

if __name__ == "__main__":
    main()
