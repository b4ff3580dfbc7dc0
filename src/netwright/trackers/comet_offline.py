"""Comet, offline: an archive in the run, which ``comet upload`` sends when the user wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.trackers.tracker import Histogram, Parameter, Scalars

__all__ = ["CometTracker"]


class CometTracker:
    """Writes ``comet/*.zip`` in the run.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Path) -> None:
        self._folder = run
        self._run: Any = None

    def begin(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        """Begin an offline experiment: nothing is sent."""
        import comet_ml

        (self._folder / "comet").mkdir(exist_ok=True)
        self._run = comet_ml.OfflineExperiment(
            project_name=self._folder.resolve().parent.name, offline_directory=str(self._folder / "comet"),
            log_code=False, log_graph=False, log_git_metadata=False, log_git_patch=False, log_env_details=False,
            auto_output_logging=False, parse_args=False, display_summary_level=0, disabled=False,
        )  # fmt: skip
        self._run.set_name(name)
        self._run.log_parameters(dict(parameters))

    def scalars(self, records: Sequence[Scalars]) -> None:
        """Write numbers as metrics."""
        for record in records:
            self._run.log_metrics(dict(record.values), step=record.step, epoch=record.step)

    def histograms(self, records: Sequence[Histogram]) -> None:
        """Write distributions: Comet makes its own bins, so each bin is given by its centre, up to a thousand times."""
        for record in records:
            most = max(1.0, sum(record.counts) / 1000)
            values = [
                (low + high) / 2
                for low, high, count in zip(record.edges, record.edges[1:], record.counts, strict=False)
                for _ in range(round(count / most))
            ]
            self._run.log_histogram_3d(values, name=record.name, step=record.step)

    def figure(self, name: str, path: Path) -> None:
        """Write a figure as an image."""
        self._run.log_image(str(path), name=name)

    def end(self) -> None:
        """End the experiment."""
        if self._run is not None:
            self._run.end()
