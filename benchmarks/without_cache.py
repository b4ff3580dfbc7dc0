"""Files that are not converted (`data.cache: false`) against the same rows from the cache, in growing data sets.

    python benchmarks/without_cache.py --quick
    python benchmarks/without_cache.py --write                       # 3 and 10 GB, both ways
    python benchmarks/without_cache.py --gigabytes 30 100 --alone    # without the cache only: needs no more disk

The network is that of 800 inputs and 5 layers of 128 units, in batches of 256; rows are 800 normal numbers, a label and
an event number. A data set is one file of 1 GB under as many names as it has GB (hard links), so that 100 GB take the
disk of one: files are then in the memory of the system, and the speed of a disk is not part of this; unpacking,
converting and copying are. The cache unpacks the file once, but writes the inputs, which do not fit in the memory
that the processes are allowed (NETWRIGHT_MEMORY), to a scratch file of the full size. Both train in turns.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uproot
from bench.report import machine
from bench.sweep import give, made_folder, measured, mib, say

BAR = 0.8
COLUMNS, GROUP = 800, 20_000
NAMES = {"parquet": "x{}", "h5": "X[{}]", "root": "x{}"}


def main() -> None:
    """Measure size by size, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="try with few rows; the numbers mean nothing")
    parser.add_argument("--write", action="store_true", help="also put the table into RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gigabytes", nargs="+", type=int, default=[3, 10])
    parser.add_argument("--formats", nargs="+", choices=list(NAMES), default=["parquet", "h5"])
    parser.add_argument("--alone", action="store_true", help="do not compare with the cache")
    parser.add_argument("--memory", default="4GiB", help="that each process is allowed")
    parser.add_argument("--folder", type=made_folder, default=None, help="where files and caches go for a while")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.gigabytes, options.memory = 2, [2], "3GiB"
    lines = [line for kind in options.formats for size in options.gigabytes for line in lines_of(kind, size, options)]
    trial = "A trial, whose numbers mean nothing. " if options.quick else ""
    how = (
        f"{trial}`python benchmarks/without_cache.py`: {machine()}. Medians of {options.rounds} runs, in turns; "
        f"NETWRIGHT_MEMORY={options.memory}. {COLUMNS} columns, 5 layers of 128, batch 256. Until ready: reading, "
        f"dividing and describing, the first time. The bar is {BAR} of the speed from the cache."
    )
    table = [
        "| files | rows | feed | until ready (s) | own memory, peak (MiB) | rows/s | ratio |",
        "|---|---|---|---|---|---|---|",
        *lines,
    ]
    text = "\n".join(["## Files that are not converted, against the cache", "", how, "", *table])
    give("without cache", text, write=options.write)


def lines_of(kind: str, size: int, options: argparse.Namespace) -> list[str]:
    """Measure one size and return its lines."""
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        rows = (10**9 if not options.quick else 10**8) // (4 * COLUMNS) // GROUP * GROUP or GROUP
        links = size if not options.quick else 15 * size
        say(f"writing {rows:,} rows of {kind}, under {links} names")
        first = folder / f"rows-000.{kind}"
        write(first, rows)
        for number in range(1, links):
            os.link(first, folder / f"rows-{number:03}.{kind}")
        common = {
            "columns": COLUMNS,
            "units": [128] * 5,
            "batch": 256,
            "names": NAMES[kind],
            "file": str(folder / f"rows-*.{kind}"),
            "identity": ["event"],
            "memory": options.memory,
            "seconds": 8.0 if options.quick else 20.0,
        }
        points = [{**common, "cache": False}] + ([] if options.alone else [common])
        result = measured(points, folder, options.rounds)
    cached = {} if options.alone else result[1]
    ways = ("not converted", "from the cache")
    return [
        line_of(f"{size} GB {kind} | {links * rows:,} | {way}", one, cached)
        for way, one in zip(ways, result, strict=False)
    ]


def write(path: Path, rows: int) -> None:
    """Write a file of so many rows, in row groups, chunks or baskets."""
    random = np.random.default_rng(1)
    values = random.standard_normal((rows, COLUMNS), dtype=np.float32)
    label = (values[:, 0] + random.standard_normal(rows, dtype=np.float32) > 0).astype(np.int8)
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.create_dataset("X", data=values, chunks=(1000, COLUMNS), compression="lzf")
            file["label"], file["event"] = label, np.arange(rows)
        return
    columns = {f"x{place}": values[:, place] for place in range(COLUMNS)}
    columns |= {"label": label, "event": np.arange(rows)}
    if path.suffix == ".root":
        with uproot.recreate(path) as file:
            file.mktree("events", {name: column.dtype for name, column in columns.items()})
            for start in range(0, rows, GROUP):
                file["events"].extend({name: column[start : start + GROUP] for name, column in columns.items()})
        return
    pq.write_table(pa.table(columns), path, row_group_size=GROUP)


def line_of(what: str, one: Mapping[str, Any], cached: Mapping[str, Any]) -> str:
    """Return the line of a process."""
    if "failed" in one:
        return f"| {what} | failed: {one['failed']} | | | |"
    assert one["mapped"], "the rows fitted in memory"
    compared = "rows_per_second" in cached
    ratio = f"{one['rows_per_second'] / cached['rows_per_second']:.2f}" if compared else ""
    return f"| {what} | {one['seconds']:.0f} | {mib(one['anonymous'])} | {one['rows_per_second']:,.0f} | {ratio} |"


if __name__ == "__main__":
    main()
