"""The whole way: read, divide, describe, build, train, evaluate, report; each line is one room of the house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from netwright.config import Experiment, load_experiment
from netwright.data import Dataset, Rows, Split, describe, prepare, split_by_identity, weights_of
from netwright.errors import DataError
from netwright.export import ExportCheck, export_onnx
from netwright.lab import (
    HeadScores,
    HistoryWriter,
    Run,
    available_heads,
    create_run,
    environment,
    measure,
    open_data,
    open_run,
    score_columns,
    score_table,
    scores_of,
    write_evaluation,
)
from netwright.metrics import Measured
from netwright.models import build
from netwright.models import predict as ask
from netwright.plots import draw_features, draw_run
from netwright.progress import Progress, silent
from netwright.report.of_run import report_run
from netwright.training import Observer, make_feed, make_objective
from netwright.training import train as fit

__all__ = ["JudgedFiles", "evaluate", "export", "load_rows", "predict", "report", "train"]

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
    dataset, rows = load_rows(experiment, progress=progress)
    split = split_by_identity(rows.identity, experiment.split)
    with _step(progress, "Describing"):
        description = describe(rows, split, experiment)
    model = build(experiment, description)
    objective = make_objective(experiment.targets, description)
    place = create_run(experiment, None if run is None else Path(run))
    place.write_json("environment.json", environment(experiment.training.seed))
    place.write_json("split.json", _split_summary(experiment, split))
    trained = fit(
        model,
        objective,
        make_feed(rows, split.train),
        train_rows=split.train,
        valid_rows=split.valid,
        section=experiment.training,
        observers=[HistoryWriter(place.path / "history.jsonl"), *observers],
        name_row=dataset.locate,
    )
    trained.model.save(place.path / "model.keras")
    place.write_json("training.json", {"best_epoch": trained.best_epoch, "stopped": trained.stopped})
    _judge(place, dataset, rows, split, progress)
    with _step(progress, "Drawing inputs"):
        draw_features(place, rows, split)
    report(place, progress=progress)
    return place


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
        split = split_by_identity(rows.identity, run.experiment.split)
        return JudgedFiles(_judge(run, dataset, rows, split, progress), {}, len(split.test))
    experiment = run.experiment
    data = open_data(experiment, files, progress=progress)
    there, absent = available_heads(experiment, data)
    if not there:
        reasons = "\n  ".join(f"{head}: {why}" for head, why in absent.items())
        msg = f"{data.named_sources()}: no head can be judged on these files\n  {reasons}"
        raise DataError(msg)
    scores = scores_of(run.model, experiment, data, progress=progress)
    weights = weights_of(data, experiment.data.weight)
    measured = {
        head: measure(HeadScores(experiment.targets[head], scores[head], truth, weights))
        for head, truth in there.items()
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
        What was written: identity columns and scores.
    """
    run = run if isinstance(run, Run) else open_run(run)
    data = open_data(run.experiment, files, progress=progress)
    table = score_table(run.model, run.experiment, data, progress=progress)
    _write_parquet(table, Path(output))
    return table


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
    _, rows = load_rows(run.experiment, progress=progress)
    test = split_by_identity(rows.identity, run.experiment.split).test[:_EXPORT_ROWS]
    with _step(progress, "Exporting"):
        return export_onnx(
            run.model,
            run.experiment,
            run.path / "model.onnx" if output is None else Path(output),
            rows={name: values[test] for name, values in rows.inputs.items()},
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


def _judge(run: Run, dataset: Dataset, rows: Rows, split: Split, progress: Progress) -> dict[str, dict[str, Measured]]:
    """Score every row, write predictions and evaluation, and return what was measured on the test rows."""
    progress("Scoring", 0, len(rows))
    scores = ask(run.model, rows.inputs)
    progress("Scoring", len(rows), len(rows))
    experiment = run.experiment
    heads = {
        head: HeadScores(target, scores[head], rows.heads[head], rows.weights)
        for head, target in experiment.targets.items()
    }
    _write_parquet(_prediction_table(experiment, dataset, rows, split, heads), run.path / "predictions.parquet")
    measured = {
        part: {name: measure(head.take(numbers)) for name, head in heads.items()}
        for part, numbers in split.parts().items()
    }
    write_evaluation(run.path / "evaluation.json", measured)
    return measured["test"]


def _prediction_table(
    experiment: Experiment, dataset: Dataset, rows: Rows, split: Split, heads: Mapping[str, HeadScores]
) -> pa.Table:
    """Put identity, split, weight, scores and truth side by side; a row that does not count has no truth."""
    parts = np.empty(len(rows), dtype=np.int8)
    for place, numbers in enumerate(split.parts().values()):
        parts[numbers] = place
    columns: dict[str, object] = {name: dataset.arrow(name) for name in experiment.data.identity}
    columns["split"] = pa.DictionaryArray.from_arrays(pa.array(parts), list(split.parts()))
    columns["weight"] = rows.weights
    for name, head in heads.items():
        columns |= score_columns(name, head.target, head.scores)
        columns[f"{name}_true"] = pa.array(head.truth.values, mask=~head.truth.counts)
    return pa.table(columns)


def _split_summary(experiment: Experiment, split: Split) -> dict[str, object]:
    """Say how rows were divided, so that anyone can divide them again."""
    return {
        **experiment.split.model_dump(),
        "identity": experiment.data.identity or "content of the inputs",
        "rows": {name: len(numbers) for name, numbers in split.parts().items()},
    }


@contextmanager
def _step(progress: Progress, task: str) -> Iterator[None]:
    """Tell of work that cannot say how far it is: that it began, and that it ended."""
    progress(task, 0, 1, "steps")
    yield
    progress(task, 1, 1, "steps")


def _write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table beside its place and move it there, so that a crash leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    pq.write_table(table, beside)
    beside.replace(path)
