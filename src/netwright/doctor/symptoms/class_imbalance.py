"""Classes of very different frequency, by sums of weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Array, Case
from netwright.doctor.quantities.labels import Labels, describe_labels, means_numbers
from netwright.doctor.quantities.losses import probabilities
from netwright.doctor.quantities.rightness import class_index
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["CLASS_IMBALANCE", "CLASS_WEIGHTS", "ONE_CLASS"]

_RATIO = 8.0  # between the most and the least frequent class
_LESS_UNEVEN = 5.0  # between two classes of which one is hardly ever found
_HARDLY = 0.25  # of its rows
_CLEAR = 0.15  # of the variance of the labels: else a network that is right leaves most of the rare class out
_MIN_ROWS = 30  # rows
_MIN_OF_CLASS = 4
_TWO = 2  # classes
_FOUND = 0.75
_ENOUGH = 30  # rows of a class
_SILENCED = 0.05  # of the rows of a class: no more are found
_TURNED_ROUND = 0.5  # the same, where class weights favour the frequent classes
_FREQUENT = 2.0  # times as many rows
_WORSE = 4.0  # times further apart with class weights than without


def _examine(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.target is None or len(rows) < _MIN_ROWS or case.objective.class_weight:
        return
    units = case.vitals[-1].outputs.shape[1] if case.vitals and case.vitals[-1].outputs is not None else None
    labels = describe_labels(rows.target, units, rows.weight, numbers=means_numbers(case.objective, units))
    if labels is None or not labels.is_class or len(labels.shares) < 2 or not labels.shares[-1]:  # two that count
        return
    ratio = labels.shares[0] / max(labels.shares[-1], 1e-9)
    if ratio < _LESS_UNEVEN:
        return
    unseen = _ignored(case, labels) or _unseen(case, labels)
    if ratio < _RATIO and not unseen:
        return
    yield Finding(
        "class imbalance",
        "WARN" if unseen else "NOTE",
        f"The most frequent class is {ratio:.0f} times as frequent as the rarest"
        + (f", and {unseen}." if unseen else "."),
        threshold=CLASS_IMBALANCE.threshold,
        cause="The classes are imbalanced.",
        remedy="Give fit class_weight (the inverse of each class's frequency), or sample the classes equally.",
        see="docs/doctor.md",
        confidence=0.7 if unseen else 0.5,
    )


def _ignored(case: Case, labels: Labels) -> str:
    """Return a text on the rarest class if a finished training seldom finds it although there is something to learn."""
    outputs, rows, skill = case.vitals[-1].outputs if case.vitals else None, case.rows, case.skill
    if not case.plan.finished or outputs is None or rows is None or rows.target is None or skill is None:
        return ""
    if len(outputs) != len(rows):
        return ""
    ratio, found = _RATIO, _FOUND
    if labels.shares[0] < _RATIO * labels.shares[-1]:
        ratio, found = _LESS_UNEVEN, _HARDLY
        if len(labels.shares) > _TWO or not max(skill.explained, skill.explained_baseline) >= _CLEAR:
            return ""
    sets = [(rows.target, outputs)]
    if case.validation is not None and case.validation.target is not None and case.vitals[-1].validation is not None:
        sets.append((case.validation.target, case.vitals[-1].validation))
    for target, outputs_of_set in sets:
        true, predicted = (
            class_index(target, labels),
            class_index(probabilities(outputs_of_set, case.objective), labels),
        )
        values, counts = np.unique(true, return_counts=True)
        for value, count in zip(values, counts, strict=True):
            found_share = float((predicted[true == value] == value).mean())
            if count >= _MIN_OF_CLASS and count * ratio <= counts.max() and found_share < found:
                return (
                    f"the network seldom finds class {_class_name(case, int(value))} (in {found_share:.0%} of its rows)"
                )
    return ""


def _class_name(case: Case, number: int) -> str:
    """Return the name of a class, or its number where it has none."""
    return case.classes[number] if 0 <= number < len(case.classes) else str(number)


def _unseen(case: Case, labels: Labels) -> str:
    """Return a text on the rarest class if it has few rows, and nothing tells whether others of it are found."""
    rows, validation = case.rows, case.validation
    if not case.plan.finished or rows is None or rows.target is None or case.skill is None:
        return ""
    values, counts = np.unique(class_index(rows.target, labels), return_counts=True)
    learnable = counts >= _MIN_OF_CLASS
    if learnable.sum() > _TWO:  # a few rows beside several classes, as of counts: no weight makes more of them
        values, counts = values[learnable], counts[learnable]
    rarest, count = values[counts.argmin()], counts.min()
    test = validation.target if validation is not None else None
    tested = int((class_index(test, labels) == rarest).sum()) if test is not None else 0
    if count >= _ENOUGH or tested >= _MIN_OF_CLASS or count * _RATIO > counts.max():
        return ""
    return f"class {_class_name(case, int(rarest))} has {count} rows to learn from, and {tested} to test it on"


def _one_class(case: Case) -> Iterator[Finding]:
    """Labels that are all the same, as those are that ``argmax`` took along the wrong axis."""
    rows, loss = case.rows, case.objective.loss
    if rows is None or rows.target is None or len(rows) < _TWO or "crossentropy" not in loss or case.objective.own_step:
        return
    target = rows.target
    if not np.isfinite(target).all() or (target != target[0]).any() or describe_labels(target) is None:
        return
    value = f"{target[0, 0]:g}" if target.shape[1] == 1 else f"column {target[0].argmax()}"
    yield Finding(
        "class imbalance",
        "WARN" if len(rows) == rows.total else "NOTE",  # rows of a rare class may be among the others
        f"The labels of all {len(rows)} rows that were looked at are the same ({value}), so that there is nothing to "
        "tell apart.",
        threshold=ONE_CLASS.threshold,
        cause="All rows have the same class.",
        remedy="Look at how the labels are made: np.argmax(labels, axis=1) takes the class of each row of one-hot "
        "labels, and a column of class numbers needs no argmax.",
        see="docs/doctor.md",
        confidence=0.85,
    )


def _class_weights(case: Case) -> Iterator[Finding]:
    """Weights that leave one class without influence, so that the network always answers the other.

    Weights of rows may stand for how often these happen: but then validation rows have them too.
    """
    rows, outputs = case.rows, case.vitals[-1].outputs if case.vitals else None
    if rows is None or rows.target is None or rows.weight is None or outputs is None or len(outputs) != len(rows):
        return
    labels = describe_labels(rows.target, outputs.shape[1])
    weighted = describe_labels(rows.target, outputs.shape[1], rows.weight)
    if labels is None or weighted is None or not labels.is_class or len(labels.shares) < 2 or not weighted.shares:
        return
    plain, ratio = (described.shares[0] / max(described.shares[-1], 1e-9) for described in (labels, weighted))
    true, predicted = class_index(rows.target, labels), class_index(probabilities(outputs, case.objective), labels)
    right, sums = float((true == predicted).mean()), np.bincount(true, weights=rows.weight)
    most, least = int(sums.argmax()), int(sums.argmin())
    of_classes, validation = case.objective.class_weight, case.validation
    meant = not of_classes and (validation is None or validation.weight is not None)
    counted = sums[np.bincount(true) > 0] != 0  # a class that never happened would have no rows
    meant = meant and bool(counted.sum() != 1)
    uneven = not meant and ratio > max(_RATIO, _WORSE * plain)
    counts, found = np.bincount(true), float((predicted[true == least] == least).mean())
    turned_round = counts[most] >= _FREQUENT * counts[least]
    is_heard = right >= labels.shares[0] and found > (_TURNED_ROUND if turned_round else _SILENCED)
    if not case.plan.finished or len(rows) < _MIN_ROWS or not uneven or is_heard:
        return
    if of_classes:
        cause, whose = "The class weights are unsuitable.", "class weights"
        fix = f"Use class_weight={_balanced(true)}, by which all classes count the same, or leave it out."
    else:
        cause, whose = "The weights of the rows silence a class.", "weights of the rows"
        fix = "Scale the weights so that their sum is the same in each class, or leave them out; where they say how "
        fix += "often a row happens, give the validation rows theirs as well."
    yield Finding(
        "class imbalance",
        "WARN",
        f"With the {whose}, class {_class_name(case, most)} counts "
        f"{f'{ratio:.0f} times as much in all as' if weighted.shares[-1] > 0 else 'alone, without'} class "
        f"{_class_name(case, least)}, which the network finds in {found:.0%} of its rows. {right:.1%} of the training "
        f"rows are right, and {labels.shares[0]:.1%} would be with the most frequent class for every row.",
        threshold=CLASS_WEIGHTS.threshold,
        cause=cause,
        remedy=fix,
        see="docs/doctor.md",
        confidence=0.75,
    )


def _balanced(index: Array) -> str:
    """Return the class weights by which all classes count the same, as ``fit`` takes them."""
    values, counts = np.unique(index, return_counts=True)
    weights = (f"{value}: {len(index) / len(values) / count:.2f}" for value, count in zip(values, counts, strict=True))
    return f"{{{', '.join(weights)}}}"


CLASS_WEIGHTS = Symptom(
    name="class imbalance",
    needs=("rows", "vitals"),
    threshold="With class weights, or weights of rows that validation rows do not have, classes are at most 8 times or "
    "4 times as far apart as without, or the network is right more often than with one answer for all and finds 5% of "
    "the class that counts least; half of it where the other has twice as many rows.",
    silent="Weights of rows without validation rows, or with weights of these too: they may stand for how often these "
    "happen, unless a single class has any.",
    examine=_class_weights,
    explains=("learning rate too high", "labels shuffled", "underfitting", "constant output", "too few epochs",
              "overtraining"),
    stays="NOTE",
)  # fmt: skip
ONE_CLASS = Symptom(
    name="class imbalance",
    needs=("rows",),
    threshold="Where the loss is a cross entropy, rows are of two classes or more.",
    silent="Other losses, and a training step of one's own; a NOTE where not all rows were looked at.",
    examine=_one_class,
    explains=("labels shuffled", "underfitting", "constant output", "overtraining", "too few epochs"),
)
CLASS_IMBALANCE = Symptom(
    name="class imbalance",
    needs=("rows",),
    threshold="The most frequent class is at most 8 times as frequent as the rarest, by sums of weights; of two "
    "classes whose labels are explained to 15% of their variance, 5 times, or the network finds a quarter of the rarer "
    "one.",
    silent="With class weights; a NOTE unless the network finds a rare class in less than 75% of its rows, or that has "
    "fewer than 30 rows, and fewer than 4 among the validation rows; classes of fewer than 4 rows beside three others.",
    examine=_examine,
    explains=("underfitting", "constant output", "label noise"),
    stays="NOTE",
)
