"""What kind of targets there are: how classes are encoded, or that they are numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from netwright.doctor.case import Array, Objective

__all__ = ["NUMBER_LOSSES", "Labels", "describe_labels", "means_numbers"]

NUMBER_LOSSES = {
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error"),
    *("huber", "log_cosh"),
}
"""Losses for numbers, which classes are sometimes trained with as well."""

Encoding = Literal["binary", "signs", "one-hot", "multi-hot", "classes", "fractions", "numbers"]
_MAX_CLASSES = 20  # whole numbers with more values than this are taken for numbers, unless the network has the units


@dataclass(frozen=True)
class Labels:
    """How targets are encoded.

    Attributes:
        encoding: ``binary`` (0 and 1), ``signs`` (-1 and 1), ``one-hot`` (rows with a single 1), ``multi-hot`` (several
            columns of 0 and 1), ``classes`` (whole numbers), ``fractions`` (columns that add up to 1) or ``numbers``.
        columns: of the targets.
        classes: number of classes; 0 for numbers.
        low: smallest value.
        high: largest value.
        shares: of the rows, for each class, most frequent first; by sums of weights; empty for numbers.
    """

    encoding: Encoding
    columns: int
    classes: int
    low: float
    high: float
    shares: tuple[float, ...] = ()

    @property
    def is_class(self) -> bool:
        """Whether a row belongs to one class."""
        return self.encoding in {"binary", "signs", "one-hot", "classes"}


def means_numbers(objective: Objective, units: int | None) -> bool:
    """Return whether whole numbers are amounts to a training, such as counts or marks, and no numbers of classes.

    Args:
        objective: how the model was compiled.
        units: of the model's output; None if unknown.

    Returns:
        True for a loss of counts, and for a loss of numbers on one unit where no accuracy is measured.

    Example:
        >>> means_numbers(Objective(loss="mean_squared_error", metrics=("mae",)), 1)
        True
        >>> means_numbers(Objective(loss="mean_squared_error", metrics=("accuracy",)), 1)
        False
    """
    of_one = objective.loss in NUMBER_LOSSES and units == 1
    return objective.loss == "poisson" or (of_one and not objective.accuracy)


def describe_labels(
    target: Array, units: int | None = None, weight: Array | None = None, *, numbers: bool = False
) -> Labels | None:
    """Find out how targets are encoded.

    Args:
        target: shape ``(rows, columns)``.
        units: of the model's output, which tells whole numbers that are classes from others; None if unknown.
        weight: of a row, shape ``(rows,)``, dimensionless; None where all count the same.
        numbers: whether whole numbers of more than two values are amounts (see `means_numbers`).

    Returns:
        The encoding; None without rows or with values that are not finite.

    Example:
        >>> describe_labels(np.array([[0.0], [1.0], [1.0]])).encoding
        'binary'
        >>> describe_labels(np.array([[0.0], [2.0], [1.0]]), units=3).classes
        3
    """
    if target.size == 0 or not np.isfinite(target).all():
        return None
    columns, low, high = target.shape[1], float(target.min()), float(target.max())
    encoding = _encoding(target, units)
    if encoding == "classes" and numbers:
        encoding = "numbers"
    labels = Labels(encoding, columns, 0, low, high)
    if not labels.is_class:
        return labels
    index = target.argmax(1) if columns > 1 else np.unique(target, return_inverse=True)[1].reshape(-1)
    sums = np.bincount(index, weights=weight)
    shares = np.sort(sums / sums.sum())[::-1] if sums.sum() > 0 else np.zeros(0)
    classes = columns if columns > 1 else len(sums)
    return Labels(encoding, columns, classes, low, high, tuple(float(share) for share in shares))


def _encoding(target: Array, units: int | None) -> Encoding:
    values = np.unique(target)
    zero_one = set(values.tolist()) <= {0.0, 1.0}
    if target.shape[1] > 1:
        if zero_one:
            return "one-hot" if (target.sum(1) == 1).all() else "multi-hot"
        return "fractions" if (target >= 0).all() and np.allclose(target.sum(1), 1, atol=1e-3) else "numbers"
    if zero_one:
        return "binary"
    if set(values.tolist()) == {-1.0, 1.0}:
        return "signs"
    whole = bool((values == np.round(values)).all())
    most = max(_MAX_CLASSES, units or 0) if (units or 0) > 1 else _MAX_CLASSES
    few = len(values) <= most and (len(target) >= 2 * len(values) or (units or 0) >= len(values) > 1)
    return "classes" if whole and few and values[0] >= 0 else "numbers"
