"""Scores of rows: the columns that a network, or an ensemble of them, adds to a data set."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import Experiment, InputGroup, Target, columns_of
from netwright.data import Dataset, HeadRows, input_rows, judges_of, read, row_identity, target_rows
from netwright.errors import DataError
from netwright.evaluation.membership import Membership
from netwright.evaluation.needed import with_derived
from netwright.models import JUDGES, ask_members, combine, forms_of, members_of
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.simulation import generated
from netwright.tasks import task_of

__all__ = [
    "Scores",
    "available_heads",
    "combined_scores",
    "joined_scores",
    "open_data",
    "rows_at_once",
    "score_columns",
    "score_names",
    "score_table",
    "score_tables",
    "scored_rows",
    "scores_of",
]

_BYTES_AT_ONCE = 2**24  # of inputs
_ROWS_AT_ONCE = 65_536  # at most
_DERIVED_AT_ONCE = 2**20  # rows: 8 MiB for each derived column
_SELECTED = "netwright selected"
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

    def take(self, rows: npt.NDArray[np.integer]) -> Scores:
        """Return what was said of some of the rows.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            Scores of n rows.
        """
        heads, spread, members = (
            {head: values[rows] for head, values in part.items()} for part in (self.heads, self.spread, self.members)
        )
        return Scores(heads, spread, members, self.judges[rows])


def open_data(experiment: Experiment, files: Files | None = None, *, progress: Progress = silent) -> Dataset:
    """Read files as an experiment says.

    Args:
        experiment: says which files or which generator, if no files are given, and which table in them.
        files: other files of the same layout, one or several.
        progress: who is told how far reading has come.

    Returns:
        The rows, with derived columns and selection still to come.
    """
    if experiment.data.generate is not None and files is None:
        return generated(experiment.data.generate)
    section = experiment.data
    return read(section.files if files is None else files, key=section.key, csv=section.csv, progress=progress)


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
    membership: Membership | None = None,
    mark_selected: bool = False,
    progress: Progress = silent,
) -> Iterator[pa.Table]:
    """Score rows part by part, in memory that does not grow with their number.

    Args:
        model: the network, or the ensemble.
        experiment: that it was trained by.
        data: rows with the columns that the network takes, before derived columns.
        known: identities of the training data, shape (n,), where `judges_of` wants them.
        membership: what rows of the training data are to the network; named in a column ``split`` then.
        mark_selected: whether a column ``selected`` says which rows fulfil the selection of the experiment, if it has
            one; nothing where that cannot be computed.
        progress: who is told how far it has come.

    Yields:
        Tables of the same columns that follow one another as the rows do; together they are `score_table`.

    Raises:
        DataError: a column that the network takes, or an identity that picks its judge, is missing or cannot be used.
    """
    for part in _scored(model, experiment, data, known, progress, identify=membership is not None):
        names = [name for name in experiment.data.identity if name in part.data.names]
        columns: dict[str, object] = {name: part.data.arrow(name) for name in names}
        if membership is not None and part.identity is not None:
            columns["split"] = pa.array(np.asarray(membership.names())[membership.parts_of(part.identity)])
        if mark_selected and experiment.data.selection is not None:
            columns["selected"] = _selected(part.data, experiment.data.selection, experiment.data.derived)
        for head, target in experiment.targets.items():
            columns |= score_columns(head, target, part.scores)
        yield pa.table(columns)


def scores_of(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> Scores:
    """Ask a network for its outputs, as `scored_rows` without identities.

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
    return joined_scores([part.scores for part in _scored(model, experiment, data, known, progress)])


