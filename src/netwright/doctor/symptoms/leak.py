"""A column of the inputs that is the target itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case, Rows
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["LEAK", "copies_of_target"]

_SAME = 0.99999  # correlation with the target: rounding alone leaves so much
_MIN_ROWS = 20  # rows
_OTHERS = 2  # columns beside it: with fewer, what looks like a copy may be all that there is


def copies_of_target(rows: Rows) -> list[int]:
    """Return the columns that are the target in another unit.

    Args:
        rows: of the training.

    Returns:
        Numbers of the columns, from 0.

    Example:
        >>> y = np.arange(5.0)[:, None]
        >>> copies_of_target(Rows(np.hstack([y**2, 3 * y + 1]), y))
        [1]
    """
    if rows.target is None or not (np.isfinite(rows.target).all() and np.isfinite(rows.inputs).all()):
        return []
    target = rows.target if rows.target.shape[1] == 1 else rows.target.argmax(1)[:, None].astype(float)
    x, y = rows.inputs - rows.inputs.mean(0), target - target.mean(0)
    norm = np.sqrt((x**2).sum(0) * (y**2).sum())
    share = np.abs((x * y).sum(0)) / np.where(norm > 0, norm, np.inf)
    return [int(column) for column in np.flatnonzero(share > _SAME)]


def _examine(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.tokens or len(rows) < _MIN_ROWS:
        return
    copies = copies_of_target(rows)
    if not copies or rows.inputs.shape[1] - len(copies) < _OTHERS:
        return
    yield Finding(
        "leak",
        "WARN",
        f"Input column {copies[0]} is the target itself, in another unit at most.",
        threshold=LEAK.threshold,
        cause="An input column knows the answer.",
        remedy=f"Leave column {copies[0]} out, unless it is known where the network will be used.",
        see="docs/doctor.md",
        confidence=0.9,
    )


LEAK = Symptom(
    name="leak",
    needs=("rows",),
    threshold="No input column has a correlation of 1 with the target.",
    silent="Fewer than 20 rows, or fewer than two other columns: then it may be all that there is to learn.",
    examine=_examine,
)
