"""The difference of the areas under two ROC curves of the same rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netwright.metrics._area import area, auc_influence
from netwright.metrics._measured import Measured
from netwright.metrics._steps import steps
from netwright.metrics.inputs import as_scored

__all__ = ["auc_difference"]


def auc_difference(labels: ArrayLike, one: ArrayLike, other: ArrayLike, weights: ArrayLike | None = None) -> Measured:
    """Return by how much the AUC of one set of scores is larger than that of another set, for the same rows.

    σ² = Σ_i (I_i - J_i)², with the influence of row i on each of the areas (DeLong's structural components): what both
    sets of scores gain or lose by the choice of rows cancels.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        one: the larger, the more like signal, shape (n,), dimensionless.
        other: the same of other scores; their scale need not be the same.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        AUC(one) - AUC(other), dimensionless.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, or a class has no row
            or no positive sum of weights.

    Source: E. R. DeLong et al., Biometrics 44 (1988) 837, equations (4) to (7), with weights.

    Example:
        >>> print(auc_difference([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6], [1, 4, 6, 2, 3, 5]))
        0.44 ± 0.25
    """
    areas, influences = [], []
    for scores in (one, other):
        rows = as_scored(labels, scores, weights)
        cuts = steps(rows)
        areas.append(area(cuts))
        influences.append(auc_influence(rows, cuts))
    influence_difference = influences[0] - influences[1] if np.isfinite(influences).all() else np.array([np.inf])
    return Measured(areas[0] - areas[1], float(np.sqrt(np.square(influence_difference).sum())))
