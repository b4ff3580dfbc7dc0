"""Processes that train from a file, one for each point of a series, asked in turns: what the driver scripts share."""

from __future__ import annotations

import os
import statistics
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from bench.measuring import HERE
from bench.protocol import RivalError, Worker
from bench.report import written

RESULTS = HERE.parent / "RESULTS.md"

POINT: dict[str, Any] = {  # what a worker is asked for, where a series says nothing else
    "columns": 16,
    "units": [64, 64, 64],
    "batch": 512,
    "members": 1,
    "way": "auto",
    "feed": "auto",
    "epochs": 1000,
    "seconds": 4.0,
    "limit": 0,
    "whole": False,
    "cache": True,
    "memory": "",
    "names": "x{}",
}


def made_folder(name: str) -> Path:
    """Return a folder of the command line, which is made if it is not there."""
    Path(name).mkdir(parents=True, exist_ok=True)
    return Path(name)


def worker_of(folder: Path, cache: str = "cache") -> Worker:
    """Return a process that has not started yet, with a cache in a folder."""
    variables = {"NETWRIGHT_CACHE": str(folder / cache), "PYTHONPATH": str(HERE.parent), "JAX_PLATFORMS": "cpu"}
    return Worker(Path(sys.executable), "bench.workers.whole_path", variables, folder / "worker.log")


def write_rows(path: Path, rows: int, columns: int) -> None:
    """Write an npz file of normal numbers and a label that follows the first of them, column by column."""
    random = np.random.default_rng(1)
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for number in range(columns):
            values = random.standard_normal(rows, dtype=np.float32)
            if number == 0:
                add(archive, "label", (values + random.standard_normal(rows, dtype=np.float32) > 0).astype(np.int8))
            add(archive, f"x{number}", values)


def add(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    """Write an array into an archive."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array(file, values)


def measured(
    points: Sequence[Mapping[str, Any]], folder: Path, rounds: int, caches: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Prepare a process for each point, then measure in turns.

    Args:
        points: what each is asked for; `POINT` says the rest.
        folder: of the files and caches.
        rounds: how often each is measured.
        caches: of each point, where they are not to share one.

    Returns:
        Of each point the numbers of its worker, with medians of the speeds; or why there are none, under "failed".
    """
    results: list[dict[str, Any]] = [{} for _ in points]
    speeds: list[list[float]] = [[] for _ in points]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(closing(worker_of(folder, cache))) for cache in (caches or ["cache"] * len(points))
        ]
        for number in range(-1, rounds):
            if number == 0:
                os.sync()  # files that were just written would be on their way to the disk while others are read
            for place, (point, worker) in enumerate(zip(points, workers, strict=True)):
                if "failed" in results[place]:
                    continue
                try:
                    if number < 0:
                        say(f"preparing {dict(point)}")
                        about = worker.ask(do="prepare", **{**POINT, **point, "folder": str(folder)})
                        say(", ".join(f"{task}: {mib(peak)} MiB" for task, peak in about["marks"].items()))
                    else:
                        results[place] = worker.ask(do="measure")
                        speeds[place].append(results[place].get("rows_per_second", 0.0))
                        say(f"round {number + 1}, point {place}: {speeds[place][-1]:,.0f} rows/s")
                except RivalError as error:
                    results[place] = {"failed": str(error)}
                    say(f"point {place} failed: {error}")
    for one, of_rounds in zip(results, speeds, strict=True):
        if "failed" not in one:
            one["rows_per_second"] = statistics.median(of_rounds)
    return results


def say(what: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {what}", file=sys.stderr, flush=True)


def give(name: str, text: str, *, write: bool) -> None:
    """Print a section, and optionally write it to the file of results."""
    print(text)
    if write:
        RESULTS.write_text(written(RESULTS.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def mib(size: float) -> str:
    """Return bytes as MiB."""
    return f"{size / 2**20:,.0f}"
