"""Classes of very different frequency, by sums of weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.quantities.labels import Labels, describe_labels
from netwright.doctor.quantities.losses import probabilities
from netwright.doctor.quantities.skill import class_index
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["CLASS_IMBALANCE"]

_RATIO = 8.0  # between the most and the least frequent class
_FEWEST = 30  # rows
_FEWEST_OF_CLASS = 4
_FOUND = 0.75
_ENOUGH = 30  # rows of a class


def _look(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.target is None or len(rows) < _FEWEST or case.objective.class_weight:
        return
    units = case.vitals[-1].outputs.shape[1] if case.vitals and case.vitals[-1].outputs is not None else None
    labels = describe_labels(rows.target, units, rows.weight)
    if labels is None or not labels.is_class or len(labels.shares) < 2:  # two classes
        return
    ratio = labels.shares[0] / max(labels.shares[-1], 1e-9)
    if ratio < _RATIO:
        return
    never = _ignored(case, labels) or _unseen(case, labels)
    yield Finding(
        "class imbalance",
        "WARN" if never else "NOTE",
        f"The most frequent class is {ratio:.0f} times as frequent as the rarest"
        + (f", and {never}." if never else "."),
        threshold=CLASS_IMBALANCE.threshold,
        cause="The classes are imbalanced.",
        remedy="Give fit class_weight (the inverse of each class's frequency), or sample the classes equally.",
        see="docs/doctor.md",
        confidence=0.7 if never else 0.5,
    )


def _ignored(case: Case, labels: Labels) -> str:
    """Name the rarest class if a finished training seldom finds it although there is something to learn."""
    outputs, rows, skill = case.vitals[-1].outputs if case.vitals else None, case.rows, case.skill
    if not case.plan.finished or outputs is None or rows is None or rows.target is None or skill is None:
        return ""
    if len(outputs) != len(rows):
        return ""
    parts = [(rows.target, outputs)]
    if case.validation is not None and case.validation.target is not None and case.vitals[-1].validation is not None:
        parts.append((case.validation.target, case.vitals[-1].validation))
    for target, given in parts:
        true, named = class_index(target, labels), class_index(probabilities(given, case.objective), labels)
        values, counts = np.unique(true, return_counts=True)
        for value, count in zip(values, counts, strict=True):
            found = float((named[true == value] == value).mean())
            if count >= _FEWEST_OF_CLASS and count * _RATIO <= counts.max() and found < _FOUND:
                return f"the network seldom finds class {int(value)} (in {found:.0%} of its rows)"
    return ""


def _unseen(case: Case, labels: Labels) -> str:
    """Name the rarest class if it has few rows, and nothing tells whether others of it are found."""
    rows, judged = case.rows, case.validation
    if not case.plan.finished or rows is None or rows.target is None or case.skill is None:
        return ""
    values, counts = np.unique(class_index(rows.target, labels), return_counts=True)
    rarest, count = values[counts.argmin()], counts.min()
    test = judged.target if judged is not None else None
    tested = int((class_index(test, labels) == rarest).sum()) if test is not None else 0
    if count >= _ENOUGH or tested >= _FEWEST_OF_CLASS or count * _RATIO > counts.max():
        return ""
    return f"class {int(rarest)} has {count} rows to learn from, and {tested} to test it on"


CLASS_IMBALANCE = Symptom(
    name="class imbalance",
    needs=("rows",),
    threshold="The most frequent class is at most 8 times as frequent as the rarest, by sums of weights.",
    silent="With class weights; a NOTE unless the network finds a rare class in less than 75% of its rows, or that has "
    "fewer than 30 rows, and fewer than 4 among the validation rows.",
    look=_look,
    explains=("underfitting", "constant output"),
)
