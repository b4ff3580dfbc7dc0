"""Rows that are in the training and in the validation set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case, Rows
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DUPLICATES"]

_SHARE = 0.1  # Deepchecks
_MANY = 0.3
_MIN_DISTINCT, _MIN_COLUMNS = 50, 2
_OWN = 0.5  # of the distinct rows have a value of their own in a column


def _examine(case: Case) -> Iterator[Finding]:
    if case.comparable_rows is None:
        return
    rows, validation = case.comparable_rows
    training_rows = {row.tobytes() for row in np.ascontiguousarray(rows.inputs)}
    repeated = len(training_rows) < len(rows) * (1 - _SHARE)
    if repeated and not _are_copies(rows, len(training_rows)):
        return  # whole numbers, few values
    share = float(np.mean([row.tobytes() in training_rows for row in np.ascontiguousarray(validation.inputs)]))
    if share <= _SHARE:
        return
    yield Finding(
        "duplicates",
        "WARN" if repeated or share > _MANY else "NOTE",
        f"{share:.0%} of the validation rows are training rows too."
        + (" Rows were repeated before they were divided." if repeated else ""),
        threshold=DUPLICATES.threshold,
        cause="Training rows are in the validation set.",
        remedy="Divide the rows first; then repeat training rows alone, or use class_weight."
        if repeated
        else "Divide the rows once, and leave out those that are in both parts.",
        see="docs/doctor.md",
        confidence=0.95,
    )


def _are_copies(rows: Rows, distinct: int) -> bool:
    """Whether a column has so many values that rows are equal because they were repeated, by oversampling say."""
    if rows.tokens or distinct < _MIN_DISTINCT or rows.inputs.shape[1] < _MIN_COLUMNS:
        return False
    return any(len(np.unique(column)) > _OWN * distinct for column in rows.inputs.T)


DUPLICATES = Symptom(
    name="duplicates",
    needs=("rows", "validation"),
    threshold="At most 10% of the validation rows are training rows as well (Deepchecks).",
    silent="Inputs whose rows repeat within the training set, unless a column has so many values that they were "
    "copied; fewer than 20 validation rows.",
    examine=_examine,
    explains=("label noise",),
)
