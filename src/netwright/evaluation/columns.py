"""The columns that a head adds to a table of rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from netwright.config import Target
from netwright.errors import DataError
from netwright.evaluation.scores import Scores
from netwright.tasks import task_of

__all__ = ["score_columns", "score_names"]


def score_columns(head: str, target: Target, scores: Scores) -> dict[str, object]:
    """Return the columns of a head: under its own name, or as NAME_CLASS for each of several classes.

    Args:
        head: its name.
        target: what it predicts.
        scores: the scores of the rows.

    Returns:
        Columns of shape (rows,): a probability, or a value in the target's unit. For an ensemble also NAME_spread, the
        standard deviation over its members, which is missing where only one of them scores the row.

    Raises:
        DataError: a score is not a finite number.
    """
    names = score_names(head, target)
    values = scores.heads[head].reshape(-1, len(names))
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).any(axis=1).argmax())
        msg = (
            f"targets.{head}: the network gives {values[row].tolist()} for a row, which is not a finite number. Its "
            "inputs may lie far outside those of the training, or the network may be damaged: compare with netwright "
            "evaluate."
        )
        raise DataError(msg)
    columns: dict[str, object] = dict(zip(names, values.T, strict=True))
    if scores.member_mask.shape[1] > 1:
        for name, spread in zip(names, scores.spread[head].reshape(-1, len(names)).T, strict=True):
            columns[f"{name}_spread"] = pa.array(spread, mask=np.isnan(spread))
    return columns


def score_names(head: str, target: Target) -> list[str]:
    """Return the names of the columns that hold a head's scores.

    Args:
        head: its name.
        target: what it predicts.

    Returns:
        The name of the head, or NAME_CLASS for each of several classes.
    """
    return task_of(target).output(target).columns(head)
