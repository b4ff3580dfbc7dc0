"""What can be learnt of rows of whole numbers by how often each number is in a row: numbers of words or categories."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.reference import leave_one_out

__all__ = ["counted_skill"]

_FEWEST_COLUMNS = 3
_FEWEST_VALUES = 12  # fewer are grades, or faces of dice
_MOST = 256  # rows


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
    some = np.unique(np.linspace(0, len(inputs) - 1, min(len(inputs), _MOST)).astype(int))
    x, classes = inputs[some], aim[some]
    if x.shape[1] < _FEWEST_COLUMNS or not np.isfinite(x).all() or (x < 0).any() or (x != np.rint(x)).any():
        return float("nan")
    values, place = np.unique(x, return_inverse=True)
    if len(values) < _FEWEST_VALUES:
        return float("nan")
    counts = np.zeros((len(x), len(values)))
    np.add.at(counts, (np.repeat(np.arange(len(x)), x.shape[1]), place.ravel()), 1)
    found = leave_one_out(counts, classes, "lines")
    return max(float((one.argmax(1) == classes.argmax(1)).mean()) for one in found)
