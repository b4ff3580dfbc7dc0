"""MLflow, by its client: the store of the environment, or one of SQLite next to the runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.trackers.tracker import Histogram, Parameter, Scalars

__all__ = ["MlflowTracker"]

_METRICS, _PARAMETERS = 1000, 100  # of one call, at most


class MlflowTracker:
    """Writes into the store that ``MLFLOW_TRACKING_URI`` names, or ``mlflow.db`` next to the run directory.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Path) -> None:
        folder = run.resolve().parent
        self._experiment, self._artifacts = folder.name, (folder / "mlartifacts").as_uri()
        self._store = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder / 'mlflow.db'}"
        self._client: Any = None
        self._run = ""

    def begin(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        """Begin a run in the experiment that is named after the folder of runs."""
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self._client = MlflowClient(tracking_uri=self._store)
        experiment = self._client.get_experiment_by_name(self._experiment)
        number = (
            self._client.create_experiment(self._experiment, artifact_location=self._artifacts)
            if experiment is None
            else experiment.experiment_id
        )
        self._run = self._client.create_run(number, run_name=name).info.run_id
        params = [Param(_name(key), str(value)[:500]) for key, value in parameters.items()]
        for start in range(0, len(params), _PARAMETERS):
            self._client.log_batch(self._run, params=params[start : start + _PARAMETERS])

    def scalars(self, records: Sequence[Scalars]) -> None:
        """Write numbers as metrics."""
        from mlflow.entities import Metric

        metrics = [
            Metric(_name(name), value, int(1000 * record.time), record.step)
            for record in records
            for name, value in record.values.items()
        ]
        for start in range(0, len(metrics), _METRICS):
            self._client.log_batch(self._run, metrics=metrics[start : start + _METRICS])

    def histograms(self, records: Sequence[Histogram]) -> None:
        """Write nothing: MLflow has no distributions."""

    def figure(self, name: str, path: Path) -> None:
        """Write a figure as an artifact."""
        del name
        self._client.log_artifact(self._run, str(path), "figures")

    def end(self) -> None:
        """Say that the run has ended."""
        if self._run:
            self._client.set_terminated(self._run)


def _name(key: str) -> str:
    """Return a key with the characters that MLflow takes."""
    return "".join(letter if letter.isalnum() or letter in "_-./ " else "_" for letter in key)
