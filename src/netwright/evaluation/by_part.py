"""Scores of every row of the training data, from members that were fitted to it, validated on it or never saw it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import Experiment
from netwright.data import PARTS, Dataset, Division, Rows
from netwright.evaluation._measure import measure_members
from netwright.evaluation.chunks import rows_at_once
from netwright.evaluation.columns import score_columns
from netwright.evaluation.scores import Scores, combined_scores, joined_scores
from netwright.metrics import Measured
from netwright.models import make_forward
from netwright.progress import Progress, silent

__all__ = ["PartScores", "evaluate_by_part", "measure_parts", "prediction_table"]


@dataclass(frozen=True)
class PartScores:
    """Rows that are train, valid or test rows of some members, with the scores of these members.

    Attributes:
        numbers: row numbers, shape (n,), increasing.
        scores: the scores of these rows.
    """

    numbers: npt.NDArray[np.int64]
    scores: Scores


def evaluate_by_part(
    model: keras.Model, rows: Rows, division: Division, members_of_fold: int, *, progress: Progress = silent
) -> dict[str, PartScores]:
    """Score each row separately with the members that have it in their train, valid and test rows.

    The network is evaluated on one chunk of rows at a time. For every row, and every part that it is in,
    4 n (2 + members) + members + 8 bytes are kept, where n is the number of outputs of all heads together.

    Args:
        model: the network, or the ensemble.
        rows: all rows.
        division: whether each row is a train, valid or test row in each fold.
        members_of_fold: number of consecutive members in each fold.
        progress: callback for progress updates.

    Returns:
        The scores by part. With folds, a row is in several parts; without folds, in one.
    """
    forward, offsets = make_forward(model), rows.forms.offsets
    folds = {part: division.folds_of(part) for part in PARTS}
    scores_of_chunks: dict[str, list[Scores]] = {part: [] for part in PARTS}
    at_once = rows_at_once(sum(math.prod(values.shape[1:]) * 4 for values in rows.inputs.values()))
    for start in range(0, len(rows), at_once):
        chunk = slice(start, start + at_once)
        outputs = forward({name: values[chunk] for name, values in rows.inputs.items()})
        for part in PARTS:
            scoring_folds = folds[part][chunk]
            is_scored = scoring_folds.any(axis=1)
            member_mask = np.repeat(scoring_folds[is_scored], members_of_fold, axis=1)
            part_outputs = {head: values[is_scored] for head, values in outputs.items()}
            scores_of_chunks[part].append(combined_scores(model, part_outputs, member_mask, offsets))
        progress("Scoring", min(chunk.stop, len(rows)), len(rows))
    return {
        part: PartScores(np.flatnonzero(folds[part].any(axis=1)), joined_scores(scores_of_chunks.pop(part)))
        for part in PARTS
    }


def measure_parts(
    experiment: Experiment, rows: Rows, parts: Mapping[str, PartScores]
) -> dict[str, dict[str, dict[str, Measured]]]:
    """Measure the quality of every head on every part.

    Args:
        experiment: names the heads.
        rows: all rows.
        parts: as returned by `evaluate_by_part`.

    Returns:
        Values by part, head and metric.
    """
    measured: dict[str, dict[str, dict[str, Measured]]] = {}
    for name, part in parts.items():
        weights = rows.weights[part.numbers]
        measured[name] = {
            head: measure_members(head, target, part.scores, rows.heads[head].take(part.numbers), weights)
            for head, target in experiment.targets.items()
        }
    return measured


def prediction_table(
    experiment: Experiment, dataset: Dataset, rows: Rows, division: Division, parts: Mapping[str, PartScores]
) -> pa.Table:
    """Build a table of identity, split, fold, member, weight, scores and truth.

    Args:
        experiment: names the heads.
        dataset: contains the identity columns.
        rows: all rows.
        division: contains the folds.
        parts: as returned by `evaluate_by_part`.

    Returns:
        One line for each row and each part that it is in, in the order of the rows. ``split`` is the part, ``fold`` the
        fold that the row is in, ``member`` the member that evaluated it if there was only one. A row that does not
        count for a head has no truth for that head. ``HEAD_protected`` is what its score may not depend on.
    """
    numbers = np.concatenate([part.numbers for part in parts.values()])
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    part_index = np.repeat(np.arange(len(parts), dtype=np.int8), [len(part.numbers) for part in parts.values()])[order]
    identity = dataset.table.select(experiment.data.name_columns).take(pa.array(numbers))
    columns: dict[str, object] = {name: identity[name] for name in experiment.data.name_columns}
    columns["split"] = pa.DictionaryArray.from_arrays(pa.array(part_index), list(parts))
    fold = division.fold()[numbers]
    columns["fold"] = pa.array(fold.astype(np.int32), mask=fold < 0)
    member_mask = np.concatenate([part.scores.member_mask for part in parts.values()])[order]
    columns["member"] = pa.array(member_mask.argmax(axis=1).astype(np.int32), mask=member_mask.sum(axis=1) != 1)
    columns["weight"] = rows.weights[numbers]
    for head, target in experiment.targets.items():
        score_tables = [pa.table(score_columns(head, target, part.scores)) for part in parts.values()]
        all_scores = pa.concat_tables(score_tables).take(pa.array(order))
        columns |= {name: all_scores[name] for name in all_scores.column_names}
        truth = rows.heads[head].take(numbers)
        columns[f"{head}_true"] = pa.array(truth.truth, mask=~truth.counts)
        if truth.protected is not None:
            columns[f"{head}_protected"] = pa.array(truth.protected, mask=~truth.counts)
    return pa.table(columns)
