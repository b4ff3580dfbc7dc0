"""Scores of rows: the columns that a network, or an ensemble of them, adds to a data set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import CrossSplit, Experiment, MulticlassTarget, ReversedSplit, Target
from netwright.data import Dataset, input_rows, judges_of, read, row_identity, target_rows
from netwright.data.generators.on_the_fly import generated
from netwright.data.rows import HeadRows
from netwright.errors import DataError
from netwright.models import JUDGES, ask_members, combine, forms_of, members_of
from netwright.progress import Progress, silent

__all__ = [
    "Scores",
    "available_heads",
    "combined_scores",
    "joined_scores",
    "open_data",
    "rows_at_once",
    "score_columns",
    "score_table",
    "score_tables",
    "scores_of",
]

_BYTES_AT_ONCE = 2**24  # of inputs
_ROWS_AT_ONCE = 65_536  # at most
_DERIVED_AT_ONCE = 2**20  # rows: 8 MiB for each derived column
_BATCH = 4096  # rows that a network is asked of at a time


@dataclass(frozen=True)
class Scores:
    """What a network, or the members of an ensemble that may judge a row, say of it.

    Attributes:
        heads: by head, shape (rows,), or (rows, classes) for several classes: probabilities, or values in a unit;
            float64 where the target is finer than float32.
        spread: the same shapes: standard deviation over the members that judge; NaN where one judges alone.
        members: what each member says, shape (rows, members, n) with n numbers for a row.
        judges: which members judge, shape (rows, members).
    """

    heads: Mapping[str, npt.NDArray[np.floating[Any]]]
    spread: Mapping[str, npt.NDArray[np.float32]]
    members: Mapping[str, npt.NDArray[np.floating[Any]]]
    judges: npt.NDArray[np.bool_]


def open_data(
    experiment: Experiment, files: Sequence[str | Path] | None = None, *, progress: Progress = silent
) -> Dataset:
    """Read files as an experiment says.

    Args:
        experiment: says which files or which generator, if no files are given, and which table in them.
        files: other files of the same layout.
        progress: who is told how far reading has come.

    Returns:
        The rows, with derived columns and selection still to come.
    """
    if experiment.data.generate is not None and files is None:
        return generated(experiment.data.generate)
    section = experiment.data
    return read(list(files or section.files), key=section.key, csv=section.csv, progress=progress)


def score_table(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> pa.Table:
    """Score every row of a data set, in its order; a selection of the experiment leaves none out here.

    Args:
        model: the network, or the ensemble.
        experiment: that it was trained by.
        data: rows with the columns that the network takes, before derived columns.
        known: identities of the training data, shape (n,), where `judges_of` wants them.
        progress: who is told how far it has come.

    Returns:
        The identity columns that the data set has, and the columns of `score_columns`.

    Raises:
        DataError: a column that the network takes, or an identity that picks its judge, is missing or cannot be used.
    """
    return pa.concat_tables(score_tables(model, experiment, data, known, progress=progress))


def score_tables(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> Iterator[pa.Table]:
    """Score rows part by part, in memory that does not grow with their number.

    Args:
        model: the network, or the ensemble.
        experiment: that it was trained by.
        data: rows with the columns that the network takes, before derived columns.
        known: identities of the training data, shape (n,), where `judges_of` wants them.
        progress: who is told how far it has come.

    Yields:
        Tables of the same columns that follow one another as the rows do; together they are `score_table`.

    Raises:
        DataError: a column that the network takes, or an identity that picks its judge, is missing or cannot be used.
    """
    for part, scores in _scored(model, experiment, data, known, progress):
        columns: dict[str, object] = {name: part.arrow(name) for name in experiment.data.identity if name in part.names}
        for head, target in experiment.targets.items():
            columns |= score_columns(head, target, scores)
        yield pa.table(columns)


def scores_of(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> Scores:
    """Ask a network for its outputs, a part of the rows at a time.

    Of every row 4 n (2 + members) + members bytes are kept, with n the numbers that all heads together give for it,
    and no inputs.

    Args:
        model: the network, or the ensemble.
        experiment: that it was trained by.
        data: rows with the columns that the network takes, before derived columns.
        known: identities of the training data, shape (n,), where `judges_of` wants them.
        progress: who is told how far it has come.

    Returns:
        What it says.

    Raises:
        DataError: a column is missing or cannot be used.
    """
    return joined_scores([scores for _, scores in _scored(model, experiment, data, known, progress)])


def joined_scores(parts: list[Scores]) -> Scores:
    """Put scores of parts of the rows together.

    Args:
        parts: scores of rows that follow one another.

    Returns:
        Scores of all of them.
    """
    return Scores(
        heads=_joined([part.heads for part in parts]),
        spread=_joined([part.spread for part in parts]),
        members=_joined([part.members for part in parts]),
        judges=np.concatenate([part.judges for part in parts]),
    )


def rows_at_once(row_bytes: int) -> int:
    """Say how many rows are scored at once: a few MiB of inputs, and whole batches of `ask_members`.

    Args:
        row_bytes: of the inputs of a row.

    Returns:
        A number of rows, from 4096 to 65536.

    Example:
        >>> rows_at_once(3200), rows_at_once(128)
        (4096, 65536)
    """
    batches = _BYTES_AT_ONCE // (_BATCH * max(1, row_bytes))
    return int(min(max(1, batches) * _BATCH, _ROWS_AT_ONCE))


def combined_scores(
    model: keras.Model,
    outputs: Mapping[str, npt.NDArray[np.float32]],
    judges: npt.NDArray[np.bool_],
    offsets: Mapping[str, float],
) -> Scores:
    """Turn what members said into what the network says.

    Args:
        model: the network, or the ensemble.
        outputs: of `netwright.models.ask_members`, shape (rows, members, n) by head.
        judges: which members judge, shape (rows, members).
        offsets: by regression head, what outputs are less than the value, in its unit.

    Returns:
        The scores.
    """
    heads, spread = combine(model, outputs, judges)
    return Scores(_raised(heads, offsets), spread, _raised(outputs, offsets), judges)


def _raised(outputs: Mapping[str, npt.NDArray[Any]], offsets: Mapping[str, float]) -> dict[str, npt.NDArray[Any]]:
    """Add offsets in float64; what has none stays as it is."""
    return {
        head: values.astype(np.float64) + offsets[head] if head in offsets else values
        for head, values in outputs.items()
    }


def score_columns(head: str, target: Target, scores: Scores) -> dict[str, object]:
    """Name the columns of a head: its own name, or NAME_CLASS for each of several classes.

    Args:
        head: its name.
        target: what it says.
        scores: what was said of the rows.

    Returns:
        Columns of shape (rows,): a probability, or a value in the target's unit; and for an ensemble NAME_spread,
        the standard deviation over its members, nothing where one of them judges alone.

    Raises:
        DataError: a score is not a finite number.
    """
    names = [f"{head}_{name}" for name in target.classes] if isinstance(target, MulticlassTarget) else [head]
    values = scores.heads[head].reshape(-1, len(names))
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).any(axis=1).argmax())
        msg = (
            f"targets.{head}: the network says {values[row].tolist()} of a row, which is no score. Its inputs may lie "
            f"far outside those of the training, or the network may be damaged: compare with netwright evaluate."
        )
        raise DataError(msg)
    columns: dict[str, object] = dict(zip(names, values.T, strict=True))
    if scores.judges.shape[1] > 1:
        for name, spread in zip(names, scores.spread[head].reshape(-1, len(names)).T, strict=True):
            columns[f"{name}_spread"] = pa.array(spread, mask=np.isnan(spread))
    return columns


def available_heads(
    experiment: Experiment, data: Dataset, offsets: Mapping[str, float] | None = None
) -> tuple[dict[str, HeadRows], dict[str, str]]:
    """Read the targets that a data set has; others cannot be judged on it.

    Args:
        experiment: names the heads.
        data: rows, before derived columns.
        offsets: by regression head, what is taken off its target, as a network has it.

    Returns:
        What each head shall say, for the heads whose columns are there; and for the others, why not.
    """
    there, absent = {}, {}
    derived = experiment.data.derived
    for head, target in experiment.targets.items():
        try:
            ready = data.derive({name: derived[name] for name in derived if name == target.column})
            there[head] = target_rows(ready, head, target, (offsets or {}).get(head))
        except DataError as error:
            absent[head] = str(error)
    return there, absent


def _scored(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None,
    progress: Progress,
) -> Iterator[tuple[Dataset, Scores]]:
    """Yield rows and what the network says of them, part by part."""
    ask, members = ask_members(model), members_of(model)
    forms = forms_of(model, experiment)
    at_once = rows_at_once(sum(math.prod(x.shape[1:]) * 4 for name, x in model.input.items() if name != JUDGES))
    done = 0
    for part in _parts(experiment, data, at_once):
        inputs = input_rows(part, experiment.inputs, forms.fine)
        judges = _judges(part, experiment, inputs, members, known)
        yield part, combined_scores(model, ask(inputs), judges, forms.offsets)
        done += part.rows
        progress("Scoring", done, data.rows)


def _parts(experiment: Experiment, data: Dataset, at_once: int) -> Iterator[Dataset]:
    """Yield rows with their derived columns, which are computed for many rows at once because SQL begins slowly."""
    for start in range(0, max(data.rows, 1), _DERIVED_AT_ONCE):
        ready = _derive_needed(experiment, data.slice(start, start + _DERIVED_AT_ONCE))
        for first in range(0, max(ready.rows, 1), at_once):
            yield ready.slice(first, first + at_once)


def _judges(
    part: Dataset,
    experiment: Experiment,
    inputs: Mapping[str, npt.NDArray[np.generic]],
    members: int,
    known: npt.NDArray[np.uint64] | None,
) -> npt.NDArray[np.bool_]:
    """Say who judges; only cross-validation over all rows asks for their identity."""
    if not isinstance(experiment.split, CrossSplit | ReversedSplit):
        return np.ones((part.rows, members), dtype=np.bool_)
    return judges_of(row_identity(part, experiment.data.identity, inputs), experiment.split, members, known)


def _joined(parts: Sequence[Mapping[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}


def _derive_needed(experiment: Experiment, data: Dataset) -> Dataset:
    """Add the derived columns that inputs and identity take; those of targets may be missing here."""
    used = set(experiment.data.identity)
    for group in experiment.inputs.values():
        used |= {group.columns} if isinstance(group.columns, str) else set(group.columns)
    wanted: Mapping[str, str] = {k: v for k, v in experiment.data.derived.items() if k in used}
    return data.derive(wanted) if wanted else data
