"""Weights & Biases, offline: a folder in the run, which ``wandb sync`` sends when the user wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.trackers.tracker import Histogram, Parameter, Scalars

__all__ = ["WandbTracker"]


class WandbTracker:
    """Writes ``wandb/offline-run-*`` in the run.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Path) -> None:
        self._folder = run
        self._run: Any = None

    def begin(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        """Begin an offline run: nothing is sent."""
        import wandb

        settings = wandb.Settings(console="off", silent=True, x_disable_stats=True, x_disable_meta=True)
        self._run = wandb.init(
            project=self._folder.resolve().parent.name, name=name, dir=str(self._folder), mode="offline",
            config=dict(parameters), settings=settings, reinit="create_new",
        )  # fmt: skip
        self._run.define_metric("epoch")
        self._run.define_metric("*", step_metric="epoch")

    def scalars(self, records: Sequence[Scalars]) -> None:
        """Write numbers against the epoch."""
        for record in records:
            self._run.log({**record.values, "epoch": record.step})

    def histograms(self, records: Sequence[Histogram]) -> None:
        """Write distributions against the epoch."""
        import wandb

        for record in records:
            histogram = wandb.Histogram(np_histogram=(list(record.counts), list(record.edges)))
            self._run.log({record.name: histogram, "epoch": record.step})

    def figure(self, name: str, path: Path) -> None:
        """Write a figure as an image."""
        import wandb

        self._run.log({name: wandb.Image(str(path))})

    def end(self) -> None:
        """End the run."""
        if self._run is not None:
            self._run.finish()
