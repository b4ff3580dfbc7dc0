"""Small valid files of every format, and damage done to them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import uproot

ROWS = 60
Bytes = bytearray
Mutation = Callable[[Bytes, np.random.Generator], Bytes]


def columns() -> dict[str, npt.NDArray[np.generic]]:
    """Return columns of several types, always the same."""
    rng = np.random.default_rng(1)
    return {
        "pt": rng.exponential(50, ROWS),
        "mass": rng.random(ROWS).astype(np.float32),
        "charge": rng.choice([-1, 1], ROWS).astype(np.int32),
        "event": np.arange(ROWS) + 2**53,
        "is_top": rng.random(ROWS) < 0.5,
        "kind": rng.choice(np.array(["top", "W", "µ"]), ROWS),
    }


def numbers() -> dict[str, npt.NDArray[np.generic]]:
    """Return the columns that are numbers."""
    return {name: values for name, values in columns().items() if values.dtype.kind in "fi"}


def lists() -> list[list[float]]:
    """Return a list of 0 to 4 numbers for each row."""
    rng = np.random.default_rng(2)
    return [rng.random(count).round(3).tolist() for count in rng.integers(0, 5, ROWS)]


def write_npz(path: Path) -> None:
    """Write arrays as they are, one of them with an axis more."""
    np.savez(path, **columns(), p4=np.arange(12.0 * ROWS, dtype=np.float32).reshape(ROWS, 3, 4))


def write_npz_compressed(path: Path) -> None:
    """Write compressed arrays, one of them by column."""
    np.savez_compressed(path, **columns(), p4=np.asfortranarray(np.arange(4.0 * ROWS).reshape(ROWS, 4)))


def write_hdf5(path: Path) -> None:
    """Write data sets: plain, compressed, text and lists of any length."""
    with h5py.File(path, "w") as file:
        for name, values in columns().items():
            if values.dtype.kind != "U":
                file.create_dataset(name, data=values, chunks=(16,), compression="gzip" if name == "pt" else None)
        file.create_dataset("kind", data=columns()["kind"].tolist(), dtype=h5py.string_dtype())
        hits = file.create_dataset("hits", (ROWS,), dtype=h5py.vlen_dtype(np.float32))
        for row, values in enumerate(lists()):
            hits[row] = values


def write_structured(path: Path) -> None:
    """Write one structured data set in compressed chunks with checksums."""
    table = np.rec.fromarrays(list(numbers().values()), names=list(numbers()))
    with h5py.File(path, "w") as file:
        file.create_dataset("jets", data=table, chunks=(16,), compression="gzip", shuffle=True, fletcher32=True)


def write_pandas_fixed(path: Path) -> None:
    """Write a frame in the fixed layout."""
    pd.DataFrame(numbers()).to_hdf(path, key="jets", format="fixed")


def write_pandas_table(path: Path) -> None:
    """Write a frame in the table layout, compressed."""
    pd.DataFrame(numbers() | {"kind": columns()["kind"].astype(object)}).to_hdf(
        path, key="jets", format="table", complevel=1
    )


def write_parquet(path: Path) -> None:
    """Write columns and lists in two groups of rows, as pyarrow does by itself."""
    pq.write_table(pa.table({**columns(), "hits": lists()}), path, row_group_size=ROWS // 2)


def write_parquet_plain(path: Path) -> None:
    """Write without dictionaries and compression, in pages of the second version with checksums."""
    pq.write_table(
        pa.table({**columns(), "hits": lists()}),
        path,
        compression="none",
        use_dictionary=False,
        data_page_version="2.0",
        write_page_checksum=True,
    )


def write_tree(path: Path) -> None:
    """Write a TTree with flat and jagged branches and text."""
    with uproot.recreate(path) as file:
        values: dict[str, object] = dict(numbers())
        values |= {"hits": lists_of_awkward(), "kind": columns()["kind"].tolist()}
        file.mktree("events", {"hits": "var * float64", "kind": "string"} | {n: v.dtype for n, v in numbers().items()})
        file["events"].extend(values)


def write_ntuple(path: Path) -> None:
    """Write an RNTuple with flat and jagged fields and text."""
    with uproot.recreate(path) as file:
        values: dict[str, object] = dict(numbers())
        file.mkrntuple("events", values | {"hits": lists_of_awkward(), "kind": columns()["kind"].tolist()})


def lists_of_awkward() -> object:
    """Return the lists as uproot takes them."""
    import awkward as ak

    return ak.Array(lists())


def write_csv(path: Path) -> None:
    """Write text."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns())
        writer.writerows(zip(*(values.tolist() for values in columns().values()), strict=True))


