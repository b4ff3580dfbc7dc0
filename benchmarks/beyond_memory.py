"""Rows of 3 times the memory limit, streamed, against the same rows resident without a limit.

    python benchmarks/beyond_memory.py --quick
    python benchmarks/beyond_memory.py --write         # files and caches take three times the data for a while

Two processes go the way of `netwright train` from one npz file, and train in turns. One may take all memory. The other
has a limit on what it takes beyond its imports (RLIMIT_DATA, which is `ulimit -d`): it reads the file into its cache,
prepares and trains under it. That limit does not count pages of files, and the rest of the machine's memory would keep
them; so this process gives them back to the disk as soon as it holds more than an eighth of the limit.

What a row needs beside its inputs (label, weights, identity, number, part of the split: some 36 bytes) is not streamed,
and of this limit Arrow's allocator reserves a GiB that it does not use. Rows of 32 columns (128 bytes) are therefore
once the limit and not three times.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.report import machine
from bench.sweep import give, made_folder, measured, mib, say, write_rows

BAR = 0.9
CASES: dict[str, dict[str, Any]] = {  # times: inputs over limit
    "200 columns, 5 layers of 128, batch 256": {"columns": 200, "units": [128] * 5, "batch": 256, "times": 3},
    "200 columns, 3 layers of 64, batch 512": {"columns": 200, "units": [64] * 3, "batch": 512, "times": 3},
    "32 columns, 3 layers of 64, batch 512": {"columns": 32, "units": [64] * 3, "batch": 512, "times": 1},
}


def main() -> None:
    """Measure case by case, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="try with few rows; the numbers mean nothing")
    parser.add_argument("--write", action="store_true", help="also put the table into RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=2048, help="MiB")
    parser.add_argument("--cases", nargs="+", type=int, default=list(range(len(CASES))), help="numbers, from 0")
    parser.add_argument("--folder", type=made_folder, default=None, help="where files and caches go for a while")
    options = parser.parse_args()
    rounds = 2 if options.quick else options.rounds
    limit = 2**20 * (1024 if options.quick else options.limit)
    names = [list(CASES)[number] for number in options.cases]
    lines = [line for name in names for line in lines_of(name, limit, rounds, options)]
    trial = "A trial with few rows, whose numbers mean nothing. " if options.quick else ""
    how = (
        f"{trial}`python benchmarks/beyond_memory.py`: {machine()}. Medians of {rounds} runs, in turns. The limit is "
        f"RLIMIT_DATA, {mib(limit)} MiB beyond what the process has after its imports; pages of files are given back "
        f"beyond {mib(limit / 8)} MiB. The bar is {BAR} of the resident speed."
    )
    table = [
        "| rows | feed | inputs (MiB) | all data (MiB) | imports (MiB) | own memory, peak (MiB) | rows/s | ratio |",
        "|---|---|---|---|---|---|---|---|",
        *lines,
    ]
    text = "\n".join(["## Larger than memory: streamed against resident", "", how, "", *table])
    give("beyond memory", text, write=options.write)


def lines_of(name: str, limit: int, rounds: int, options: argparse.Namespace) -> list[str]:
    """Measure a case and return its lines."""
    case = CASES[name]
    count = case["times"] * limit // (4 * case["columns"])
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file = Path(folder) / "rows.npz"
        say(f"writing {count:,} rows: {name}")
        write_rows(file, count, case["columns"])
        common = {**case, "file": str(file), "seconds": 8.0 if options.quick else 20.0}
        points = [{**common, "limit": limit}, {**common, "feed": "resident"}]  # the first one fills the cache
        streamed, resident = measured(points, Path(folder), rounds)
    results = {"streamed, limited": streamed, "resident": resident}
    return [line_of(f"{count:,}: {name}", feed, one, resident) for feed, one in results.items()]


def line_of(rows: str, feed: str, one: Mapping[str, Any], resident: Mapping[str, Any]) -> str:
    """Return the line of a process."""
    if "failed" in one:
        return f"| {rows} | {feed} | failed: {one['failed']} | | | | | |"
    assert one["mapped"] == (feed != "resident"), "the limit was not seen"
    sizes = " | ".join(mib(one[key]) for key in ("inputs", "data", "before", "anonymous"))
    ratio = "" if "failed" in resident else f"{one['rows_per_second'] / resident['rows_per_second']:.2f}"
    return f"| {rows} | {feed} | {sizes} | {one['rows_per_second']:,.0f} | {ratio} |"


if __name__ == "__main__":
    main()