def scored_rows(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> tuple[Scores, npt.NDArray[np.uint64] | None]:
    """Ask a network for its outputs, a part of the rows at a time.

    Of every row 4 n (2 + members) + members + 8 bytes are kept, with n the numbers that all heads together give for
    it, and no inputs.

    Args:
        model: the network, or the ensemble.
        experiment: that it was trained by.
        data: rows with the columns that the network takes, before derived columns.
        known: identities of the training data, shape (n,), where `judges_of` wants them.
        progress: who is told how far it has come.

    Returns:
        What it says, and the identity of the rows, shape (rows,); None where they lack its columns.

    Raises:
        DataError: a column is missing or cannot be used.
    """
    parts = list(_scored(model, experiment, data, known, progress, identify=True))
    identities = [part.identity for part in parts if part.identity is not None]
    identity = np.concatenate(identities) if len(identities) == len(parts) else None
    return joined_scores([part.scores for part in parts]), identity


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
    names = score_names(head, target)
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


def score_names(head: str, target: Target) -> list[str]:
    """Name the columns of a head's scores.

    Args:
        head: its name.
        target: what it says.

    Returns:
        Its own name, or NAME_CLASS for each of several classes.
    """
    return task_of(target).output(target).columns(head)


def available_heads(
    experiment: Experiment, data: Dataset, offsets: Mapping[str, float] | None = None
) -> tuple[dict[str, HeadRows], dict[str, str]]:
    """Read the targets that a data set has; others cannot be judged on it.

    Args:
        experiment: names the heads.
        data: rows, before derived columns.
        offsets: by regression head, what is taken off its target, as a network has it.

    Returns:
        The targets of each head whose columns exist; and for the other heads, the reason why not.
    """
    there, absent = {}, {}
    for head, target in experiment.targets.items():
        try:
            expressions = [] if target.where is None else [target.where]
            ready = with_derived(data, experiment.data.derived, [target.column], expressions)
            complete = task_of(target).needs_every_class
            there[head] = target_rows(ready, head, target, (offsets or {}).get(head), every_class=complete)
        except DataError as error:
            absent[head] = str(error)
    return there, absent


@dataclass(frozen=True)
class _ScoredPart:
    """Rows, what the network says of them, and their identity where it is known."""

    data: Dataset
    scores: Scores
    identity: npt.NDArray[np.uint64] | None


def _scored(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    known: npt.NDArray[np.uint64] | None,
    progress: Progress,
    *,
    identify: bool = False,
) -> Iterator[_ScoredPart]:
    """Yield rows and what the network says of them, part by part; with their identity where it is asked for."""
    ask, members = ask_members(model), members_of(model)
    forms = forms_of(model, experiment)
    at_once = rows_at_once(sum(math.prod(x.shape[1:]) * 4 for name, x in model.input.items() if name != JUDGES))
    done = 0
    for part in _parts(experiment, data, at_once):
        inputs = input_rows(part, experiment.inputs, forms.fine)
        picks = experiment.split.every_row_is_tested
        identity = _identity(part, experiment, inputs) if picks or identify else None
        if picks and identity is not None:
            judges = judges_of(identity, experiment.split, members, known)
        else:
            judges = np.ones((part.rows, members), dtype=np.bool_)
        yield _ScoredPart(part, combined_scores(model, ask(inputs), judges, forms.offsets), identity)
        done += part.rows
        progress("Scoring", done, data.rows)


def _identity(
    part: Dataset, experiment: Experiment, inputs: Mapping[str, npt.NDArray[np.generic]]
) -> npt.NDArray[np.uint64] | None:
    """Return the identity of rows; only cross-validation over all rows cannot do without."""
    try:
        return row_identity(part, experiment.data.identity, inputs)
    except DataError:
        if experiment.split.every_row_is_tested:
            raise
        return None


def _parts(experiment: Experiment, data: Dataset, at_once: int) -> Iterator[Dataset]:
    """Yield rows with their derived columns, which are computed for many rows at once because SQL begins slowly."""
    for start in range(0, max(data.rows, 1), _DERIVED_AT_ONCE):
        ready = _derive_needed(experiment, data.slice(start, start + _DERIVED_AT_ONCE))
        for first in range(0, max(ready.rows, 1), at_once):
            yield ready.slice(first, first + at_once)


def _joined(parts: Sequence[Mapping[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}


def _derive_needed(experiment: Experiment, data: Dataset) -> Dataset:
    """Add the derived columns that inputs and identity take; those of targets may be missing here."""
    derived = experiment.data.derived
    columns = [name for group in experiment.inputs.values() for name in _columns(group, derived)]
    try:
        return with_derived(data, derived, [*columns, *experiment.data.identity])
    except DataError:
        return with_derived(data, derived, columns)  # of an identity that cannot be computed, others decide


def _selected(data: Dataset, selection: str, derived: Mapping[str, str]) -> pa.ChunkedArray:
    """Return whether rows fulfil a selection; nothing where a column that it takes is missing, or a value is."""
    there = {name: expression for name, expression in derived.items() if name not in data.names}
    try:
        return with_derived(data, {**there, _SELECTED: selection}, [_SELECTED]).arrow(_SELECTED).cast(pa.bool_())
    except DataError:
        return pa.chunked_array([pa.nulls(data.rows, pa.bool_())])


def _columns(group: InputGroup, derived: Mapping[str, str]) -> list[str]:
    """Return the columns of a group; of patterns such as E_{i}, the derived columns among them."""
    names = columns_of(group)
    patterns = [re.escape(name).replace(re.escape("{i}"), r"\d+") for name in names if "{i}" in name]
    return [*names, *(name for name in derived if any(re.fullmatch(pattern, name) for pattern in patterns))]
