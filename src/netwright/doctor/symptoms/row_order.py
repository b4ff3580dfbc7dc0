"""Rows in the order of their targets, and validation rows that are unlike those of the training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Array, Case
from netwright.doctor.quantities.labels import Labels, describe_labels
from netwright.doctor.quantities.rightness import class_index
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["ROWS_IN_ORDER", "VALIDATION_DIFFERS"]

_MIN_ROWS = 20  # rows
_APART = 0.4  # between shares of classes, or in deviations for numbers
_SHIFT = 2.0  # of a column's median, in interquartile ranges
_SCALE = 5.0  # between the interquartile ranges of a column
_COLUMNS = 0.3  # of all
_SORTED = 0.98  # of neighbours that do not go down


def _is_sorted(target: Array, labels: Labels) -> bool:
    """Whether targets never go down (or never up) along the rows, and so classes come in blocks."""
    value = class_index(target, labels) if labels.is_class and labels.encoding != "classes" else target[:, 0]
    steps = np.diff(value)
    if not steps.any():
        return False
    return bool(max((steps >= 0).mean(), (steps <= 0).mean()) >= (1.0 if labels.is_class else _SORTED))


def _targets_apart(case: Case, labels: Labels) -> float:
    """Return how far targets of training and validation are apart: share of rows, or deviations."""
    rows, validation = case.rows, case.validation
    if (
        rows is None
        or validation is None
        or rows.target is None
        or validation.target is None
        or len(validation) < _MIN_ROWS
    ):
        return 0.0
    if validation.target.shape[1] != rows.target.shape[1] or not np.isfinite(validation.target).all():
        return 0.0
    if labels.is_class:
        train_classes, valid_classes = class_index(rows.target, labels), class_index(validation.target, labels)
        size = int(max(train_classes.max(), valid_classes.max(), 0)) + 1
        shares = [
            np.bincount(np.clip(index, 0, None), minlength=size) / len(index)
            for index in (train_classes, valid_classes)
        ]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)
    return float(abs(rows.target.mean() - validation.target.mean()) / max(rows.target.std(), 1e-12) / 3)


def _unlikeness(apart: float, labels: Labels | None) -> str:
    """Return in words how far the targets of training and validation are apart."""
    if labels is None or labels.is_class:
        return f"the shares of the classes differ by {apart:.0%} of the rows"
    return f"the means of the targets are {3 * apart:.1f} deviations apart"


def _order(case: Case) -> Iterator[Finding]:
    rows = case.rows
    labels = describe_labels(rows.target) if rows is not None and rows.target is not None else None
    if rows is None or rows.target is None or labels is None or len(rows) < _MIN_ROWS:
        return
    apart = _targets_apart(case, labels)
    ordered = _is_sorted(rows.target, labels)
    well = falls_short(case) is False and not labels.is_class
    if ordered and not case.plan.shuffle and (rows.total or len(rows)) > case.plan.batch_size > 0 and not well:
        text = "Rows are in the order of their targets and fit does not shuffle them: each batch has one kind of them."
    elif apart > _APART and ordered:
        unlike = _unlikeness(apart, labels)
        text = f"Rows are in the order of their targets, and those at the end are for validation: {unlike}."
    else:
        return
    yield Finding(
        "rows in order",
        "WARN",
        text,
        threshold=ROWS_IN_ORDER.threshold,
        cause="The rows are sorted by their targets.",
        remedy="Shuffle the rows once before the training (inputs and targets alike), and leave shuffle=True; of a "
        "tf.data.Dataset, call shuffle(number of rows) before batch.",
        see="docs/doctor.md",
        confidence=0.88,
    )


def _quartiles(inputs: Array) -> Array:
    """Return the quartiles of columns, shape ``(3, columns)``; NaN is left out.

    Example:
        >>> _quartiles(np.array([[8.0], [1.0], [4.0], [2.0]])).ravel().tolist()
        [1.75, 3.0, 5.0]
        >>> _quartiles(np.array([[8.0], [1.0], [np.nan], [4.0], [2.0]])).ravel().tolist()
        [1.75, 3.0, 5.0]
    """
    if not np.isfinite(inputs).all():
        return np.asarray(np.nanquantile(inputs, [0.25, 0.5, 0.75], axis=0))
    ordered = np.sort(np.ascontiguousarray(inputs.T)).T  # faster than np.quantile, which partitions, and than by rows
    position = (len(inputs) - 1) * np.array([0.25, 0.5, 0.75])
    below = position.astype(int)
    fraction = (position - below)[:, None]
    return np.asarray((1 - fraction) * ordered[below] + fraction * ordered[below + 1])


def _unlike(case: Case) -> float:
    """Return the share of columns that lie elsewhere, or are on another scale, in the validation rows."""
    if case.comparable_rows is None:
        return 0.0
    rows, validation = case.comparable_rows
    train, valid = (_quartiles(part.inputs) for part in (rows, validation))
    wide, other = train[2] - train[0], valid[2] - valid[0]
    varying = (wide > 0) & (other > 0)
    if not varying.any():
        return 0.0
    ratio = other[varying] / wide[varying]
    shift = np.abs(train[1] - valid[1])[varying] / wide[varying]
    return float(((shift > _SHIFT) | (ratio > _SCALE) | (ratio < 1 / _SCALE)).mean())


def _differs(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.tokens:
        return
    labels = describe_labels(rows.target) if rows.target is not None else None
    unlike = _unlike(case)
    apart = _targets_apart(case, labels) if labels is not None else 0.0
    if unlike < _COLUMNS and apart <= _APART:
        return
    text = (
        f"{unlike:.0%} of the input columns lie elsewhere or are on another scale in the validation rows."
        if unlike >= _COLUMNS
        else f"Targets of training and validation rows are unlike: {_unlikeness(apart, labels)}."
    )
    yield Finding(
        "validation differs from training",
        "WARN",
        text,
        threshold=VALIDATION_DIFFERS.threshold,
        cause="The validation rows are unlike the training rows.",
        remedy="Prepare both in the same way (one scaler, fitted on the training rows), and divide shuffled rows.",
        see="docs/doctor.md",
        confidence=0.85,
    )


ROWS_IN_ORDER = Symptom(
    name="rows in order",
    needs=("rows",),
    threshold="Rows are not in the order of their targets where fit does not shuffle or takes the last ones for "
    "validation.",
    silent="Rows that fit shuffles and that are divided otherwise; fewer than 20 rows; numbers that a network learns "
    "well all the same.",
    examine=_order,
    explains=("validation differs from training", "overtraining", "learning rate too high", "underfitting",
              "too few epochs", "class imbalance", "label noise", "labels shuffled", "constant output", "dead units"),
)  # fmt: skip
VALIDATION_DIFFERS = Symptom(
    name="validation differs from training",
    needs=("rows", "validation"),
    threshold="Fewer than 30% of the columns are shifted by two interquartile ranges or scaled by 5 between training "
    "and validation; shares of classes differ by less than 40% of the rows.",
    silent="Fewer than 20 validation rows.",
    examine=_differs,
    explains=("overtraining", "label noise", "labels shuffled"),
)
