"""How well a single feature separates a class from the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.inspection.sums import MISSING
from netwright.metrics import weight_sum

__all__ = ["binned_auc", "separation"]

Floats = npt.NDArray[np.float64]

MAX_GROUPS = 50
ROWS_IN_A_GROUP = 200  # the ratio of two classes is then known to about 15%: ordering by it flatters the AUC by 0.04
MIN_ROWS = 20  # of a class; with fewer an AUC says nothing


def binned_auc(signal: Floats, background: Floats) -> float | None:
    """Return the area under the ROC curve of binned values; two values in one bin count half.

    AUC = Σ_k s_k (Σ_{j<k} b_j + b_k / 2) / (Σ s · Σ b).

    Args:
        signal: Σw of the signal in each bin s_k, shape (b,), dimensionless.
        background: Σw of the background in each bin b_k, shape (b,), dimensionless.

    Returns:
        The AUC, dimensionless; None where a class has no positive sum of weights.

    Source: definition (J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29), with weights, in bins.

    Example:
        >>> binned_auc(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0]))
        0.875
    """
    of_signal, of_background = weight_sum(signal), weight_sum(background)
    if not (of_signal > 0 and of_background > 0):
        return None
    return float(signal @ (np.cumsum(background) - background / 2)) / (of_signal * of_background)


def separation(counts: Floats, rows: Floats) -> tuple[float, int] | None:
    """Return the best AUC with which one feature tells a class from all others.

    It is the larger of the AUC of the feature itself, upwards or downwards, and of the ratio of the two classes in
    at most 50 bins of at least 200 rows, which also sees a class that lies between or around the others. A missing
    value counts as a value of its own.

    Args:
        counts: Σw of each class in each slot of a feature, shape (classes, slots), dimensionless.
        rows: how many rows each class has, shape (classes,), dimensionless.

    Returns:
        The AUC, dimensionless, and the class that it is of; None where no class can be told from others, as with
        one class, fewer than 20 rows, or weights that do not add up to something positive.

    Source: definition; ordering by the ratio is optimal by J. Neyman, E. S. Pearson, Phil. Trans. A 231 (1933) 289.

    Example:
        >>> counts = np.zeros((2, MISSING + 1))
        >>> counts[0, 1], counts[1, 2] = 100, 100
        >>> separation(counts, np.array([100.0, 100.0]))
        (1.0, 1)
    """
    best: tuple[float, int] | None = None
    # what is missing goes first: below every value
    ordered = np.concatenate([counts[:, MISSING:], counts[:, :MISSING]], axis=1)
    for k in range(1 if len(counts) == 2 else 0, len(counts)):
        if min(rows[k], rows.sum() - rows[k]) < MIN_ROWS:
            continue
        signal, background = ordered[k], ordered.sum(axis=0) - ordered[k]
        plain, ratio = binned_auc(signal, background), _ratio_auc(signal, background, float(rows.sum()))
        if plain is not None and ratio is not None:
            value = max(plain, 1 - plain, ratio)
            best = max(best or (0.0, -1), (value, k))
    return best


def _ratio_auc(signal: Floats, background: Floats, rows: float) -> float | None:
    """Return the AUC of the ratio of signal to background in bins of enough rows, what is missing by itself."""
    both = np.abs(signal) + np.abs(background)
    if not both.sum() > 0:
        return None
    share = max(1 / MAX_GROUPS, ROWS_IN_A_GROUP / rows)
    group = ((np.cumsum(both) - both) / both.sum() / share).astype(np.int64) + 1
    group[0] = 0  # missing
    s, b = (np.maximum(np.bincount(group, of_class), 0.0) for of_class in (signal, background))
    order = np.argsort(s / np.maximum(s + b, 1e-300), kind="stable")
    return binned_auc(s[order], b[order])
