"""What trackers cost: seconds in them while a training runs, and its share of the training.

    pip install -e ".[tensorboard,mlflow,wandb,comet]" && python benchmarks/trackers.py [--epochs 300]

Beginning and ending a run of a tracker, which take seconds in some libraries, are given apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import netwright as nw
from netwright.finding import Finding
from netwright.lab import create_run
from netwright.trackers import Tracking
from netwright.training import EndRecord, Probe, StartRecord

KINDS = ("tensorboard", "mlflow", "wandb", "comet")


class Timed:
    """A `Tracking` whose seconds are taken at the begin and at the end of the training."""

    def __init__(self, tracking: Tracking) -> None:
        self.tracking, self.marks = tracking, {}
        self.on_steps, self.on_epoch = tracking.on_steps, tracking.on_epoch

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Take the time after the begin."""
        probes = self.tracking.on_start(record)
        self.marks["begin"], self.marks["clock"] = self.tracking.seconds, time.monotonic()
        return probes

    def on_end(self, record: EndRecord) -> None:
        """Take the time before and after what waited is written."""
        self.marks["during"] = self.tracking.seconds - self.marks["begin"]
        self.marks["training"] = time.monotonic() - self.marks["clock"]
        self.tracking.on_end(record)
        self.marks["rest"] = self.tracking.seconds - self.marks["begin"] - self.marks["during"]


def measure(folder: Path, kinds: tuple[str, ...], epochs: int) -> dict[str, float]:
    """Train a table of 100,000 rows with trackers."""
    content = {
        "name": "toy",
        "data": {"files": [str(folder / "rows.npz")], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "training": {"epochs": epochs, "early_stopping": {"patience": epochs}},
    }
    tracked = nw.parse_experiment({**content, "trackers": list(kinds)})
    said: list[Finding] = []
    timed = Timed(Tracking(create_run(tracked, folder / f"tracked-{'-'.join(kinds)}"), said.append))
    nw.train(nw.parse_experiment(content), run=folder / f"run-{'-'.join(kinds)}", observers=[timed])
    if said:
        raise SystemExit(said[0].evidence)
    return timed.marks


def main() -> None:
    """Measure each tracker and all together, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    given = parser.parse_args()
    epochs, chosen = given.epochs, tuple(given.kinds)
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 100_000)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        columns = {"a": random.normal(size=100_000) + label, "b": random.normal(size=100_000) - label}
        np.savez(folder / "rows.npz", **columns, event=np.arange(100_000), y=label)
        print(f"{'trackers':40s} training [s]  during [s]  share   begin [s]  rest at the end [s]")
        for kinds in dict.fromkeys((*((kind,) for kind in chosen), chosen)):
            marks = measure(folder, kinds, epochs)
            share = marks["during"] / marks["training"]
            numbers = f"{marks['training']:8.1f} {marks['during']:11.3f} {share:10.2%} {marks['begin']:8.2f}"
            print(f"{', '.join(kinds):40s} {numbers} {marks['rest']:11.2f}")


if __name__ == "__main__":
    main()
