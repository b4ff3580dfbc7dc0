"""The request to inspect the data of an experiment: its rows, the roles of columns, the split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, FilesSplit, NumericInput
from netwright.data import (
    Dataset,
    FineColumns,
    Rows,
    SampleYield,
    choose_fine_columns,
    content_identity,
    describe_numeric,
    divide,
    event_weights,
    identity_of,
    input_rows,
    kept_sample,
    missing_positions,
    parts_by_file,
)
from netwright.errors import DataError
from netwright.evaluation import after_opening, open_data, open_rows
from netwright.inspection import ClassLabels, InspectionRequest, labels_of_head, scope_of_experiment
from netwright.progress import Progress, silent
from netwright.workflow.findings.files import file_findings
from netwright.workflow.findings.identity import identity_findings
from netwright.workflow.findings.inputs import cut_findings
from netwright.workflow.inspections.particles import with_particles

__all__ = ["request_of_experiment"]

Whole = npt.NDArray[np.int64]

ROWS_AT_ONCE = 16_384
MOMENT_ROWS = 50_000  # training rows from which the encoding of missing values is computed


def request_of_experiment(experiment: Experiment, *, progress: Progress = silent) -> InspectionRequest:
    """Return the request to inspect the data of an experiment: column roles, selected rows and split.

    Args:
        experiment: names the files and the roles of columns.
        progress: callback for progress updates.

    Returns:
        The request.

    Raises:
        DataError: a file, a column or an expression cannot be used, or no row is left.
    """
    yields: Sequence[SampleYield] = ()
    if experiment.data.samples:
        dataset, yields = open_rows(experiment, progress=progress)
    else:
        dataset = open_data(experiment, progress=progress)
    dataset = dataset.in_memory(dataset.names)  # those that stay in their files
    experiment = after_opening(experiment)
    dataset = dataset.derive(experiment.data.derived)
    where = experiment.data.selection
    selected = None if where is None else np.flatnonzero(dataset.condition(where, "selection"))
    if selected is not None and not len(selected):
        msg = f"selection: {where!r} leaves none of {dataset.rows} rows. Loosen it."
        raise DataError(msg)
    scope = scope_of_experiment(experiment, dataset)
    request = InspectionRequest(
        experiment.name,
        dataset,
        scope,
        kept=selected,
        classes=_classes(dataset, experiment, selected),
        counts=_counts(dataset, experiment, selected),
        notes=file_findings(dataset),
        yields=yields,
    )
    return with_particles(_with_split(request, experiment, progress), experiment.inputs)


def _classes(dataset: Dataset, experiment: Experiment, selected: Whole | None) -> list[ClassLabels]:
    heads = {head: target for head, target in experiment.targets.items() if target.labels}
    return [labels_of_head(dataset, head, target, selected) for head, target in heads.items()]


def _counts(dataset: Dataset, experiment: Experiment, selected: Whole | None) -> dict[str, npt.NDArray[np.bool_]]:
    """Return masks of the rows that count for regression targets with a condition."""
    masks = {}
    for head, target in experiment.targets.items():
        if not target.labels and target.where is not None:
            counting = dataset.condition(target.where, f"targets.{head}.where")
            masks[target.column] = counting if selected is None else counting[selected]
    return masks


def _with_split(request: InspectionRequest, experiment: Experiment, progress: Progress) -> InspectionRequest:
    """Add the parts of the split, or the reason why there are none; forbidden input values are reported separately."""
    try:
        fine = choose_fine_columns(kept_sample(request.dataset, request.kept), experiment.inputs)
    except DataError as error:
        return replace(_unsplit(request, error), refused=str(error))
    try:
        identity = _identity(request, experiment, fine, progress)
        request = replace(request, notes=[*request.notes, *cut_findings(request.dataset, experiment)])
        request = _with_identity_findings(request, experiment, fine, identity)
        by_file = None
        if isinstance(experiment.split, FilesSplit):
            by_file = parts_by_file(request.dataset, experiment.split)
            by_file = by_file if request.kept is None else by_file[request.kept]
        division = divide(identity, experiment.split, by_file)
    except DataError as error:
        return _unsplit(request, error)
    at = _missing_at(request, experiment, fine, division.split(0).train)
    groups = range(len(division.roles))
    names = ["train", "valid", "test"] if division.folds == 1 else [f"group {k + 1}" for k in groups]
    return replace(request, missing_at=at, parts={names[k]: np.flatnonzero(division.group == k) for k in groups})


def _with_identity_findings(
    request: InspectionRequest, experiment: Experiment, fine: FineColumns, identity: npt.NDArray[np.uint64]
) -> InspectionRequest:
    """Add the finding on rows that agree in their identity and differ in their inputs."""

    def content_of(numbers: Whole) -> npt.NDArray[np.uint64]:
        rows_of_file = numbers if request.kept is None else request.kept[numbers]
        chunks = [rows_of_file[start : start + ROWS_AT_ONCE] for start in range(0, len(rows_of_file), ROWS_AT_ONCE)]
        inputs = (input_rows(request.dataset.take(chunk), experiment.inputs, fine) for chunk in chunks)
        return np.concatenate([content_identity(rows) for rows in inputs])

    return replace(request, notes=[*request.notes, *identity_findings(experiment, identity, content_of)])


def _unsplit(request: InspectionRequest, error: DataError) -> InspectionRequest:
    skipped = {"rows in two parts of the split": f"the rows cannot be split ({error})"}
    return replace(request, skipped={**request.skipped, **skipped})


def _missing_at(
    request: InspectionRequest, experiment: Experiment, fine: FineColumns, train: npt.NDArray[np.int32]
) -> dict[str, float]:
    """Return the value at which missing numbers will be encoded, by column, computed from the first training rows."""
    rows_used = train[:MOMENT_ROWS] if request.kept is None else request.kept[train[:MOMENT_ROWS]]
    dataset = request.dataset.take(rows_used)
    encodings: dict[str, float] = {}
    for name, group in experiment.inputs.items():
        if isinstance(group, NumericInput) and group.missing is not False:
            rows = Rows(
                inputs=input_rows(dataset, {name: group}, {name: fine[name]} if name in fine else {}),
                heads={},
                weights=event_weights(dataset, experiment.data.weight_column),
                identity=np.zeros(dataset.rows, dtype=np.uint64),
                numbers=np.arange(dataset.rows, dtype=np.int32),
                fine=fine,
            )
            moments = describe_numeric(name, group, rows, rows.numbers, dataset.locate)
            encodings |= dict(zip(group.columns, missing_positions(moments).tolist(), strict=True))
    return encodings


def _identity(
    request: InspectionRequest, experiment: Experiment, fine: FineColumns, progress: Progress
) -> npt.NDArray[np.uint64]:
    """Return the identity of the rows as in training, computed in chunks of rows."""
    dataset, selected, columns = request.dataset, request.kept, experiment.data.identity_columns
    if columns:
        identity = identity_of({column: dataset.arrow(column) for column in columns})
        return identity if selected is None else identity[selected]
    content = np.zeros(len(request), dtype=np.uint64)
    for start in range(0, dataset.rows, ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, dataset.rows)
        target, rows = slice(start, stop), dataset.slice(start, stop)
        if selected is not None:
            first, last = (int(i) for i in np.searchsorted(selected, [start, stop]))
            target, rows = slice(first, last), rows.take(selected[first:last] - start)
        if rows.rows:
            content[target] = content_identity(input_rows(rows, experiment.inputs, fine))
        progress("Identifying rows", stop, dataset.rows)
    return content
