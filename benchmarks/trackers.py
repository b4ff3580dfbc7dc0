"""What trackers cost: seconds in them while a training runs, and what waits for its end, as a share of the training.

    pip install -e ".[tensorboard,mlflow,wandb,comet]" && python benchmarks/trackers.py [--epochs 300]

Beginning a run of a tracker, and the figures at its end, take seconds in some libraries and are given apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

import netwright as nw
from netwright.finding import Finding
from netwright.lab import Run
from netwright.trackers import Tracking
from netwright.training import EndRecord, Probe, StartRecord
from netwright.workflow import _train

KINDS = ("tensorboard", "mlflow", "wandb", "comet")


class Timed(Tracking):
    """A `Tracking` whose seconds are taken at begin and end of the training, and when figures are written."""

    marks: ClassVar[dict[str, float]] = {}
    findings: ClassVar[list[Finding]] = []

    def __init__(self, run: Run, warn: Callable[[Finding], None]) -> None:
        del warn
        super().__init__(run, self.findings.append)

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Take the time after the begin."""
        probes = super().on_start(record)
        self.marks["begin"], self.marks["clock"] = self.seconds, time.monotonic()
        return probes

    def on_end(self, record: EndRecord) -> None:
        """Take the time before and after what waited is written."""
        self.marks["during"] = self.seconds - self.marks["begin"]
        self.marks["training"] = time.monotonic() - self.marks["clock"]
        super().on_end(record)
        self.marks["waited"] = self.seconds - self.marks["begin"] - self.marks["during"]

    def finish(self) -> None:
        """Take the time of metrics, figures and the end."""
        before = self.seconds
        super().finish()
        self.marks["figures"] = self.seconds - before


def measure(folder: Path, kinds: tuple[str, ...], epochs: int) -> dict[str, float]:
    """Train a table of 100,000 rows with trackers."""
    content = {
        "name": "toy",
        "data": {"files": [str(folder / "rows.npz")], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "training": {"epochs": epochs, "early_stopping": {"patience": epochs}},
        "trackers": list(kinds),
    }
    Timed.findings.clear()
    nw.train(nw.parse_experiment(content), run=folder / f"run-{'-'.join(kinds)}")
    if Timed.findings:
        raise SystemExit(Timed.findings[0].evidence)
    return dict(Timed.marks)


def main() -> None:
    """Measure each tracker and all together, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    args = parser.parse_args()
    epochs, chosen = args.epochs, tuple(args.kinds)
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 100_000)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        columns = {"a": random.normal(size=100_000) + label, "b": random.normal(size=100_000) - label}
        np.savez(folder / "rows.npz", **columns, event=np.arange(100_000), y=label)
        print(f"{'trackers':34s} training [s]  during [s]  share   waited [s]  with that   begin [s]  figures [s]")
        _train.Tracking = Timed  # type: ignore[attr-defined, misc]
        for kinds in dict.fromkeys((*((kind,) for kind in chosen), chosen)):
            marks = measure(folder, kinds, epochs)
            during, waited, training = (marks[name] for name in ("during", "waited", "training"))
            shares = f"{training:8.1f} {during:11.3f} {during / training:10.2%} {waited:10.3f}"
            print(
                f"{', '.join(kinds):34s} {shares} {(during + waited) / training:10.2%} {marks['begin']:10.2f} "
                f"{marks['figures']:10.2f}"
            )


if __name__ == "__main__":
    main()
