"""Rows with their scores, chunk by chunk, in memory that does not grow with the number of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import Experiment, InputGroup, columns_of, numbers_in
from netwright.data import Dataset, RowValues, input_rows, member_mask_of, row_identity
from netwright.errors import DataError
from netwright.evaluation.needed import with_derived
from netwright.evaluation.scores import Scores, combined_scores
from netwright.models import MEMBER_MASK, forms_of, make_forward, members_of
from netwright.progress import Progress

__all__ = ["ScoredChunk", "rows_at_once", "scored_chunks"]

_BYTES_AT_ONCE = 2**24  # bytes of inputs
_ROWS_AT_ONCE = 65_536  # at most
_DERIVED_AT_ONCE = 2**20  # rows: 8 MiB for each derived column
_BATCH = 4096  # rows in one call of a network


@dataclass(frozen=True)
class ScoredChunk:
    """A chunk of rows with their scores, and their identity where it is known.

    Attributes:
        data: the rows.
        scores: the scores of these rows.
        inputs: by group, what the network took of these rows, shape (rows, ...), in raw units.
        identity: hash of each row's identity, shape (rows,), dimensionless; None where it is not known.
    """

    data: Dataset
    scores: Scores
    inputs: Mapping[str, RowValues]
    identity: npt.NDArray[np.uint64] | None


def scored_chunks(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    train_identity: npt.NDArray[np.uint64] | None,
    progress: Progress,
    *,
    identify: bool = False,
    columns: Sequence[str] = (),
) -> Iterator[ScoredChunk]:
    """Score rows with a network, one chunk of rows at a time.

    Args:
        model: the network, or the ensemble.
        experiment: the experiment that it was trained with.
        data: rows with the columns that the network takes, before derived columns.
        train_identity: identities of the training data, shape (n,), where `member_mask_of` needs them.
        progress: callback for progress updates.
        identify: whether to return the identity of the rows, if they have its columns.
        columns: further columns that the rows must have, derived ones included.

    Yields:
        Rows and their scores, in the order of the rows.

    Raises:
        DataError: an input column, or the identity that selects the members, is missing or cannot be used.
    """
    forward, members = make_forward(model), members_of(model)
    forms = forms_of(model, experiment)
    at_once = rows_at_once(sum(math.prod(x.shape[1:]) * 4 for name, x in model.input.items() if name != MEMBER_MASK))
    scored = 0
    for chunk in _chunks(experiment, data, at_once, columns):
        inputs = input_rows(chunk, experiment.inputs, forms.fine)
        cross_validated = experiment.split.every_row_is_tested
        identity = _identity(chunk, experiment, inputs) if cross_validated or identify else None
        if cross_validated and identity is not None:
            member_mask = member_mask_of(identity, experiment.split, members, train_identity)
        else:
            member_mask = np.ones((chunk.rows, members), dtype=np.bool_)
        scores = combined_scores(model, forward(inputs), member_mask, forms.offsets)
        yield ScoredChunk(chunk, scores, inputs, identity)
        scored += chunk.rows
        progress("Scoring", scored, data.rows)


def rows_at_once(row_bytes: int) -> int:
    """Return how many rows to score at once: a few MiB of inputs, in whole batches of `make_forward`.

    Args:
        row_bytes: size of the inputs of one row, in bytes.

    Returns:
        A number of rows, from 4096 to 65536.

    Example:
        >>> rows_at_once(3200), rows_at_once(128)
        (4096, 65536)
    """
    batches = _BYTES_AT_ONCE // (_BATCH * max(1, row_bytes))
    return int(min(max(1, batches) * _BATCH, _ROWS_AT_ONCE))


def _identity(chunk: Dataset, experiment: Experiment, inputs: Mapping[str, RowValues]) -> npt.NDArray[np.uint64] | None:
    """Return the identity of rows, or None if it cannot be computed and is not required by the cross-validation."""
    try:
        return row_identity(chunk, experiment.data.identity_columns, inputs)
    except DataError as error:
        if experiment.split.every_row_is_tested:
            names = ", ".join(experiment.data.identity_columns)
            msg = (
                f"{error} After split.kind: {experiment.split.kind}, the identity of a row ({names}) says which "
                "networks never saw it."
            )
            raise DataError(msg) from error
        return None


def _chunks(experiment: Experiment, data: Dataset, at_once: int, columns: Sequence[str]) -> Iterator[Dataset]:
    """Yield rows with their derived columns, computed for many rows at once because SQL queries are slow to start."""
    for start in range(0, max(data.rows, 1), _DERIVED_AT_ONCE):
        ready = _derive_needed(experiment, data.slice(start, start + _DERIVED_AT_ONCE), columns)
        for first in range(0, max(ready.rows, 1), at_once):
            yield ready.slice(first, first + at_once)


def _derive_needed(experiment: Experiment, data: Dataset, further: Sequence[str]) -> Dataset:
    """Add the derived columns that inputs and identity use; columns for the targets may be missing here."""
    derived = experiment.data.derived
    columns = [*further, *(name for group in experiment.inputs.values() for name in _columns(group, derived))]
    try:
        return with_derived(data, derived, [*columns, *experiment.data.identity])
    except DataError:
        return with_derived(data, derived, columns)  # callers decide if the identity is required


def _columns(group: InputGroup, derived: Mapping[str, str]) -> list[str]:
    """Return the columns of a group, including derived columns that match patterns such as E_{i}."""
    names = columns_of(group)
    return [*names, *dict.fromkeys(name for pattern in names for name in numbers_in(pattern, derived))]
