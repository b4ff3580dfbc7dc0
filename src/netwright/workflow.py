"""The whole way: read, divide, describe, build, train, evaluate, report; each line is one room of the house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from netwright.config import CrossSplit, Experiment, FilesSplit, ReversedSplit, load_experiment
from netwright.data import (
    Dataset,
    Division,
    Rows,
    chosen_rows,
    describe,
    describe_folds,
    divide,
    parts_by_file,
    prepare,
    weights_of,
)
from netwright.errors import DataError, RunError, TrainingInterruptedError
from netwright.export import ExportCheck, export_identity, export_onnx
from netwright.lab import (
    HistoryWriter,
    Run,
    RunLock,
    available_heads,
    create_run,
    environment,
    fingerprint,
    judge,
    locked,
    measure_members,
    measure_parts,
    open_data,
    open_run,
    open_to_resume,
    prediction_table,
    safety_of,
    score_tables,
    scores_of,
    write_evaluation,
)
from netwright.metrics import Measured
from netwright.models import build, ensemble, members_of
from netwright.plots import draw_features, draw_run
from netwright.progress import Progress, silent
from netwright.report.of_run import report_run
from netwright.safely import write_tables
from netwright.training import (
    Company,
    Member,
    Observer,
    RateSearch,
    TrainedModel,
    ended_by_signals,
    head_weights,
    interruptible,
    make_feed,
    make_objective,
    members_of_division,
    train_members,
)
from netwright.training import find_rate as search_rate

__all__ = [
    "JudgedFiles",
    "divide_rows",
    "evaluate",
    "export",
    "find_rate",
    "load_rows",
    "predict",
    "report",
    "resume",
    "train",
]

_EXPORT_ROWS = 2_000


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


def train(
    experiment: Experiment | str | Path,
    *,
    run: str | Path | None = None,
    observers: Sequence[Observer] = (),
    progress: Progress = silent,
) -> Run:
    """Go the whole way from files to a trained, evaluated and reported network.

    Args:
        experiment: an experiment, or the path of its file.
        run: the run directory; ``runs/NAME`` if not given, and never an old one.
        observers: who is told how the training goes.
        progress: who is told how far everything else is.

    Returns:
        The run.

    Raises:
        NetwrightError: something cannot be done as the experiment says; the message says what to mend.

    Example:
        >>> import netwright as nw
        >>> run = nw.train("experiment.yaml")  # doctest: +SKIP
        >>> run.evaluation["test"]["is_top"]["roc_auc"]["value"]  # doctest: +SKIP
        0.9712
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    with ended_by_signals():
        data = _load(experiment, progress)
        place = create_run(experiment, None if run is None else Path(run))
    with locked(place.path, progress) as lock, ended_by_signals(place.path):
        place.write_json("environment.json", environment(experiment.training.seed))
        place.write_json("split.json", _split_summary(experiment, data))
        _train(place, data, lock, observers, progress)
        _examine(place, data, progress)
        del data  # figures of results need memory too
        report(place, progress=progress)
    return place


def resume(
    run: Run | str | Path,
    *,
    finish: bool = False,
    observers: Sequence[Observer] = (),
    progress: Progress = silent,
) -> Run:
    """Go on with a run that was interrupted, to the same weights as if it had not been, to the last bit.

    Args:
        run: the run.
        finish: take the best weights so far instead of training on.
        observers: who is told how the training goes.
        progress: who is told how far everything else is.

    Returns:
        The run.

    Raises:
        RunError: the run has ended, another process trains it, or its data is not what it was.
        NetwrightError: as `train`.
    """
    run = run if isinstance(run, Run) else open_to_resume(run, finish=finish)
    with locked(run.path, progress) as lock, ended_by_signals(run.path):
        data = _load(run.experiment, progress)
        summary = _split_summary(run.experiment, data)
        if (run.path / "split.json").is_file() and run.read_json("split.json")["data"] != summary["data"]:
            msg = f"{run.path}: its data is not what it was when the training began. Put it back, or train anew."
            raise RunError(msg)
        run.write_json("split.json", summary)
        run.write_json("environment.json", environment(run.experiment.training.seed))
        if not run.trained:
            _train(run, data, lock, observers, progress, finish=finish)
        _examine(run, data, progress)
        del data  # figures of results need memory too
        report(run, progress=progress)
    return run


