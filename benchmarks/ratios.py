"""Two speeds as ratios to a reference measured beside them, next to those recorded: what CI prints, and never fails on.

    python benchmarks/ratios.py            # compare with ratios.json
    python benchmarks/ratios.py --write    # record those of this machine

Machines are noisy and differ, so each figure is the median of the ratios of rounds in which both are measured in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench.problems import Dense
from bench.workers import jax_scan, netwright_training

from netwright.data import read

RECORDED = Path(__file__).with_name("ratios.json")
ROUNDS = 5
SMALL = Dense(inputs=32, units=(64, 64, 64), batch=128, rows=100_000)


def main() -> None:
    """Measure, print, and record when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="record the ratios of this run")
    write = parser.parse_args().write
    ratios = {
        "steps of 3 x 64 at batch 128, rows per second: netwright / scan of JAX by hand": step_ratio(),
        "first reading of a Parquet file, speed: netwright / pyarrow": reading_ratio(),
    }
    recorded = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
    for name, ratio in ratios.items():
        before = f"recorded {recorded[name]:.2f}" if name in recorded else "not recorded"
        print(f"{name}: {ratio:.2f} ({before})")
    if write:
        rounded = {name: round(ratio, 3) for name, ratio in ratios.items()}
        RECORDED.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


def step_ratio() -> float:
    """Return our rows per second over those of a compiled scan written by hand."""
    x, y = SMALL.data()
    by_hand = jax_scan.fresh(SMALL, x, y)
    by_hand(2)
    ours = netwright_training.prepare_epochs(SMALL, 0.3)
    epochs = 5
    return median_ratio(lambda: ours()["rows_per_second"], lambda: epochs * len(x) / by_hand(epochs))


def reading_ratio() -> float:
    """Return how fast we read a new file, over how fast pyarrow reads it."""
    random = np.random.default_rng(1)
    columns = {f"x{number}": random.normal(size=200_000).astype(np.float32) for number in range(20)}
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "rows.parquet"
        pq.write_table(pa.table(columns), path)
        caches = iter(range(100))

        def ours() -> float:
            data = read(path, cache=Path(place) / f"cache{next(caches)}")
            return float(sum(data.column(name).sum() for name in data.names))

        def reference() -> float:
            return float(sum(column.to_numpy().sum() for column in pq.read_table(path).columns))

        ours()  # the process that reads has started
        return median_ratio(lambda: 1 / seconds_of(ours), lambda: 1 / seconds_of(reference))


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ratio(ours: Callable[[], float], reference: Callable[[], float]) -> float:
    """Return the median of the ratios of rounds, each measured in turn."""
    return statistics.median(ours() / reference() for _ in range(ROUNDS))


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")
    main()
