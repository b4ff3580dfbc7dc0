"""Scores of rows: the columns that a network adds to a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import Experiment, MulticlassTarget, Target
from netwright.data import Dataset, input_rows, read, target_rows
from netwright.data.rows import HeadRows
from netwright.errors import DataError
from netwright.models import predict
from netwright.progress import Progress, silent

__all__ = ["available_heads", "open_data", "score_columns", "score_table", "scores_of"]

_ROWS_AT_ONCE = 32_768


def open_data(
    experiment: Experiment, files: Sequence[str | Path] | None = None, *, progress: Progress = silent
) -> Dataset:
    """Read files as an experiment says.

    Args:
        experiment: names the files, unless others are given, and the tree or data set in them.
        files: other files of the same layout.
        progress: who is told how far reading has come.

    Returns:
        The rows, with derived columns and selection still to come.
    """
    return read(list(files or experiment.data.files), key=experiment.data.key, progress=progress)


def score_table(model: keras.Model, experiment: Experiment, data: Dataset, *, progress: Progress = silent) -> pa.Table:
    """Score every row of a data set, in its order; a selection of the experiment leaves none out here.

    Args:
        model: the network.
        experiment: that it was trained by.
        data: rows with the columns that the network takes.
        progress: who is told how far it has come.

    Returns:
        The identity columns that the data set has, and the columns of `score_columns`.

    Raises:
        DataError: a column that the network takes is missing or cannot be used.
    """
    ready = _derive_needed(experiment, data)
    columns: dict[str, pa.ChunkedArray | npt.NDArray[np.float32]] = {
        name: ready.arrow(name) for name in experiment.data.identity if name in ready.names
    }
    scores = scores_of(model, experiment, ready, progress=progress)
    for head, target in experiment.targets.items():
        columns |= score_columns(head, target, scores[head])
    return pa.table(columns)


def scores_of(
    model: keras.Model, experiment: Experiment, data: Dataset, *, progress: Progress = silent
) -> dict[str, npt.NDArray[np.float32]]:
    """Ask a network for its outputs, a part of the rows at a time.

    Args:
        model: the network.
        experiment: that it was trained by.
        data: rows with the columns that the network takes, derived ones as well.
        progress: who is told how far it has come.

    Returns:
        By head: shape (rows,), or (rows, classes) for several classes.

    Raises:
        DataError: a column is missing or cannot be used.
    """
    parts: list[dict[str, npt.NDArray[np.float32]]] = []
    for start in range(0, data.rows, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, data.rows)
        part = data.slice(start, stop)
        parts.append(predict(model, input_rows(part, experiment.inputs)))
        progress("Scoring", stop, data.rows)
    return {head: np.concatenate([part[head] for part in parts]) for head in experiment.targets}


def score_columns(head: str, target: Target, scores: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    """Name the columns of a head: its own name, or NAME_CLASS for each of several classes.

    Args:
        head: its name.
        target: what it says.
        scores: shape (rows,) or (rows, classes).

    Returns:
        Columns of shape (rows,): a probability, or a value in the target's unit.
    """
    if isinstance(target, MulticlassTarget):
        return {f"{head}_{name}": scores[:, place] for place, name in enumerate(target.classes)}
    return {head: scores}


def available_heads(experiment: Experiment, data: Dataset) -> tuple[dict[str, HeadRows], dict[str, str]]:
    """Read the targets that a data set has; others cannot be judged on it.

    Args:
        experiment: names the heads.
        data: rows, before derived columns.

    Returns:
        What each head shall say, for the heads whose columns are there; and for the others, why not.
    """
    there, absent = {}, {}
    derived = experiment.data.derived
    for head, target in experiment.targets.items():
        try:
            ready = data.derive({name: derived[name] for name in derived if name == target.column})
            there[head] = target_rows(ready, head, target)
        except DataError as error:
            absent[head] = str(error)
    return there, absent


def _derive_needed(experiment: Experiment, data: Dataset) -> Dataset:
    """Add the derived columns that inputs and identity take; those of targets may be missing here."""
    used: set[str] = set()
    for group in experiment.inputs.values():
        used |= {group.columns} if isinstance(group.columns, str) else set(group.columns)
    wanted: Mapping[str, str] = {k: v for k, v in experiment.data.derived.items() if k in used}
    return data.derive(wanted) if wanted else data
