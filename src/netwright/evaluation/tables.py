"""Scores of all rows of a dataset: as arrays, and as a table with the columns of every head."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import keras
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import Experiment
from netwright.data import Dataset
from netwright.errors import DataError
from netwright.evaluation.chunks import ScoredChunk, scored_chunks
from netwright.evaluation.columns import score_columns, score_names
from netwright.evaluation.membership import Membership
from netwright.evaluation.needed import with_derived
from netwright.evaluation.scores import Scores, joined_scores
from netwright.progress import Progress, silent
from netwright.readers import evaluate

__all__ = ["score_table", "score_tables", "scored_rows"]


def score_table(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    train_identity: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> pa.Table:
    """Score every row of a dataset, in order; the experiment's selection is not applied.

    Args:
        model: the network, or the ensemble.
        experiment: the experiment that it was trained with.
        data: rows with the columns that the network takes, before derived columns.
        train_identity: identities of the training data, shape (n,), where `member_mask_of` needs them.
        progress: callback for progress updates.

    Returns:
        The identity columns that the dataset has, and the columns of `score_columns`.

    Raises:
        DataError: an input column, or the identity that selects the members, is missing or cannot be used.
    """
    return pa.concat_tables(score_tables(model, experiment, data, train_identity, progress=progress))


def score_tables(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    train_identity: npt.NDArray[np.uint64] | None = None,
    *,
    membership: Membership | None = None,
    mark_selected: bool = False,
    columns: Sequence[str] = (),
    on_chunk: Callable[[ScoredChunk], None] | None = None,
    progress: Progress = silent,
) -> Iterator[pa.Table]:
    """Score rows chunk by chunk, in memory that does not grow with the number of rows.

    Args:
        model: the network, or the ensemble.
        experiment: the experiment that it was trained with.
        data: rows with the columns that the network takes, before derived columns.
        train_identity: identities of the training data, shape (n,), where `member_mask_of` needs them.
        membership: the parts of the rows of the training data; if given, a column ``split`` names the part of each row.
        mark_selected: whether to add a column ``selected`` for which rows pass the selection of the experiment, if it
            has one; missing where the selection cannot be computed.
        columns: further columns to write next to the scores, derived ones included.
        on_chunk: called with each chunk of rows before its table is returned.
        progress: callback for progress updates.

    Yields:
        Tables with the same columns, in the order of the rows; concatenated, they equal `score_table`.

    Raises:
        DataError: an input column, or the identity that selects the members, is missing or cannot be used, or one of
            `columns` is missing or has the name of a column that is written anyway.
    """
    _refuse_taken(experiment, columns)
    identify = membership is not None
    chunks = scored_chunks(model, experiment, data, train_identity, progress, identify=identify, columns=columns)
    for chunk in chunks:
        if on_chunk is not None:
            on_chunk(chunk)
        names = [name for name in experiment.data.name_columns if name in chunk.data.names]
        further = [name for name in columns if name not in names]
        written: dict[str, object] = {name: chunk.data.arrow(name) for name in [*names, *further]}
        if membership is not None and chunk.identity is not None:
            written["split"] = pa.array(np.asarray(membership.names())[membership.parts_of(chunk.identity)])
        if mark_selected and experiment.data.selection is not None:
            written["selected"] = _selected(chunk.data, experiment.data.selection, experiment.data.derived)
        for head, target in experiment.targets.items():
            written |= score_columns(head, target, chunk.scores)
        yield pa.table(written)


def scored_rows(
    model: keras.Model,
    experiment: Experiment,
    data: Dataset,
    train_identity: npt.NDArray[np.uint64] | None = None,
    *,
    progress: Progress = silent,
) -> tuple[Scores, npt.NDArray[np.uint64] | None]:
    """Score rows with a network, one chunk of rows at a time.

    For every row, 4 n (2 + members) + members + 8 bytes are kept, where n is the number of outputs of all heads
    together; inputs are not kept.

    Args:
        model: the network, or the ensemble.
        experiment: the experiment that it was trained with.
        data: rows with the columns that the network takes, before derived columns.
        train_identity: identities of the training data, shape (n,), where `member_mask_of` needs them.
        progress: callback for progress updates.

    Returns:
        The scores, and the identity of the rows, shape (rows,); None if they lack the columns for it.

    Raises:
        DataError: a column is missing or cannot be used.
    """
    chunks = list(scored_chunks(model, experiment, data, train_identity, progress, identify=True))
    identities = [chunk.identity for chunk in chunks if chunk.identity is not None]
    identity = np.concatenate(identities) if len(identities) == len(chunks) else None
    return joined_scores([chunk.scores for chunk in chunks]), identity


def _refuse_taken(experiment: Experiment, columns: Sequence[str]) -> None:
    """Refuse further columns with the name of one that is written anyway."""
    scores = [name for head, target in experiment.targets.items() for name in score_names(head, target)]
    taken = {"split", "selected", *scores, *(f"{name}_spread" for name in scores)}
    clash = next((name for name in columns if name in taken), None)
    if clash is not None:
        msg = (
            f"columns: {clash} is the name of a column of the scores. Take the input's from its file, by the columns "
            f"file and row of the scores; or, before a training, copy it with data.derived: {{input_{clash}: {clash}}}."
        )
        raise DataError(msg)


def _selected(data: Dataset, selection: str, derived: Mapping[str, str]) -> pa.ChunkedArray:
    """Return whether rows pass a selection; null where a column that it uses, or a value in it, is missing."""
    missing = {name: expression for name, expression in derived.items() if name not in data.names}
    try:
        ready = with_derived(data, missing, expressions=[selection])
        return evaluate(ready.table, selection, "selection", condition=True).cast(pa.bool_())
    except DataError:
        return pa.chunked_array([pa.nulls(data.rows, pa.bool_())])
