"""Requests to inspect data: the rows and columns of an experiment, or of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from netwright.config import (
    SAMPLE,
    CsvSection,
    Experiment,
    FilesSplit,
    InputGroup,
    NumericInput,
    ParticlesInput,
    Target,
)
from netwright.data import (
    Dataset,
    FineColumns,
    Rows,
    SampleYield,
    check_particles,
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
    sample_yield,
)
from netwright.errors import DataError
from netwright.evaluation import after_opening, open_data, open_rows
from netwright.inspection import (
    ClassLabels,
    GuessedHead,
    InspectionRequest,
    guess_classes,
    known_head,
    label_rows,
    labels_of_head,
    particle_hashes,
    particle_requests,
    particles_of_files,
    scope_of_experiment,
    scope_of_files,
    weight_of_files,
)
from netwright.progress import Progress, silent
from netwright.workflow._opened_files import open_files
from netwright.workflow.findings.files import file_findings
from netwright.workflow.findings.identity import identity_findings

__all__ = ["request_of_experiment", "request_of_files"]

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
    return _with_particles(_with_split(request, experiment, progress), experiment.inputs)


def _with_particles(request: InspectionRequest, inputs: Mapping[str, InputGroup]) -> InspectionRequest:
    """Add requests to inspect the particles of rows, and what tells rows apart by them; or why there are none."""
    groups = {name: group for name, group in inputs.items() if isinstance(group, ParticlesInput)}
    if not groups or request.refused:
        return request
    try:
        for name, group in groups.items():
            check_particles(request.dataset, f"inputs.{name}", group)
        requests = tuple(particle_requests(request, groups))
        return replace(request, particles=requests, hashes=particle_hashes(request, groups))
    except DataError as error:
        return replace(request, skipped={**request.skipped, "particles": f"they cannot be read ({error})"})


def request_of_files(
    files: Sequence[str | Path],
    *,
    key: str | None = None,
    csv: CsvSection | Mapping[str, object] | None = None,
    target: str | None = None,
    weight: str | None = None,
    progress: Progress = silent,
) -> InspectionRequest:
    """Return the request to inspect files, with roles guessed from their layout and column names.

    Args:
        files: paths, patterns or folders; several without a target are samples, as for `init`.
        key: TTree or HDF5 dataset, if a file has several.
        csv: the format of text tables, as for `netwright.read`.
        target: the column of the class, or of a number to predict.
        weight: the column of the event weight.
        progress: callback for progress updates.

    Returns:
        The request.

    Raises:
        DataError: a file or a column cannot be used.
        ExperimentError: several files cannot be samples.
    """
    dialect = csv if isinstance(csv, CsvSection) else CsvSection.model_validate(csv or {})
    named = [str(file) for file in files]
    opened = open_files(named, target, key=key, csv=dialect, progress=progress)
    column = SAMPLE if target is None and opened.samples is not None else target
    head = known_head(opened.dataset) if column is None else None
    answers = [column] if column is not None else [] if head is None else head.columns
    dataset, particles = particles_of_files(opened.dataset, answers)
    weight = weight or weight_of_files(dataset)
    scope = scope_of_files(dataset, target=column, weight=weight, particles=particles)
    roles = dict(scope.roles)
    for name in head.columns if head else ():
        roles[name] = "target"
    classes = _guessed_classes(dataset, column, head)
    skipped = {"rows in two parts of a split": "there is no experiment that defines a split"}
    if not classes:
        reason = f"{target} has too many values for classes" if target else "no column was named with --target"
        skipped["classes, and features that give the answer"] = reason
    request = InspectionRequest(
        dataset.sources[0].path.stem,
        dataset,
        replace(
            scope, roles=roles, unused={name: reason for name, reason in scope.unused.items() if name not in roles}
        ),
        classes=classes,
        skipped=skipped,
        notes=[*file_findings(dataset), *opened.findings()],
        yields=tuple(_weighted(one, dataset, weight) for one in opened.yields),
    )
    return _with_particles(request, particles.groups)


def _weighted(sample: SampleYield, dataset: Dataset, weight: str | None) -> SampleYield:
    """Return what a sample of files gives with their weights, which were not known when they were opened."""
    if weight is None:
        return sample
    weights = np.asarray(dataset.column(weight), np.float64)[np.asarray(dataset.arrow(SAMPLE)) == sample.sample]
    return sample_yield(sample.sample, weights, read=sample.read, recorded=sample.recorded, factor=None)


def _guessed_classes(dataset: Dataset, column: str | None, head: GuessedHead | None) -> list[ClassLabels]:
    """Return the classes in a named column, or those that the layout of the files knows."""
    if head is not None:
        return [labels_of_head(dataset, head.name, TypeAdapter(Target).validate_python(head.section))]
    guessed = guess_classes(dataset, column) if column is not None else {}
    return [label_rows(dataset, column, column, guessed)] if column is not None and guessed else []


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
