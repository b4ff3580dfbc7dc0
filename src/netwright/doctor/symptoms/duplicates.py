"""Rows that are in the training and in the validation set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DUPLICATES"]

_SHARE = 0.1  # Deepchecks
_MANY = 0.3


def _examine(case: Case) -> Iterator[Finding]:
    if case.comparable_rows is None:
        return
    rows, validation = case.comparable_rows
    training_rows = {row.tobytes() for row in np.ascontiguousarray(rows.inputs)}
    if len(training_rows) < len(rows) * (1 - _SHARE):
        return  # rows repeat within the training set too: whole numbers, few values
    share = float(np.mean([row.tobytes() in training_rows for row in np.ascontiguousarray(validation.inputs)]))
    if share <= _SHARE:
        return
    yield Finding(
        "duplicates",
        "WARN" if share > _MANY else "NOTE",
        f"{share:.0%} of the validation rows are training rows too.",
        threshold=DUPLICATES.threshold,
        cause="Training rows are in the validation set.",
        remedy="Divide the rows once, and leave out those that are in both parts.",
        see="docs/doctor.md",
        confidence=0.95,
    )


DUPLICATES = Symptom(
    name="duplicates",
    needs=("rows", "validation"),
    threshold="At most 10% of the validation rows are training rows as well (Deepchecks).",
    silent="Inputs whose rows repeat within the training set; fewer than 20 validation rows.",
    examine=_examine,
    explains=("label noise",),
)
