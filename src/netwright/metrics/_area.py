"""The area under a ROC curve, and by how much each row moves it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netwright.metrics._steps import Steps, efficiencies
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Scored

__all__ = ["area", "area_of", "auc_influence"]


def area(cuts: Steps) -> float:
    """Return the area of ε_S over ε_B; the trapezoid rule gives tied pairs their half.

    Args:
        cuts: the efficiencies of all cuts.

    Returns:
        The AUC, dimensionless.
    """
    return float(np.trapezoid(cuts.signal, cuts.background))


def area_of(rows: Scored) -> float:
    """Return the area of `area` without what uncertainties need: early stopping measures it after every epoch.

    Args:
        rows: n checked rows of both classes.

    Returns:
        The AUC, dimensionless.
    """
    signal, background = efficiencies(rows)
    return float(np.trapezoid(signal, background))


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
            correction = 1 - 2 * np.power(share, 3).sum() / squares + squares
            influence[of_class] /= weights.sum() * np.sqrt(correction)
        else:
            influence[of_class] = np.inf
    return influence