def load_rows(experiment: Experiment, *, progress: Progress = silent) -> tuple[Dataset, Rows]:
    """Read the files of an experiment, with derived columns and selection, as rows for a network.

    Args:
        experiment: says what to read.
        progress: who is told how far reading is.

    Returns:
        The columns, and the rows made of them.

    Raises:
        DataError: a file, a column or a row cannot be used.
    """
    dataset = open_data(experiment, progress=progress).derive(experiment.data.derived)
    if experiment.data.selection is not None:
        dataset = dataset.select(experiment.data.selection)
    return dataset, prepare(dataset, experiment)


def divide_rows(dataset: Dataset, rows: Rows, experiment: Experiment) -> Division:
    """Divide rows as an experiment says.

    Args:
        dataset: knows the files of the rows.
        rows: all rows.
        experiment: has the kind of division.

    Returns:
        The division.

    Raises:
        DataError: a part would hold no rows, or a file is in two parts or none.
    """
    by_file = parts_by_file(dataset, experiment.split) if isinstance(experiment.split, FilesSplit) else None
    return divide(rows.identity, experiment.split, by_file)


def evaluate(
    run: Run | str | Path, files: Sequence[str | Path] | None = None, *, progress: Progress = silent
) -> JudgedFiles:
    """Judge a trained network: again on its own split, or on other files, of which every row counts.

    Args:
        run: the run.
        files: other files; the run's own if not given.
        progress: who is told how far it is.

    Returns:
        What was measured on the test rows or the files; it is also written into the run.

    Raises:
        DataError: no head can be judged on these files, or a column that the network takes is missing.
    """
    run = run if isinstance(run, Run) else open_run(run)
    if files is None:
        dataset, rows = load_rows(run.experiment, progress=progress)
        division = divide_rows(dataset, rows, run.experiment)
        tested = int(division.folds_of("test").any(axis=1).sum())
        return JudgedFiles(_judge(run, dataset, rows, division, progress), {}, tested)
    experiment = run.experiment
    data = open_data(experiment, files, progress=progress)
    there, absent = available_heads(experiment, data)
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


def predict(
    run: Run | str | Path, files: Sequence[str | Path], output: str | Path, *, progress: Progress = silent
) -> pa.Table:
    """Write the scores of files: one row per row of them, in their order.

    Args:
        run: the run.
        files: what to score.
        output: a Parquet file; one that is there is replaced.
        progress: who is told how far it is.

    Returns:
        What was written, as far as it is looked at: identity columns and scores, mapped from the file.
    """
    run = run if isinstance(run, Run) else open_run(run)
    data = open_data(run.experiment, files, progress=progress)
    write_tables(score_tables(run.model, run.experiment, data, run.known, progress=progress), Path(output))
    return pq.read_table(output, memory_map=True)


def export(run: Run | str | Path, output: str | Path | None = None, *, progress: Progress = silent) -> ExportCheck:
    """Write a trained network as ONNX, checked against the network on test rows.

    Args:
        run: the run.
        output: the file; ``model.onnx`` in the run if not given.
        progress: who is told how far it is.

    Returns:
        The file and how well it agrees.
    """
    run = run if isinstance(run, Run) else open_run(run)
    dataset, rows = load_rows(run.experiment, progress=progress)
    test = np.flatnonzero(divide_rows(dataset, rows, run.experiment).folds_of("test").any(axis=1))[:_EXPORT_ROWS]
    with _step(progress, "Exporting"):
        return export_onnx(
            run.model,
            run.experiment,
            run.path / "model.onnx" if output is None else Path(output),
            rows={name: values[test] for name, values in rows.inputs.items()},
            words=rows.words,
            identity=export_identity(run.experiment, members_of(run.model), dataset.take(test), rows.identity[test]),
            commit=run.read_json("environment.json")["git_commit"],
        )


def report(run: Run | str | Path, *, progress: Progress = silent) -> Path:
    """Draw the figures of a run and write its report.

    Args:
        run: the run.
        progress: who is told how far it is.

    Returns:
        The path of ``report.html``.
    """
    run = run if isinstance(run, Run) else open_run(run)
    draw_run(run, progress=progress)
    return report_run(run)


