"""Evaluate: a trained network on its own data again, or on other files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from netwright.atomic_files import write_tables
from netwright.data import Dataset, Division, Rows
from netwright.errors import RunError
from netwright.evaluation import evaluate_by_part, evaluation_of, measure_parts, open_data, prediction_table
from netwright.lab import Run, open_run, refuse_folder, write_evaluation, write_result
from netwright.metrics import Measured
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.reporting import out_of_range_findings
from netwright.workflow._data import ExperimentData
from netwright.workflow._evaluate_files import EvaluatedRows, evaluate_files
from netwright.workflow._relocated_experiment import relocated_experiment
from netwright.workflow._run_data import load_run_data

__all__ = ["EvaluatedFiles", "evaluate", "evaluate_run"]

_ROUNDING = 1e-5  # tolerance for numbers computed from float32 scores
_AGAIN = "again"  # name of a second evaluation on the run's own data, after that of the training


@dataclass(frozen=True)
class EvaluatedFiles:
    """The result of an evaluation.

    Attributes:
        measured: values by head and metric, on rows that the network was not fitted to; if these are not known, on all
            rows.
        absent: the heads that could not be evaluated, with the reason.
        rows: number of selected rows that `measured` is based on.
        fitted: values for ``train`` and ``valid``, the rows used for the fit and for early stopping.
        parts: number of selected rows that are train, valid, test and unseen rows; empty if that is not known.
        selected: number of rows that pass the selection.
        total: number of all rows.
        remarks: sentences for the user.
        path: the file that contains the full result.
    """

    measured: Mapping[str, Mapping[str, Measured]]
    absent: Mapping[str, str]
    rows: int
    fitted: Mapping[str, Mapping[str, Mapping[str, Measured]]] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    selected: int = 0
    total: int = 0
    remarks: Sequence[str] = ()
    path: Path | None = None


def evaluate(
    run: Run | str | Path,
    files: Files | Mapping[str, Files] | None = None,
    *,
    own_files: Files | None = None,
    selection: bool = True,
    key: str | None = None,
    weight: str | None = None,
    trust: bool = False,
    progress: Progress = silent,
) -> EvaluatedFiles:
    """Evaluate a trained network: again on its own split, or on other files.

    The evaluation at the end of the training stays unchanged in ``evaluation.json``; other results are written to files
    next to it. Selection, weights and derived columns are applied to other files as in the training. Rows that the
    network was fitted to are recognised by their identity and evaluated separately.

    Args:
        run: the run.
        files: other files, one or several; the run's own files if not given. Those of a run with samples are recognised
            by content or name, or given by sample.
        own_files: current location of the run's own files, if they have moved.
        selection: whether the experiment's selection is also applied to other files.
        key: the table in other files; that of the experiment if not given.
        weight: the weight column in other files; that of the experiment if not given.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The measured values and the rows they are based on; they are also written into the run.

    Raises:
        DataError: no head can be evaluated on these files, or an input column is missing.
        RunError: a file of the run is missing or damaged.

    Example:
        >>> import netwright as nw
        >>> evaluated = nw.evaluate("runs/top-tagging", ["other.h5"])  # doctest: +SKIP
        >>> evaluated.measured["is_top"]["roc_auc"].value  # doctest: +SKIP
        0.9712
    """
    run = open_run(run, trust=trust, write=True)
    if files is not None:
        named = [files] if isinstance(files, str | Path) else list(files)  # of a mapping, the samples
        name = Path(named[0]).stem if named else ""
        evaluated = evaluate_files(
            run, run.experiment, files, selection=selection, key=key, weight=weight, progress=progress
        )
        return _written(run, name, evaluated)
    if not selection or key is not None or weight is not None:
        msg = (
            f"{run.path}: its own data is selected, weighted and read as its experiment says; --no-selection, --key "
            "and --weight are for other files. Name files, or leave these out."
        )
        raise RunError(msg)
    return _evaluated_again(run, own_files, progress)


def evaluate_run(
    run: Run, dataset: Dataset, rows: Rows, division: Division, progress: Progress
) -> dict[str, dict[str, dict[str, Measured]]]:
    """Score every row, and write predictions and evaluation.

    Args:
        run: contains the network.
        dataset: contains the identity columns.
        rows: all rows of the experiment.
        division: whether each row is a train, valid or test row in each fold.
        progress: callback for progress updates.

    Returns:
        The measured values by part, head and metric.
    """
    experiment = run.experiment
    parts = evaluate_by_part(run.model, rows, division, experiment.ensemble.members, progress=progress)
    predictions = run.path / "predictions.parquet"
    refuse_folder(predictions)
    write_tables([prediction_table(experiment, dataset, rows, division, parts)], predictions)
    measured = measure_parts(experiment, rows, parts)
    write_evaluation(run.path / "evaluation.json", measured)
    return measured


def _evaluated_again(run: Run, own_files: Files | None, progress: Progress) -> EvaluatedFiles:
    """Evaluate a run on its own data: with its own split if the data is unchanged, otherwise like other files."""
    data, changes = load_run_data(run, own_files, progress)
    if changes:
        del data
        remark = (
            f"The data is not what it was when the network was trained: {'; '.join(changes)}. Rows are evaluated as "
            "those of other files; evaluation.json is still that of the training."
        )
        experiment = relocated_experiment(run, own_files)
        evaluated = evaluate_files(run, experiment, None, remarks=[remark], progress=progress)
        return _written(run, "changed-data", evaluated)
    dataset, rows, division = data.dataset, data.rows, data.division
    counts = {part: int(division.folds_of(part).any(axis=1).sum()) for part in ("train", "valid", "test")}
    lacking = [name for name in ("evaluation.json", "predictions.parquet") if not run.sound(name)]
    remarks = [f"{name} was missing or damaged and was written again." for name in lacking]
    if lacking:
        measured = evaluate_run(run, dataset, rows, division, progress)
        path = run.path / "evaluation.json"
    else:
        parts = evaluate_by_part(run.model, rows, division, run.experiment.ensemble.members, progress=progress)
        measured = measure_parts(run.experiment, rows, parts)
        path = _kept(run, measured)
    fitted = {part: measured[part] for part in ("train", "valid")}
    of_parts = {**counts, "unseen": 0}
    remarks += [finding.sentence for finding in out_of_range_findings(measured)]
    total = _rows_read(run, data, own_files, progress)
    return EvaluatedFiles(measured["test"], {}, counts["test"], fitted, of_parts, len(rows), total, remarks, path)


def _rows_read(run: Run, data: ExperimentData, own_files: Files | None, progress: Progress) -> int:
    """Return how many rows there were before selections: those of the files, or the elements of their events."""
    if run.experiment.data.rows is None:
        return sum(source.rows for source in data.dataset.sources)
    if data.yields:
        return sum(one.read for one in data.yields)
    return open_data(relocated_experiment(run, own_files), progress=progress).rows


def _kept(run: Run, measured: Mapping[str, Mapping[str, Mapping[str, Measured]]]) -> Path:
    """Leave evaluation.json unchanged; write a file next to it if numbers differ by more than rounding."""
    content = evaluation_of(measured)
    if _agree(content, run.evaluation):
        return run.path / "evaluation.json"
    about: dict[str, object] = {"files": run.read_json("split.json")["data"]["files"], "options": {}, "remarks": []}
    return write_result(run, _AGAIN, {**about, "measured": content})


def _agree(left: object, right: object) -> bool:
    """Return whether two results agree up to rounding: the order of the rows or the machine may have changed."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_agree(left[key], right[key]) for key in left)
    if isinstance(left, float | int) and isinstance(right, float | int):
        return math.isclose(left, right, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
    return left == right


def _written(run: Run, name: str, evaluated: EvaluatedRows) -> EvaluatedFiles:
    """Write the result into the run."""
    notes = [finding.sentence for finding in out_of_range_findings(evaluated.measured)]
    evaluated = replace(evaluated, remarks=[*evaluated.remarks, *notes])
    path = write_result(run, name, evaluated.content())
    fitted = {part: heads for part, heads in evaluated.measured.items() if part in {"train", "valid"}}
    (main,) = (part for part in evaluated.measured if part not in fitted)
    return EvaluatedFiles(
        evaluated.measured[main], evaluated.absent, evaluated.rows, fitted, evaluated.parts, evaluated.selected,
        evaluated.total, evaluated.remarks, path,
    )  # fmt: skip
