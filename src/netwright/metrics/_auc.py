"""The area under the ROC curve and how well it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._metric import Found, Metric
from netwright.metrics._steps import Steps, steps
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Scored, as_scored

if TYPE_CHECKING:
    from netwright.metrics._heads import BinaryHead

__all__ = ["AUC", "area", "auc_influence", "roc_auc"]


def roc_auc(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the weighted area under the ROC curve: how often signal scores above background.

    AUC = Σ_{i∈S} Σ_{j∈B} w_i w_j ([s_i > s_j] + ½ [s_i = s_j]) / (Σ_{i∈S} w_i · Σ_{j∈B} w_j),

    with S the rows of `labels` 1, B those of `labels` 0, s the `scores` and w the `weights`. It holds for
    negative weights too (scikit-learn refuses those where the curve turns back). Cost: one sort.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the larger, the more like signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The AUC, dimensionless: 1 for perfect order, ½ for none. Negative weights can bring it out of [0, 1].

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, or a class has no row
            or no positive sum of weights.

    Source: definition (J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29, with weights).

    Example:
        >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
        0.875
        >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8], [2.0, -1.0, 1.0, 1.0])
        1.25
    """
    return area(steps(as_scored(labels, scores, weights)))


def area(cuts: Steps) -> float:
    """Return the area of ε_S over ε_B; the trapezoid rule gives tied pairs their half.

    Args:
        cuts: the efficiencies of all cuts.

    Returns:
        The AUC, dimensionless.
    """
    return float(np.trapezoid(cuts.signal, cuts.background))


def auc_influence(rows: Scored, cuts: Steps) -> NDArray[np.float64]:
    """Return by how much each row moves the AUC: DeLong's structural components, weighted.

    I_i = h_i (V_i - AUC) / √c, where V_i is the share of the other class that row i is on the right side of (ties
    count half), and h = w / Σw and c = 1 - 2 Σh³/Σh² + Σh² are of row i's class. c is what the mean of the V_i, which
    follows rows of large weight, takes off their scatter: E Σ h² (V - AUC)² = c σ² Σh² for V that do not depend on w.
    With unit weights c = 1 - 1/n, and Σ I_i² is exactly DeLong's S10/m + S01/n.

    Args:
        rows: n checked rows of both classes.
        cuts: their efficiencies of all cuts.

    Returns:
        The I_i, shape (n,), dimensionless; inf in a class with no more than one effective row.

    Source: E. R. DeLong et al., Biometrics 44 (1988) 837, equations (4) to (6), with weights.
    """
    background_below = 1 - (cuts.background[:-1] + np.diff(cuts.background) / 2)
    signal_above = cuts.signal[:-1] + np.diff(cuts.signal) / 2
    step = cuts.step_of_row - 1
    right_side = np.where(rows.is_signal, background_below[step], signal_above[step])
    influence = rows.weights * (right_side - area(cuts))
    for of_class in (rows.is_signal, ~rows.is_signal):
        weights = rows.weights[of_class]
        if effective_rows(weights) > 1:
            share = weights / weights.sum()
            squares = np.square(share).sum()
            left = 1 - 2 * np.power(share, 3).sum() / squares + squares
            influence[of_class] /= weights.sum() * np.sqrt(left)
        else:
            influence[of_class] = np.inf
    return influence


def auc_of_head(head: BinaryHead) -> Found:
    """Yield the AUC; of classes that are apart with the distance to the limit of the smaller class as uncertainty."""
    yield {}, with_limit_at_bounds(head.curve.auc, head.curve.effective_rows())


AUC = Metric("roc_auc", "AUC", "larger", auc_of_head)
