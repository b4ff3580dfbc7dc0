"""Rows that are in the training and in the validation set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Array, Case, Rows
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DUPLICATES"]

_SHARE = 0.1  # Deepchecks
_ERRORS = 3.0  # standard errors
_MIN_COPIES, _MIN_COLUMNS = 50, 2
_OWN = 0.5  # of the repeated rows have a value of their own in a column
_FREQUENT, _MANY_TIMES = 0.05, 10  # share and number of rows of one content that are equal by chance


def _examine(case: Case) -> Iterator[Finding]:
    if case.comparable_rows is None:
        return
    rows, validation = case.comparable_rows
    occurrences = Counter(_contents(rows))
    frequent = {row for row, number in occurrences.items() if number > max(_MANY_TIMES, _FREQUENT * len(rows))}
    numbers = np.array([number for row, number in occurrences.items() if row not in frequent])
    validation_rows = [row for row in _contents(validation) if row not in frequent]
    if not len(numbers) or not validation_rows or len(validation_rows) < _SHARE * len(validation):
        return
    share = sum(row in occurrences for row in validation_rows) / len(validation_rows)
    copies = len(numbers) < (1 - _SHARE) * numbers.sum() and _are_copies(rows, occurrences)
    chance, variance = (0.0, 0.0) if copies else _share_by_chance(numbers)
    error = np.sqrt(variance + share * (1 - share) / len(validation_rows))
    if share - chance <= max(_SHARE * (1 - chance), _ERRORS * error):
        return
    yield Finding(
        "duplicates",
        "WARN",
        f"{share:.0%} of the validation rows are training rows too"
        + (f", apart from {len(frequent)} that are in more than {_FREQUENT:.0%} of rows" if frequent else "")
        + (f"; by chance {chance:.0%} would be." if chance > 0 else ".")
        + (" Rows were repeated before they were divided." if copies else ""),
        threshold=DUPLICATES.threshold,
        cause="Training rows are in the validation set.",
        remedy="Divide the rows first; then repeat training rows alone, or use class_weight."
        if copies
        else "Divide the rows once, and leave out those that are in both parts.",
        see="docs/doctor.md",
        confidence=0.95,
    )


def _contents(rows: Rows) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(rows.inputs)]


def _share_by_chance(numbers: Array) -> tuple[float, float]:
    """Return which share of further rows would be equal to one of these by chance, and the variance of that.

    Good and Turing's estimate: as many as there are rows that are not alone here (Good, Biometrika 40 (1953) 237).
    """
    total, alone, twice = numbers.sum(), (numbers == 1).sum(), (numbers == 2).sum()
    return float(1 - alone / total), float((alone * (1 - alone / total) + 2 * twice) / total**2)


def _are_copies(rows: Rows, occurrences: Counter[bytes]) -> bool:
    """Whether rows are equal because they were repeated, by oversampling say, and not by chance.

    Rows with two numbers of many values each are not equal by chance.
    """
    if rows.tokens or rows.inputs.shape[1] < _MIN_COLUMNS:
        return False
    firsts = dict(zip(_contents(rows), rows.inputs, strict=True))
    repeated = np.array([firsts[content] for content, number in occurrences.items() if number > 1])
    if len(repeated) < _MIN_COPIES:
        return False
    return sum(len(np.unique(column)) > _OWN * len(repeated) for column in repeated.T) >= _MIN_COLUMNS


DUPLICATES = Symptom(
    name="duplicates",
    needs=("rows", "validation"),
    threshold="At most 10% of the validation rows are training rows as well (Deepchecks), beyond those that are so by "
    "chance.",
    silent="As many copies as chance makes of few values, to be seen by the equal rows within the training set (less "
    "than 3 standard errors more), unless two columns have so many values that rows were repeated; rows of one content "
    "that more than 5% of the training rows have, such as events without any particle; fewer than 20 validation rows.",
    examine=_examine,
    explains=("label noise",),
)
