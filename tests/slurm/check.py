"""A search on a real Slurm of one node: a job that is cancelled is replaced, and one that is told to stop is requeued.

    tests/slurm/start FOLDER && SLURM_CONF=FOLDER/slurm.conf python tests/slurm/check.py FOLDER

`make test-slurm` does both, and stops Slurm afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

PATIENCE = 150.0  # seconds for anything
NETWRIGHT = [sys.executable, "-c", "from netwright.cli import main; main()"]


def main() -> None:
    """Check both ways."""
    folder = Path(sys.argv[1]).resolve()
    write_experiment(folder)
    replaced(folder)
    requeued(folder)


def write_experiment(folder: Path) -> None:
    """Write rows, and an experiment with a small search."""
    generator = np.random.default_rng(1)
    y = np.arange(800) % 2
    pq.write_table(pa.table({"a": generator.normal(size=800) + y, "y": y}), folder / "rows.parquet")
    content = {
        "name": "toy",
        "data": {"files": [str(folder / "rows.parquet")]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"is_hh": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 2},
        "search": {
            "parameters": {"training.learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}},
            "sampler": "random", "at_once": 2, "seeds": 1,
        },
        "cluster": {"memory": "2GB", "wait": 60},
    }  # fmt: skip
    (folder / "experiment.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def replaced(folder: Path) -> None:
    """Cancel the job of a worker while it trains: the search ends with all trials, in another job."""
    place = folder / "by-dask"
    words = ["search", "experiment.yaml", "--trials", "6", "--run", str(place), "--cluster", "slurm"]
    search = subprocess.Popen([*NETWRIGHT, *words], cwd=folder)
    wait((place / "batches" / "0000" / ".lock").exists)
    first = jobs()
    run("scancel", *first)
    if search.wait(timeout=PATIENCE) != 0:
        sys.exit("by-dask: the search failed")
    finished(place, 6)
    print(f"by-dask: job {first[0]} was cancelled while it trained; the search has its 6 trials")


def requeued(folder: Path) -> None:
    """Tell a job to stop: it ends with exit code 85, is requeued, and goes on."""
    place = folder / "by-sbatch"
    command = f"exec '{sys.executable}' -c 'from netwright.cli import main; main()' search experiment.yaml --trials 6"
    script = f"#!/bin/sh\n{command} --run {place}\n"
    job = run("sbatch", "--parsable", "--requeue", "--mem=2G", "--output=job.txt", cwd=folder, given=script).strip()
    wait((place / "batches" / "0000" / ".lock").exists)
    run("scancel", "--signal=TERM", "--full", job)
    wait(lambda: "Restarts=1" in run("scontrol", "show", "job", job))
    # Slurm lets a requeued job wait for two minutes; a node that has just ended it refuses to start it within a second
    run("scontrol", "update", f"JobId={job}", "StartTime=now+5")
    wait(lambda: job not in jobs())
    if not (place / "search.json").exists():
        sys.exit(f"by-sbatch: the search failed: {(folder / 'job.txt').read_text()}")
    finished(place, 6)
    print(f"by-sbatch: job {job} was told to stop, ended with exit code 85, was requeued and has its 6 trials")


def finished(place: Path, trials: int) -> None:
    """Make sure that a search ended with so many trials, each once."""
    numbers = [one["number"] for one in json.loads((place / "search.json").read_text())["trials"]]
    if numbers != list(range(trials)):
        sys.exit(f"{place}: trials {numbers}")


def jobs() -> list[str]:
    """Return the numbers of all jobs."""
    return run("squeue", "--noheader", "--format=%i").split()


def run(*words: str, cwd: Path | None = None, given: str | None = None) -> str:
    """Run a command of Slurm, and return what it says."""
    return subprocess.run(words, cwd=cwd, input=given, check=True, capture_output=True, text=True).stdout


def wait(ready: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            sys.exit("waited too long")
        time.sleep(0.3)


if __name__ == "__main__":
    main()
