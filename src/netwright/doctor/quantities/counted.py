"""What can be learnt of rows of whole numbers by how often each number is in a row: numbers of words or categories."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.kernel_ridge import leave_one_out

__all__ = ["counted_skill", "counts_of"]

_MIN_COLUMNS = 3
_MIN_VALUES = 12  # fewer are grades, or faces of dice
_MAX_VALUES = 300  # the most frequent ones: rare words tell little of 2,000 rows


def counts_of(inputs: Array) -> Array | None:
    """Count how often each number is in a row.

    Args:
        inputs: shape ``(rows, columns)``.

    Returns:
        Shape ``(rows, numbers)``, of the 300 most frequent numbers in order of size; None with fewer than 3 columns or
        12 different numbers, or where some are no whole numbers from 0 on.

    Example:
        >>> counts_of(np.arange(24).reshape(2, 12) % 12)[0].tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
        >>> counts_of(np.ones((2, 3))) is None
        True
    """
    is_whole = np.isfinite(inputs).all() and (inputs >= 0).all() and (inputs == np.rint(inputs)).all()
    if inputs.shape[1] < _MIN_COLUMNS or not is_whole:
        return None
    values, index, occurrences = np.unique(inputs, return_inverse=True, return_counts=True)
    if len(values) < _MIN_VALUES:
        return None
    frequent = np.sort(np.argsort(-occurrences, kind="stable")[:_MAX_VALUES])
    column = np.full(len(values), len(frequent))
    column[frequent] = np.arange(len(frequent))
    counts = np.zeros((len(inputs), len(frequent) + 1))
    np.add.at(counts, (np.repeat(np.arange(len(inputs)), inputs.shape[1]), column[index.ravel()]), 1)
    return counts[:, :-1]


def counted_skill(inputs: Array, aim: Array) -> float:
    """Return how many rows a linear method gets right by how often each number is in a row.

    Args:
        inputs: shape ``(rows, columns)``.
        aim: indicators of the classes, shape ``(rows, classes)``.

    Returns:
        The share of rows that are right, each predicted by the others; NaN with fewer than 3 columns or 12 different
        numbers, or where some are no whole numbers from 0 on.

    Example:
        >>> words = np.random.default_rng(0).integers(0, 30, (100, 6))
        >>> has_seven = (words == 7).any(1)
        >>> counted_skill(words, np.stack([~has_seven, has_seven], axis=1).astype(float)) > 0.95
        True
    """
    counts = counts_of(inputs)
    if counts is None:
        return float("nan")
    predictions = leave_one_out(counts, aim, "linear")
    return max(float((predicted.argmax(1) == aim.argmax(1)).mean()) for predicted in predictions)