def find_rate(experiment: Experiment | str | Path, *, progress: Progress = silent) -> RateSearch:
    """Look for the learning rate that a training should begin with.

    Args:
        experiment: an experiment, or the path of its file; with several members, the first is taken.
        progress: who is told how far it is.

    Returns:
        Learning rates, the losses they led to, and a suggestion.
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    dataset, rows = load_rows(experiment, progress=progress)
    member = members_of_division(experiment, rows, divide_rows(dataset, rows, experiment))[0]
    split = member.split
    with _step(progress, "Describing"):
        description = describe(rows, split, experiment, name_row=dataset.locate)
    return search_rate(
        build(experiment, description),
        make_objective(experiment.targets, description),
        make_feed(rows, [head_weights(rows, split.train, experiment.targets)]),
        train_rows=chosen_rows(rows, split.train, experiment.targets),
        section=experiment.training,
        progress=progress,
    )


@dataclass(frozen=True)
class _Data:
    """What an experiment reads: columns, rows, and what each row is to each fold."""

    dataset: Dataset
    rows: Rows
    division: Division


def _load(experiment: Experiment, progress: Progress) -> _Data:
    dataset, rows = load_rows(experiment, progress=progress)
    return _Data(dataset, rows, divide_rows(dataset, rows, experiment))


def _train(
    run: Run,
    data: _Data,
    lock: RunLock,
    observers: Sequence[Observer],
    progress: Progress,
    *,
    finish: bool = False,
) -> None:
    """Train all members, from the run's checkpoints on where it has some, and write the network."""
    experiment, dataset, rows, division = run.experiment, data.dataset, data.rows, data.division
    remarks = dataset.remarks
    safety = safety_of(run, lock, remarks.append, finish=finish)
    members = members_of_division(experiment, rows, division)
    with _step(progress, "Describing"):
        descriptions = describe_folds(rows, division, experiment, name_row=dataset.locate)
    with interruptible() as wish:
        company = Company(
            (HistoryWriter(run.path / "history.jsonl"), *observers),
            interrupted=lambda: finish or wish(),
            name_row=dataset.locate,
        )
        trained = train_members(members, rows, descriptions, company, safety)
    if wish.signal and not finish and any(one.stopped == "interrupted" for one in trained):
        raise TrainingInterruptedError(wish.signal, run.path)
    run.save(_together(experiment, trained))
    if isinstance(experiment.split, CrossSplit | ReversedSplit) and experiment.split.unseen != "sub-ensemble":
        run.write_identity(rows.identity)
    courses = [_course(*pair) for pair in zip(members, trained, strict=True)]
    plan = run.read_json("plan.json")
    run.write_json("training.json", {"members": courses, "plan": plan, "remarks": remarks})


def _examine(run: Run, data: _Data, progress: Progress) -> None:
    """Judge the network, and draw what it takes."""
    _judge(run, data.dataset, data.rows, data.division, progress)
    with _step(progress, "Drawing inputs"):
        draw_features(run, data.rows, data.division.split(0))


def _together(experiment: Experiment, trained: Sequence[TrainedModel]) -> keras.Model:
    """Return the network, or the ensemble of the networks."""
    if len(trained) == 1:
        return trained[0].model
    best = [one.history[one.best_epoch - 1] for one in trained]
    losses = {head: [epoch.valid_head_losses[head] for epoch in best] for head in experiment.targets}
    return ensemble([one.model for one in trained], experiment.targets, experiment.ensemble.combine, losses)


def _course(member: Member, trained: TrainedModel) -> dict[str, object]:
    """Say how the training of a member went."""
    return {
        "member": member.number,
        "fold": member.fold,
        "seed": member.experiment.training.seed,
        "best_epoch": trained.best_epoch,
        "stopped": trained.stopped,
        "remarks": trained.remarks,
    }


def _judge(
    run: Run, dataset: Dataset, rows: Rows, division: Division, progress: Progress
) -> dict[str, dict[str, Measured]]:
    """Score every row, write predictions and evaluation, and return what was measured on the test rows."""
    experiment = run.experiment
    parts = judge(run.model, rows, division, experiment.ensemble.members, progress=progress)
    write_tables([prediction_table(experiment, dataset, rows, division, parts)], run.path / "predictions.parquet")
    measured = measure_parts(experiment, rows, parts)
    write_evaluation(run.path / "evaluation.json", measured)
    return measured["test"]


def _split_summary(experiment: Experiment, data: _Data) -> dict[str, object]:
    """Say how rows were divided, so that anyone can divide them again, and which rows they were."""
    splits = [data.division.split(fold) for fold in range(data.division.folds)]
    return {
        **experiment.split.model_dump(),
        "identity": experiment.data.identity or "content of the inputs",
        "rows": [{name: len(numbers) for name, numbers in split.parts().items()} for split in splits],
        "data": fingerprint(data.rows),
    }


@contextmanager
def _step(progress: Progress, task: str) -> Iterator[None]:
    """Tell of work that cannot say how far it is: that it began, and that it ended."""
    progress(task, 0, 1, "steps")
    yield
    progress(task, 1, 1, "steps")
