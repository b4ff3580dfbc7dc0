"""Memory of jagged particles: 40 of 200 on average, as stored against with their padding, and while they train.

    python benchmarks/particle_memory.py [--rows 100000] [--train]

Prints the bytes of the rows as they are held, those that padding would take, and the growth of the process.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import netwright as nw
from netwright.config import Experiment, parse_experiment
from netwright.data import Ragged, prepare, read, stored

FEATURES, MEAN, MOST = 17, 40, 200


def main() -> None:
    """Write a file, read its rows, and print what they take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--train", action="store_true", help="train an epoch, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "jets.parquet"
        write(path, arguments.rows)
        experiment = experiment_of(path)
        dataset = read([path], cache=Path(place) / "cache")
        before = anonymous()
        rows = prepare(dataset, experiment)
        values = rows.inputs["particles"]
        held = values.nbytes if isinstance(values, Ragged) else stored(values).nbytes
        padded = int(np.prod(values.shape)) * values.dtype.itemsize
        print(
            f"{arguments.rows:,} rows, {MEAN} of {MOST} particles with {FEATURES} numbers: {held / 1e6:,.0f} MB held, "
            f"{padded / 1e6:,.0f} MB with padding ({held / padded:.1%}); the process grew by "
            f"{(anonymous() - before) / 1e6:,.0f} MB"
        )
        if arguments.train:
            nw.train(experiment, run=Path(place) / "run")
            print(f"after an epoch of training the process has grown by {(anonymous() - before) / 1e6:,.0f} MB")


def write(path: Path, rows: int) -> None:
    """Write jagged columns; the number of particles is that of a Poisson distribution, at most 200."""
    random = np.random.default_rng(1)
    schema = None
    with_values: list[pa.Table] = []
    for _ in range(0, rows, 10_000):
        counts = np.minimum(random.poisson(MEAN, min(rows, 10_000)), MOST)
        ends = pa.array(np.append(0, np.cumsum(counts)).astype("i4"))
        numbers = random.normal(size=(FEATURES, int(counts.sum()))).astype("f4")
        table = {f"part_{k}": pa.ListArray.from_arrays(ends, pa.array(one)) for k, one in enumerate(numbers)}
        with_values.append(pa.table(table | {"y": random.integers(0, 2, len(counts))}))
        schema = with_values[-1].schema
    with pq.ParquetWriter(path, schema) as writer:
        for table in with_values:
            writer.write_table(table)


def experiment_of(path: Path) -> Experiment:
    """Return an experiment with all numbers of the particles."""
    numbers = {"all": {"columns": [f"part_{k}" for k in range(FEATURES)]}}
    return parse_experiment(
        {
            "data": {"files": [str(path)]},
            "inputs": {"particles": {"kind": "particles", "numbers": numbers, "at_most": MOST}},
            "targets": {"y": {"kind": "binary", "column": "y"}},
            "model": {"body": {"kind": "deep-sets", "units": [8], "constituent_units": [8]}},
            "training": {"epochs": 1, "batch_size": 256},
        }
    )


def anonymous() -> int:
    """Return the memory of this process that is no file, in bytes."""
    result = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(result[1]) * 1024 if result else 0


if __name__ == "__main__":
    main()
