"""Single columns that tell a class from all others without error, as copies of the truth do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.inspection.findings.columns import LEAK_FAIL
from netwright.inspection.separation import MIN_ROWS
from netwright.metrics import roc_auc

__all__ = ["leaking_columns"]


def leaking_columns(values: npt.NDArray[np.floating], classes: npt.NDArray[np.integer]) -> list[tuple[int, int, float]]:
    """Find columns that alone tell a class from all others with an AUC of at least 0.999, upwards or downwards.

    Args:
        values: the columns, shape (rows, columns), in any unit; NaN where missing, which counts as a value of its own.
        classes: the class of each row, shape (rows,).

    Returns:
        The column, the class and the AUC, the largest first. Classes of fewer than 20 rows, or with fewer other rows,
        are left out: chance separates so few.

    Source: definition.

    Example:
        >>> truth = np.arange(100) % 2
        >>> leaking_columns(np.stack([np.arange(100.0), 3.0 - truth], axis=1), truth)
        [(1, 1, 1.0)]
    """
    labels, counts = np.unique(classes, return_counts=True)
    separable = [
        label for label, count in zip(labels, counts, strict=True) if MIN_ROWS <= count <= len(classes) - MIN_ROWS
    ]
    separable = separable[1:] if len(labels) == 2 else separable
    leaking = []
    for column in range(values.shape[1]):
        column_values = values[:, column].astype(np.float64)
        finite = np.isfinite(column_values)
        column_values[~finite] = column_values[finite].min() - 1 if finite.any() else 0.0
        areas = [(roc_auc(classes == label, column_values), int(label)) for label in separable]
        area, label = max(((max(area, 1 - area), label) for area, label in areas), default=(0.5, -1))
        if area >= LEAK_FAIL:
            leaking.append((column, label, float(area)))
    return sorted(leaking, key=lambda leak: -leak[2])
