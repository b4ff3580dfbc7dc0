"""What can be learnt of rows of whole numbers by how often each number is in a row: numbers of words or categories."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.reference import leave_one_out

__all__ = ["counted_skill"]

_FEWEST_COLUMNS = 3
_FEWEST_VALUES = 12  # fewer are grades, or faces of dice


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
    columns = inputs.shape[1]
    whole = np.isfinite(inputs).all() and (inputs >= 0).all() and (inputs == np.rint(inputs)).all()
    if columns < _FEWEST_COLUMNS or not whole:
        return float("nan")
    values, place = np.unique(inputs, return_inverse=True)
    if len(values) < _FEWEST_VALUES:
        return float("nan")
    counts = np.zeros((len(inputs), len(values)))
    np.add.at(counts, (np.repeat(np.arange(len(inputs)), columns), place.ravel()), 1)
    found = leave_one_out(counts, aim, "lines")
    return max(float((one.argmax(1) == aim.argmax(1)).mean()) for one in found)
