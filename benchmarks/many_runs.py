"""A folder of very many runs: how long the lab book takes, and the live page until it has a picture.

    .venv/bin/python benchmarks/many_runs.py [--runs 10000] [--keep FOLDER]

Runs are small: an experiment file of all keys, 20 epochs, the metrics. Printed are the lab book read for the first
time and once more, its table as text, and of the live page the first look at the folder, one of the looks that follow
every two seconds, and everything that a new page is sent.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from netwright.config import dump_experiment, parse_experiment
from netwright.labbook import in_order, lab_page, read_entries
from netwright.live import Watcher


def make_runs(folder: Path, runs: int) -> None:
    """Make runs as files, each with its own learning rate and seed."""
    noise = random.Random(1)  # noqa: S311  # a toy
    content = {
        "name": "toy",
        "data": {"files": ["/data/toy.csv"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"is_signal": {"kind": "binary", "column": "y"}},
    }
    text = dump_experiment(parse_experiment(content))
    line = {"member": 0, "loss": 0.5, "valid_loss": 0.5, "seconds": 1.0, "best": True}
    history = "".join(json.dumps(line | {"epoch": epoch}) + "\n" for epoch in range(1, 21))
    for number in range(runs):
        path = folder / f"run-{number:05d}"
        path.mkdir(parents=True)
        rate = 10 ** noise.uniform(-4, -2)
        own = text.replace("learning_rate: 0.001", f"learning_rate: {rate:.5f}").replace("seed: 1", f"seed: {number}")
        auc = {"is_signal": {"roc_auc": {"value": 0.8 + 0.1 * noise.random(), "uncertainty": 0.01}}}
        finding = {"symptom": "overtraining", "severity": "WARN", "evidence": "It is."}
        files = {
            "experiment.yaml": own,
            "history.jsonl": history,
            "environment.json": json.dumps({"started": f"2026-11-{1 + number % 28:02d}T17:00:00+00:00"}),
            "evaluation.json": json.dumps({"test": auc}),
            "findings.json": json.dumps({"format": 1, "findings": [finding]}),
            "notes.md": "# Notes on toy\n\n",
            "training.json": "{}",
            "report.html": "",
        }
        for name, text in files.items():
            (path / name).write_text(text)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something takes."""
    began = time.perf_counter()
    yield
    print(f"{what:40s} {time.perf_counter() - began:8.3f}")


def measure(folder: Path) -> None:
    """Take the times."""
    for what in ("lab book, first time [s]", "lab book, once more [s]"):
        with timed(what):
            entries = read_entries(folder)
    with timed("  sorted, and written as a page [s]"):
        lab_page(in_order(entries, "-metric"))
    watcher = Watcher(folder)
    looks: dict[str, Callable[[], object]] = {
        "live page, first look [s]": watcher.poll,
        "  next look [s]": watcher.poll,
        "  at runs in training [s]": lambda: watcher.poll(everything=False),
        "  sent to a new page [s]": lambda: list(watcher.updates({})),
    }
    for what, act in looks.items():
        with timed(what):
            act()


def main() -> None:
    """Make the runs, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="folder of the runs, which are kept; used again if it is there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary) / "runs"
        if not folder.exists():
            with timed(f"{args.runs:,} runs made [s]"):
                make_runs(folder, args.runs)
        measure(folder)


if __name__ == "__main__":
    main()
