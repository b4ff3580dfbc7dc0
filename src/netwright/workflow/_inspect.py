"""A look at data from its files to a page: read, look, draw, write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from netwright.atomic_files import write_text
from netwright.config import CsvSection, Experiment, FilesSplit, NumericInput, RegressionTarget, load_experiment
from netwright.data import (
    Dataset,
    FineColumns,
    Rows,
    choose_fine_columns,
    content_identity,
    describe_numeric,
    divide,
    identity_of,
    input_rows,
    kept_sample,
    missing_positions,
    parts_by_file,
    read,
    weights_of,
)
from netwright.errors import DataError, ExperimentError
from netwright.inspection import (
    Classes,
    Inspection,
    Question,
    as_json,
    class_labels,
    examine,
    guess_classes,
    scope_of_experiment,
    scope_of_files,
)
from netwright.plots import draw_inspection
from netwright.progress import Progress, silent
from netwright.reporting import INSPECTION_CAPTIONS, Picture, write_inspection

__all__ = ["Inspected", "inspect", "inspect_experiment", "inspect_files", "question_of_experiment", "question_of_files"]

Whole = npt.NDArray[np.int64]

ROWS_AT_ONCE = 16_384
MOMENT_ROWS = 50_000  # training rows from which the places of missing values are taken


@dataclass(frozen=True)
class Inspected:
    """What a look at data left behind.

    Attributes:
        found: the findings and everything behind them.
        page: the HTML file.
        numbers: the JSON file.
        remarks: what the user should know of how the files were read, in sentences.
    """

    found: Inspection
    page: Path
    numbers: Path
    remarks: tuple[str, ...] = ()


def inspect(
    what: Experiment | str | Path | Sequence[str | Path],
    *,
    out: str | Path | None = None,
    target: str | None = None,
    weight: str | None = None,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    progress: Progress = silent,
) -> Inspected:
    """Look at data before training: statistics, distributions, correlations, and what to mend.

    Args:
        what: an experiment or the path of its file (.yaml), or files with rows.
        out: folder of the page; ``inspections/NAME`` if not given. Older files in it are replaced.
        target: of files, the column of the class, or of a number to be learnt.
        weight: of files, the column of the event weight.
        key: of files, the table to read where a file has several.
        csv: of files, how text tables are written, as `netwright.read` takes it.
        progress: callback for progress updates.

    Returns:
        What was found, and where it was written.

    Raises:
        ExperimentError: the experiment says what it may not say, target, weight, key or csv are given beside it, or it
            is a run.
        DataError: a file, a column or an expression cannot be used.

    Example:
        >>> import netwright as nw
        >>> nw.inspect("jets/*.npz", target="is_top").found.level  # doctest: +SKIP
        'PASS'
    """
    named = [what] if isinstance(what, Experiment | str | Path) else list(what)
    folder = None if out is None else Path(out)
    only = named[0] if len(named) == 1 else None
    if isinstance(only, str | Path) and (Path(only) / "experiment.yaml").is_file():
        msg = f"{only}: is a run directory. Name its experiment, {Path(only) / 'experiment.yaml'}, or files with rows."
        raise ExperimentError(msg)
    if isinstance(only, str | Path) and Path(only).suffix.lower() in {".yaml", ".yml"}:
        only = load_experiment(only)
    if isinstance(only, Experiment):
        if target or weight or key or csv:
            msg = f"{what}: an experiment says itself what target, weight, key and csv are. Leave them out."
            raise ExperimentError(msg)
        return inspect_experiment(only, out=folder, progress=progress)
    files = [file for file in named if not isinstance(file, Experiment)]
    return inspect_files(files, key=key, csv=csv, target=target, weight=weight, out=folder, progress=progress)


def inspect_experiment(
    experiment: Experiment,
    *,
    out: Path | None = None,
    missing_at: Mapping[str, float] | None = None,
    progress: Progress = silent,
) -> Inspected:
    """Look at the data of an experiment: at the columns that it uses, as what it uses them.

    Args:
        experiment: says what to read, and what columns are for.
        out: folder of the page; ``inspections/NAME`` if not given. Older files in it are replaced.
        missing_at: by feature or column, where the network encodes a missing value, in deviations; shown in the page.
        progress: who is told how far it is.

    Returns:
        What was found, and where it was written.

    Raises:
        DataError: a file, a column or an expression cannot be used.
    """
    question = question_of_experiment(experiment, missing_at=missing_at, progress=progress)
    return _written(question, out, progress)


def inspect_files(
    files: Sequence[str | Path],
    *,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    target: str | None = None,
    weight: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
) -> Inspected:
    """Look at files of which nothing is known but their columns.

    Args:
        files: paths, patterns or folders.
        key: TTree or HDF5 dataset, where a file has several.
        csv: how text tables are written, as `netwright.read` takes it.
        target: the column of the class, or of a number to be learnt.
        weight: the column of the event weight.
        out: folder of the page; ``inspections/NAME`` of the first file if not given. Older files in it are replaced.
        progress: who is told how far it is.

    Returns:
        What was found, and where it was written.

    Raises:
        DataError: a file or a column cannot be used.
    """
    question = question_of_files(files, key=key, csv=csv, target=target, weight=weight, progress=progress)
    return _written(question, out, progress)


def question_of_experiment(
    experiment: Experiment, *, missing_at: Mapping[str, float] | None = None, progress: Progress = silent
) -> Question:
    """Say what an experiment uses its columns for, which rows it keeps, and how it splits them.

    Args:
        experiment: says what to read, and what columns are for.
        missing_at: by feature or column, where the network encodes a missing value, in deviations.
        progress: who is told how far it is.

    Returns:
        What to look at.

    Raises:
        DataError: a file, a column or an expression cannot be used, or no row is left.
    """
    from netwright.evaluation import open_data

    dataset = open_data(experiment, progress=progress).derive(experiment.data.derived)
    where = experiment.data.selection
    kept = None if where is None else np.flatnonzero(dataset.condition(where, "selection"))
    if kept is not None and not len(kept):
        msg = f"selection: {where!r} leaves none of {dataset.rows} rows. Loosen it."
        raise DataError(msg)
    scope = scope_of_experiment(experiment, dataset)
    question = Question(
        experiment.name,
        dataset,
        scope,
        kept=kept,
        classes=_classes(dataset, experiment, kept),
        counts=_counts(dataset, experiment, kept),
        missing_at=missing_at or {},
    )
    return _with_split(question, experiment, progress)


def question_of_files(
    files: Sequence[str | Path],
    *,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    target: str | None = None,
    weight: str | None = None,
    progress: Progress = silent,
) -> Question:
    """Say what can be said of files by the names of their columns.

    Args:
        files: paths, patterns or folders.
        key: TTree or HDF5 dataset, where a file has several.
        csv: how text tables are written, as `netwright.read` takes it.
        target: the column of the class, or of a number to be learnt.
        weight: the column of the event weight.
        progress: who is told how far it is.

    Returns:
        What to look at.

    Raises:
        DataError: a file or a column cannot be used.
    """
    dataset = read(list(files), key=key, csv=csv, progress=progress)
    scope = scope_of_files(dataset, target=target, weight=weight)
    guessed = guess_classes(dataset, target) if target is not None else {}
    classes = [class_labels(dataset, target, target, guessed)] if target is not None and guessed else []
    skipped = {"rows in two parts of a split": "there is no experiment that says how to split"}
    if not classes:
        why = f"{target} holds no few whole numbers or words" if target else "no column was named with --target"
        skipped["classes, and features that give the answer"] = why
    return Question(dataset.sources[0].path.stem, dataset, scope, classes=classes, skipped=skipped)


def _classes(dataset: Dataset, experiment: Experiment, kept: Whole | None) -> list[Classes]:
    found = []
    for head, target in experiment.targets.items():
        if not isinstance(target, RegressionTarget):
            counts = None if target.where is None else dataset.condition(target.where, f"targets.{head}.where")
            found.append(class_labels(dataset, head, target.column, target.classes, counts=counts, kept=kept))
    return found


def _counts(dataset: Dataset, experiment: Experiment, kept: Whole | None) -> dict[str, npt.NDArray[np.bool_]]:
    """Return which rows count for regression targets that do not learn from all."""
    found = {}
    for head, target in experiment.targets.items():
        if isinstance(target, RegressionTarget) and target.where is not None:
            counting = dataset.condition(target.where, f"targets.{head}.where")
            found[target.column] = counting if kept is None else counting[kept]
    return found


def _with_split(question: Question, experiment: Experiment, progress: Progress) -> Question:
    """Add the parts of the split, or why there are none; a value that no input may have is a finding of its own."""
    try:
        fine = choose_fine_columns(kept_sample(question.dataset, question.kept), experiment.inputs)
    except DataError as error:
        return replace(_unsplit(question, error), refused=str(error))
    try:
        identity = _identity(question, experiment, fine, progress)
        by_file = None
        if isinstance(experiment.split, FilesSplit):
            by_file = parts_by_file(question.dataset, experiment.split)
            by_file = by_file if question.kept is None else by_file[question.kept]
        division = divide(identity, experiment.split, by_file)
    except DataError as error:
        return _unsplit(question, error)
    at = dict(question.missing_at) or _missing_at(question, experiment, fine, division.split(0).train)
    groups = range(len(division.roles))
    names = ["train", "valid", "test"] if division.folds == 1 else [f"group {k + 1}" for k in groups]
    return replace(question, missing_at=at, parts={names[k]: np.flatnonzero(division.group == k) for k in groups})


def _unsplit(question: Question, error: DataError) -> Question:
    skipped = {"rows in two parts of the split": f"the rows cannot be split ({error})"}
    return replace(question, skipped={**question.skipped, **skipped})


def _missing_at(
    question: Question, experiment: Experiment, fine: FineColumns, train: npt.NDArray[np.int32]
) -> dict[str, float]:
    """Return where missing values of numbers will be encoded, by column; from some training rows, as they are many."""
    some = train[:MOMENT_ROWS] if question.kept is None else question.kept[train[:MOMENT_ROWS]]
    dataset = question.dataset.take(some)
    found: dict[str, float] = {}
    for name, group in experiment.inputs.items():
        if isinstance(group, NumericInput) and group.missing is not False:
            rows = Rows(
                inputs=input_rows(dataset, {name: group}, {name: fine[name]} if name in fine else {}),
                heads={},
                weights=weights_of(dataset, experiment.data.weight),
                identity=np.zeros(dataset.rows, dtype=np.uint64),
                numbers=np.arange(dataset.rows, dtype=np.int32),
                fine=fine,
            )
            moments = describe_numeric(name, group, rows, rows.numbers, dataset.locate)
            found |= dict(zip(group.columns, missing_positions(moments).tolist(), strict=True))
    return found


def _identity(
    question: Question, experiment: Experiment, fine: FineColumns, progress: Progress
) -> npt.NDArray[np.uint64]:
    """Return the identity of the rows, as training sees it, a part of the rows at a time."""
    dataset, kept, columns = question.dataset, question.kept, experiment.data.identity
    if columns:
        whole = identity_of({column: dataset.arrow(column) for column in columns})
        return whole if kept is None else whole[kept]
    found = np.zeros(len(question), dtype=np.uint64)
    for start in range(0, dataset.rows, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, dataset.rows)
        part, rows = slice(start, stop), dataset.slice(start, stop)
        if kept is not None:
            first, last = (int(i) for i in np.searchsorted(kept, [start, stop]))
            part, rows = slice(first, last), rows.take(kept[first:last] - start)
        if rows.rows:
            found[part] = content_identity(input_rows(rows, experiment.inputs, fine))
        progress("Identifying rows", stop, dataset.rows)
    return found


def _written(question: Question, out: Path | None, progress: Progress) -> Inspected:
    found = examine(question, progress=progress)
    folder = Path("inspections") / question.name if out is None else out
    drawn = draw_inspection(found, folder / "figures", progress=progress)
    pictures = [_picture(name, path) for name, path in drawn.items()]
    page = write_inspection(found, pictures, folder / "inspection.html")
    numbers = folder / "inspection.json"
    write_text(numbers, json.dumps(as_json(found), allow_nan=False, ensure_ascii=False))
    return Inspected(found, page, numbers, tuple(question.dataset.remarks))


def _picture(name: str, path: Path) -> Picture:
    kind, _, subject = name.partition("-")
    titles = {
        "classes": "Classes",
        "targets": "Targets and weights",
        "distributions": f"Distributions, page {subject}",
        "profile": f"Places of {subject}",
        "correlations": "Correlations",
        "pairs": "Strongest pairs",
        "drift": "Drift",
    }
    later = kind == "distributions" and subject != "1"
    return Picture(path, titles[kind], "As on page 1." if later else INSPECTION_CAPTIONS[kind])