def write_csv_compressed(path: Path) -> None:
    """Write compressed text with semicolons."""
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(columns())
        writer.writerows(zip(*(values.tolist() for values in columns().values()), strict=True))


FORMATS: dict[str, tuple[tuple[str, Callable[[Path], None]], ...]] = {
    "npz": (("npz", write_npz), ("npz", write_npz_compressed)),
    "HDF5": (("h5", write_hdf5), ("h5", write_structured)),
    "HDF5, pandas": (("h5", write_pandas_fixed), ("h5", write_pandas_table)),
    "Parquet": (("parquet", write_parquet), ("parquet", write_parquet_plain)),
    "ROOT, TTree": (("root", write_tree),),
    "ROOT, RNTuple": (("root", write_ntuple),),
    "CSV": (("csv", write_csv), ("csv.gz", write_csv_compressed)),
}


def flip_bits(data: Bytes, rng: np.random.Generator) -> Bytes:
    """Flip one to eight bits."""
    for place in rng.integers(len(data), size=rng.integers(1, 9)):
        data[place] ^= 1 << int(rng.integers(8))
    return data


def truncate(data: Bytes, rng: np.random.Generator) -> Bytes:
    """Leave out the end."""
    return data[: rng.integers(len(data))]


def swap(data: Bytes, rng: np.random.Generator) -> Bytes:
    """Exchange two ranges of bytes."""
    size = int(rng.integers(1, max(2, len(data) // 8)))
    one, other = sorted(rng.integers(len(data) - size, size=2).tolist())
    if other - one >= size:
        data[one : one + size], data[other : other + size] = data[other : other + size], data[one : one + size]
    return data


def zero(data: Bytes, rng: np.random.Generator) -> Bytes:
    """Set a range of bytes to zero, as a file system does after a loss of power."""
    place, size = int(rng.integers(len(data))), int(rng.integers(1, 513))
    data[place : place + size] = bytes(len(data[place : place + size]))
    return data


def inflate(data: Bytes, rng: np.random.Generator) -> Bytes:
    """Make a whole number a large one, of 2, 4 or 8 bytes in either order: lengths and positions are such."""
    width = int(rng.choice([2, 4, 8]))
    place = int(rng.integers(max(1, len(data) - width)))
    order = "little" if rng.random() < 0.5 else "big"
    value = int.from_bytes(data[place : place + width], order)
    large = [value | 1 << int(rng.integers(8 * width)), 2 ** (8 * width) - 1, 2 ** (8 * width - 1) - 1]
    data[place : place + width] = large[rng.integers(3)].to_bytes(width, order)
    return data


def scramble(data: Bytes, rng: np.random.Generator) -> Bytes:
    """Set a few bytes to random ones."""
    place, size = int(rng.integers(len(data))), int(rng.integers(1, 17))
    data[place : place + size] = rng.bytes(len(data[place : place + size]))
    return data


MUTATIONS: tuple[Mutation, ...] = (flip_bits, truncate, swap, zero, inflate, scramble)


def mutated(whole: bytes, seed: int, number: int) -> bytes:
    """Return a damaged copy of a file.

    Args:
        whole: the file's bytes.
        seed: of all damage.
        number: of this one; the ways of damage take turns.

    Returns:
        Its bytes.
    """
    rng = np.random.default_rng([seed, number])
    return bytes(MUTATIONS[number % len(MUTATIONS)](Bytes(whole), rng))
