"""Evaluation on other files: selection, weights and derived columns as in training, and fitted rows kept separate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import DataSection, Experiment, SampleSection, derived_weight
from netwright.data import Dataset, HeadRows, event_weights
from netwright.errors import DataError
from netwright.evaluation import (
    Scores,
    after_opening,
    available_heads,
    evaluation_of,
    measure_members,
    open_data,
    open_rows,
    scored_rows,
    with_derived,
)
from netwright.lab import Run, file_records
from netwright.metrics import Measured
from netwright.progress import Progress
from netwright.readers import Files
from netwright.workflow._moved_samples import samples_of_files

__all__ = ["EvaluatedRows", "evaluate_files"]

UNFITTED, ALL = "unfitted", "all"


@dataclass(frozen=True)
class EvaluatedRows:
    """The evaluation of a network on the rows of files.

    Attributes:
        measured: values by part, head and metric; the parts are unfitted, train and valid, or all if the fitted rows
            are not known.
        absent: the heads that could not be evaluated, with the reason.
        rows: number of rows in the part unfitted, or all.
        parts: number of selected rows that are train, valid, test and unseen rows; empty if that is not known.
        selected: number of rows that pass the selection.
        total: number of rows in the files.
        remarks: sentences for the user.
        files: name, number of rows and SHA-256 of each file.
        options: the options key, weight and selection.
    """

    measured: Mapping[str, Mapping[str, Mapping[str, Measured]]]
    absent: Mapping[str, str]
    rows: int
    parts: Mapping[str, int]
    selected: int
    total: int
    remarks: Sequence[str]
    files: Sequence[Mapping[str, Any]]
    options: Mapping[str, str | None]

    def content(self) -> dict[str, Any]:
        """Return all attributes in a form that JSON can hold."""
        return {
            "files": list(self.files),
            "options": dict(self.options),
            "remarks": list(self.remarks),
            "rows": self.total,
            "selected": self.selected,
            "parts": dict(self.parts),
            "absent": dict(self.absent),
            "measured": evaluation_of(self.measured),
        }


def evaluate_files(
    run: Run,
    experiment: Experiment,
    files: Files | Mapping[str, Files] | None,
    *,
    selection: bool = True,
    key: str | None = None,
    weight: str | None = None,
    remarks: Sequence[str] = (),
    progress: Progress,
) -> EvaluatedRows:
    """Evaluate a network on the rows of files.

    Args:
        run: contains the network and the identity of the rows it was fitted to.
        experiment: the experiment of the run.
        files: the files, by sample if the run has some and they are not recognised; those of the experiment if not
            given.
        selection: whether the experiment's selection is applied.
        key: the table in the files; that of the experiment if not given.
        weight: the weight column; that of the experiment if not given.
        remarks: sentences to put before the remarks of the evaluation.
        progress: callback for progress updates.

    Returns:
        The measured values and the rows they are based on.

    Raises:
        DataError: no head can be evaluated on these files, a column that is needed is missing, or a file is of none of
            the run's samples.
    """
    data_section, named, sums = _section_for_files(
        run, experiment.data, files, selection=selection, key=key, weight=weight
    )
    remarks = [*remarks, *sums]
    experiment = experiment.model_copy(update={"data": data_section})
    everything, total = _everything(experiment, named, progress)
    experiment = after_opening(experiment)
    data = _selected(experiment, everything)
    truths, absent = _heads(experiment, data, run.forms.offsets)
    scores, identity = scored_rows(run.model, experiment, data, run.known, progress=progress)
    weights = _weights(experiment, data)
    parts, numbers, reasons = _parts(run, experiment, identity)
    measured, unmeasured = _measured(experiment, scores, truths, weights, numbers)
    main = next(iter(numbers.values()))
    return EvaluatedRows(
        measured=measured,
        absent={**absent, **unmeasured},
        rows=data.rows if main is None else len(main),
        parts=parts,
        selected=data.rows,
        total=total,
        remarks=[*remarks, *reasons, *_class_remarks(experiment, truths)],
        files=file_records(everything, progress),
        options={"key": data_section.key, "weight": data_section.weight, "selection": data_section.selection},
    )


def _section_for_files(
    run: Run,
    data: DataSection,
    files: Files | Mapping[str, Files] | None,
    *,
    selection: bool,
    key: str | None,
    weight: str | None,
) -> tuple[DataSection, Files | None, list[str]]:
    """Return the data section for other files, the files that it does not name itself, and remarks on sums of weights.

    Raises:
        DataError: files have names of samples, and the run has no samples.
    """
    column, derived = (data.weight, data.derived) if weight is None else derived_weight(weight, data.derived)
    changes = {"key": key or data.key, "weight": column, "selection": data.selection if selection else None}
    section = data.model_copy(update={**changes, "derived": derived})
    if data.samples and files is not None:
        updates = {option: changes[option] for option, value in (("key", key), ("weight", weight)) if value}
        updates |= {} if selection else {"selection": None}
        update = {
            name: sample.model_copy(update=updates) for name, sample in samples_of_files(run, data, files).items()
        }
        return section.model_copy(update={"samples": update}), None, _sums_remarks(update)
    if isinstance(files, Mapping):
        msg = f"{run.path}: it was not trained on samples. Name files without NAME=."
        raise DataError(msg)
    return section, files, []


def _everything(experiment: Experiment, files: Files | None, progress: Progress) -> tuple[Dataset, int]:
    """Read the rows, and count them; those of samples are selected already."""
    if experiment.data.samples:
        data, yields = open_rows(experiment, progress=progress)
        return data, sum(sample_yield.read for sample_yield in yields)
    data = open_data(experiment, files, progress=progress)
    return data, data.rows


def _sums_remarks(samples: Mapping[str, SampleSection]) -> list[str]:
    """Return a remark on samples whose sum of generator weights is a number, which other files may not have."""
    numbers = [name for name, section in samples.items() if isinstance(section.sum_of_weights, float | int)]
    if not numbers:
        return []
    return [f"Event weights of {', '.join(numbers)} are divided by the sum_of_weights of the experiment's own files."]


def _selected(experiment: Experiment, data: Dataset) -> Dataset:
    """Return the rows that pass the selection, without the columns derived for it."""
    selection = experiment.data.selection
    if selection is None:
        return data
    try:
        ready = with_derived(data, experiment.data.derived, expressions=[selection])
        passing = np.flatnonzero(ready.condition(selection, "selection"))
    except DataError as error:
        msg = f"{error} To evaluate all rows of these files: --no-selection (in Python: selection=False)."
        raise DataError(msg) from error
    if not len(passing):
        msg = (
            f"{data.named_sources()}: none of {data.rows:,} rows fulfils the selection {selection!r} of the "
            "experiment. Name other files, or evaluate all rows: --no-selection (in Python: selection=False)."
        )
        raise DataError(msg)
    return data if len(passing) == data.rows else data.take(passing)


def _heads(
    experiment: Experiment, data: Dataset, offsets: Mapping[str, float]
) -> tuple[dict[str, HeadRows], dict[str, str]]:
    """Return the true values for the heads, and the reason for each head that cannot be evaluated."""
    truths, absent = available_heads(experiment, data, offsets)
    if not truths:
        reasons = "\n  ".join(f"{head}: {reason}" for head, reason in absent.items())
        msg = f"{data.named_sources()}: no head can be evaluated on these files\n  {reasons}"
        raise DataError(msg)
    return truths, absent


def _class_remarks(experiment: Experiment, truths: Mapping[str, HeadRows]) -> list[str]:
    """Return remarks on classes without rows, whose metrics are not measured, and on rows that are left out."""
    remarks = []
    for head, truth in truths.items():
        target = experiment.targets[head]
        if target.labels:
            present = set(np.unique(truth.values[truth.counts]).tolist())
            absent = [name for class_index, name in enumerate(target.labels) if class_index not in present]
            if absent:
                remarks.append(
                    f"{head}: there are no rows of {', '.join(absent)}, so metrics that need them are left out."
                )
            if left_out := int((~truth.counts).sum()):
                reason = f"are in no class{'' if target.where is None else ', or do not fulfil ' + target.where}"
                remarks.append(f"{head}: {left_out:,} of {len(truth.counts):,} rows {reason}; they are left out.")
    return remarks


def _weights(experiment: Experiment, data: Dataset) -> npt.NDArray[np.float64]:
    """Return the weights of the rows, which may be a derived column."""
    column = experiment.data.weight_column
    try:
        ready = with_derived(data, experiment.data.derived, [] if column is None else [column])
        return event_weights(ready, column)
    except DataError as error:
        msg = f"{error} Another column may be the weight of these files: --weight (in Python: weight=)."
        raise DataError(msg) from error


def _parts(
    run: Run, experiment: Experiment, identity: npt.NDArray[np.uint64] | None
) -> tuple[dict[str, int], dict[str, npt.NDArray[np.int64] | None], list[str]]:
    """Find the rows that the network was fitted to: counts by kind, row numbers by part, and remarks."""
    named = ", ".join(experiment.data.identity_columns) or "the content of the inputs"
    if run.membership is None:
        reason = f"{run.path} has no identity.npy, so it is not known which rows its network was fitted to"
    elif identity is None:
        reason = f"The files lack a column of the identity ({named}), so it is not known which rows were fitted"
    else:
        part_of_rows = run.membership.parts_of(identity)
        counts = run.membership.counts(part_of_rows)
        numbers = {
            part: np.flatnonzero(part_of_rows == part_index) for part_index, part in enumerate(run.membership.names())
        }
        unfitted = np.sort(np.concatenate([numbers.pop("test"), numbers.pop("unseen")]))
        parts = {UNFITTED: unfitted, **{part: rows for part, rows in numbers.items() if len(rows)}}
        return dict(counts), dict(parts), _fitted_remarks(counts, len(identity), named)
    return {}, {ALL: None}, [f"{reason}: all of them are evaluated together."]


def _fitted_remarks(counts: Mapping[str, int], rows: int, named: str) -> list[str]:
    """Return remarks on how many rows were used in the training, according to their identity."""
    fitted = counts["train"] + counts["valid"]
    if not fitted:
        return []
    share = f"{fitted / rows:.0%}" if fitted < rows else "all"
    remark = (
        f"{share} of {rows:,} rows are known to the network, by {named}: it was fitted to {counts['train']:,} of them "
        f"and stopped by {counts['valid']:,}. They are evaluated separately; their numbers are too good."
    )
    return (
        [remark] if fitted < rows else [remark, "No row is left for an evaluation that is independent of the training."]
    )


def _measured(
    experiment: Experiment,
    scores: Scores,
    truths: Mapping[str, HeadRows],
    weights: npt.NDArray[np.float64],
    numbers: Mapping[str, npt.NDArray[np.int64] | None],
) -> tuple[dict[str, dict[str, dict[str, Measured]]], dict[str, str]]:
    """Measure every head on every part, and return the reasons where that is not possible."""
    measured: dict[str, dict[str, dict[str, Measured]]] = {}
    absent = {}
    for part, rows in numbers.items():
        measured[part] = {}
        if rows is not None and not len(rows):
            continue
        part_scores = scores if rows is None else scores.take(rows)
        for head, truth in truths.items():
            part_truth, weight = (truth, weights) if rows is None else (truth.take(rows), weights[rows])
            try:
                measured[part][head] = measure_members(head, experiment.targets[head], part_scores, part_truth, weight)
            except DataError as error:
                absent[f"{head} ({part} rows)"] = str(error)
    return measured, absent
