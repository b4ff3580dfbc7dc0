"""Time a row and memory: rows, width, depth and members, on the way of `netwright train` from a file.

    python benchmarks/scaling.py --quick
    python benchmarks/scaling.py --write

Each point is a process of its own: it reads an npz file of float32 columns, prepares, divides, describes and trains.
Points of a series are measured in turns. "Before" is what the process holds after its imports; all other memory is
what comes on top of it: "own" is memory of the process alone (looked at 50 times a second), "peak" also counts pages
of the memory-mapped cache, which the system may take back at any time. Data is everything a row has: inputs, targets,
weights, identity and number; state is three times the weights (weights and both moments of Adam) for each member.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.report import machine
from bench.sweep import give, made_folder, measured, mib, say, write_rows

FLAT = 1.1
MEMORY = 1.3
WAYS = ("one-by-one", "side-by-side", "together", "auto")


def main() -> None:
    """Measure series by series, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="try with few rows; the numbers mean nothing")
    parser.add_argument("--write", action="store_true", help="also put the tables into RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--series", nargs="+", choices=SERIES, default=list(SERIES))
    parser.add_argument("--folder", type=made_folder, default=None, help="where files and caches go for a while: 12 GB")
    options = parser.parse_args()
    rounds = 2 if options.quick else options.rounds
    trial = "A trial with few rows, whose numbers mean nothing. " if options.quick else ""
    head = f"{trial}`python benchmarks/scaling.py`: {machine()}. Medians of {rounds} runs, in turns."
    for name in options.series:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            text = SERIES[name](Path(folder), rounds, quick=options.quick)
        marker = "memory" if name == "memory" else f"scaling, {name}"
        give(marker, f"## {TITLES[name]}\n\n{head}\n\n{text}", write=options.write)


def rows(folder: Path, rounds: int, *, quick: bool) -> str:
    """Measure the rows: 16 columns, 3 layers of 64, batch 512."""
    counts = [10**3, 10**4, 10**5, 10**6] if quick else [10**4, 10**5, 10**6, 10**7]
    points = [{"file": file_of(folder, count, 16), "seconds": seconds(quick)} for count in counts]
    result = measured(points, folder, rounds)
    lines = table("rows", [f"{count:,}" for count in counts], result)
    speeds = [one["rows_per_second"] for one in result if "failed" not in one]
    return "\n".join([
        *lines,
        "",
        f"Slowest over fastest time a row: {max(speeds) / min(speeds):.2f} (bar {FLAT}).",
    ])  # fmt: skip


def width(folder: Path, rounds: int, *, quick: bool) -> str:
    """Measure the width of 3 layers: 10^5 rows of 16 columns."""
    file = file_of(folder, 10**4 if quick else 10**5, 16)
    units = [32, 64] if quick else [32, 64, 128, 256, 512, 1024]
    points = [{"file": file, "units": [unit] * 3, "seconds": seconds(quick)} for unit in units]
    return "\n".join(table("width", units, measured(points, folder, rounds)))


def depth(folder: Path, rounds: int, *, quick: bool) -> str:
    """Measure the number of layers of 128: 10^5 rows of 16 columns."""
    file = file_of(folder, 10**4 if quick else 10**5, 16)
    layers = [2, 4] if quick else [2, 4, 8, 16]
    points = [{"file": file, "units": [128] * layer, "seconds": seconds(quick)} for layer in layers]
    return "\n".join(table("layers", layers, measured(points, folder, rounds)))


def members(folder: Path, rounds: int, *, quick: bool) -> str:
    """Measure ensembles: 20,000 rows of 16 columns, 3 layers of 64, batch 128, 10 epochs."""
    file = file_of(folder, 4_000 if quick else 20_000, 16)
    counts = [1, 4] if quick else [1, 2, 5, 10, 20]
    who = [(count, way) for count in counts for way in (WAYS if count > 1 else ("auto",))]
    points = [
        {"file": file, "members": count, "way": way, "batch": 128, "epochs": 4 if quick else 10} for count, way in who
    ]
    return "\n".join(table("members", [f"{count}, {way}" for count, way in who], measured(points, folder, rounds)))


def memory(folder: Path, _: int, *, quick: bool) -> str:
    """Measure the memory of one larger data set, part by part, and of a whole `netwright train` of it."""
    count = 50_000 if quick else 2_500_000
    common = {"file": file_of(folder, count, 200), "columns": 200, "units": [128] * 5, "batch": 1024, "seconds": 4.0}
    training = measured([common], folder, 1)[0]
    whole = measured([{**common, "whole": True, "epochs": 1}], folder, 1)[0]
    lines = table("rows of 200 columns", [f"{count:,}"], [training])
    lines += ["", "| what was done | own memory, peak (MiB) | over data and state |", "|---|---|---|"]
    if "failed" in training or "failed" in whole:
        return "\n".join([*lines, f"| failed: {training.get('failed', whole.get('failed'))} | | |"])
    size = training["data"] + training["state"]
    peaks = {f"training: {task}": peak for task, peak in training["marks"].items()}
    peaks |= {f"`netwright train`: {task}": peak for task, peak in whole["marks"].items()}
    peaks["`netwright train`: all"] = whole["anonymous"]
    lines += [f"| {task} | {mib(peak)} | {peak / size:.2f} |" for task, peak in peaks.items()]
    bar = f"Bar: {MEMORY}; programs and buffers that no row needs take what 10,000 rows take in the table of rows."
    return "\n".join([*lines, "", bar])


def table(name: str, labels: Sequence[object], found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of a table."""
    columns = [name, "rows/s", "ns a row", "before (MiB)", "data (MiB)", "state (MiB)", "own (MiB)", "peak (MiB)"]
    lines = ["| " + " | ".join([*columns, "own / (data + state)"]) + " |", "|---" * 9 + "|"]
    for label, one in zip(labels, found, strict=True):
        if "failed" in one:
            lines.append(f"| {label} | failed: {one['failed']} | | | | | | | |")
            continue
        size, speed = one["data"] + one["state"], one["rows_per_second"]
        sizes = " | ".join(mib(one[key]) for key in ("before", "data", "state", "anonymous", "peak"))
        ratio = one["anonymous"] / size
        lines.append(f"| {label} | {speed:,.0f} | {1e9 / speed:,.0f} | {sizes} | {ratio:.2f} |")
    return lines


def file_of(folder: Path, count: int, columns: int) -> str:
    """Write a file of so many rows."""
    path = folder / f"rows-{count}-{columns}.npz"
    say(f"writing {path.name}")
    write_rows(path, count, columns)
    return str(path)


def seconds(quick: bool) -> float:  # noqa: FBT001
    """Return how long a measurement takes."""
    return 0.5 if quick else 4.0


SERIES = {"rows": rows, "width": width, "depth": depth, "members": members, "memory": memory}
TITLES = {
    "rows": "Scaling: rows (16 columns, 3 layers of 64, batch 512)",
    "width": "Scaling: width of 3 layers (100,000 rows of 16 columns, batch 512)",
    "depth": "Scaling: layers of 128 (100,000 rows of 16 columns, batch 512)",
    "members": "Scaling: members (20,000 rows of 16 columns, 3 layers of 64, batch 128, 10 epochs)",
    "memory": "Memory: 2 GB of inputs (5 layers of 128, batch 1024)",
}

if __name__ == "__main__":
    main()
