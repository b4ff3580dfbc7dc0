"""Evaluate: judge a trained network again, or on other files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.data import Dataset, Division, Rows, weights_of
from netwright.errors import DataError
from netwright.lab import (
    Run,
    available_heads,
    judge,
    measure_members,
    measure_parts,
    open_data,
    open_run,
    prediction_table,
    scores_of,
    write_evaluation,
)
from netwright.metrics import Measured
from netwright.progress import Progress, silent
from netwright.safely import write_tables
from netwright.workflow._data import divide_rows, load_rows

__all__ = ["JudgedFiles", "evaluate", "judge_run"]


@dataclass(frozen=True)
class JudgedFiles:
    """What an evaluation on other files found.

    Attributes:
        measured: by head and metric.
        absent: the heads that could not be judged, and why.
        rows: how many rows there were.
    """

    measured: Mapping[str, Mapping[str, Measured]]
    absent: Mapping[str, str]
    rows: int


def evaluate(
    run: Run | str | Path,
    files: Sequence[str | Path] | None = None,
    *,
    trust: bool = False,
    progress: Progress = silent,
) -> JudgedFiles:
    """Judge a trained network: again on its own split, or on other files, of which every row counts.

    Args:
        run: the run.
        files: other files; the run's own if not given.
        trust: trust the modules of users' own layers, on this machine from now on.
        progress: who is told how far it is.

    Returns:
        What was measured on the test rows or the files; it is also written into the run.

    Raises:
        DataError: no head can be judged on these files, or a column that the network takes is missing.

    Example:
        >>> import netwright as nw
        >>> nw.evaluate("runs/top-tagging").measured["is_top"]["roc_auc"]  # doctest: +SKIP
        Measured(value=0.9712, uncertainty=0.0031, spread=None)
    """
    run = open_run(run, trust=trust)
    if files is None:
        dataset, rows = load_rows(run.experiment, forms=run.forms, progress=progress)
        division = divide_rows(dataset, rows, run.experiment)
        tested = int(division.folds_of("test").any(axis=1).sum())
        return JudgedFiles(judge_run(run, dataset, rows, division, progress), {}, tested)
    experiment = run.experiment
    data = open_data(experiment, files, progress=progress)
    there, absent = available_heads(experiment, data, run.forms.offsets)
    if not there:
        reasons = "\n  ".join(f"{head}: {why}" for head, why in absent.items())
        msg = f"{data.named_sources()}: no head can be judged on these files\n  {reasons}"
        raise DataError(msg)
    scores = scores_of(run.model, experiment, data, run.known, progress=progress)
    weights = weights_of(data, experiment.data.weight)
    measured = {
        head: measure_members(head, experiment.targets[head], scores, truth, weights) for head, truth in there.items()
    }
    name = Path(files[0]).stem.replace("*", "")
    write_evaluation(run.path / f"evaluation-{name}.json", {name: measured})
    return JudgedFiles(measured, absent, data.rows)


def judge_run(
    run: Run, dataset: Dataset, rows: Rows, division: Division, progress: Progress
) -> dict[str, dict[str, Measured]]:
    """Score every row, and write predictions and evaluation.

    Args:
        run: has the network.
        dataset: has the identity columns.
        rows: all rows of the experiment.
        division: what each row is to each fold.
        progress: who is told how far it is.

    Returns:
        What was measured on the test rows, by head and metric.
    """
    experiment = run.experiment
    parts = judge(run.model, rows, division, experiment.ensemble.members, progress=progress)
    write_tables([prediction_table(experiment, dataset, rows, division, parts)], run.path / "predictions.parquet")
    measured = measure_parts(experiment, rows, parts)
    write_evaluation(run.path / "evaluation.json", measured)
    return measured["test"]
