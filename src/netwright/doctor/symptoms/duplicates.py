"""Rows that are in the training and in the validation set."""

from __future__ import annotations

from collections import Counter
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
_FREQUENT, _MANY_TIMES = 0.05, 10  # share and number of rows of one content that are equal by chance


def _examine(case: Case) -> Iterator[Finding]:
    if case.comparable_rows is None:
        return
    rows, validation = case.comparable_rows
    occurrences = Counter(_contents(rows))
    frequent = {row for row, number in occurrences.items() if number > max(_MANY_TIMES, _FREQUENT * len(rows))}
    training_rows = occurrences.keys() - frequent
    repeated = len(training_rows) < (1 - _SHARE) * sum(occurrences[row] for row in training_rows)
    if repeated and not _are_copies(rows, len(training_rows)):
        return  # whole numbers, few values
    validation_rows = [row for row in _contents(validation) if row not in frequent]
    share = sum(row in training_rows for row in validation_rows) / max(len(validation_rows), 1)
    if share <= _SHARE or len(validation_rows) < _SHARE * len(validation):
        return
    yield Finding(
        "duplicates",
        "WARN" if repeated or share > _MANY else "NOTE",
        f"{share:.0%} of the validation rows are training rows too"
        + (f", apart from {len(frequent)} that are in more than {_FREQUENT:.0%} of rows." if frequent else ".")
        + (" Rows were repeated before they were divided." if repeated else ""),
        threshold=DUPLICATES.threshold,
        cause="Training rows are in the validation set.",
        remedy="Divide the rows first; then repeat training rows alone, or use class_weight."
        if repeated
        else "Divide the rows once, and leave out those that are in both parts.",
        see="docs/doctor.md",
        confidence=0.95,
    )


def _contents(rows: Rows) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(rows.inputs)]


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
    "copied; rows of one content that more than 5% of the training rows have, such as events without any particle; "
    "fewer than 20 validation rows.",
    examine=_examine,
    explains=("label noise",),
)
