"""The ROC curve and the background rejection at a signal efficiency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics._accuracy import binomial_variance
from netwright.metrics._auc import area, auc_influence
from netwright.metrics._measured import Measured
from netwright.metrics._steps import steps
from netwright.metrics.inputs import as_scored

__all__ = ["RocCurve", "background_rejection", "roc_curve"]

# Efficiencies nearer than this are equal: 0.3 of 470 rows is 141 rows, however the weights were rounded.
SAME_EFFICIENCY = 1e-12


@dataclass(frozen=True, eq=False)
class RocCurve:
    """A ROC curve: what passes the cut "score ≥ threshold", from the tightest cut to the loosest.

    Args:
        signal_efficiency: ε_S, shape (m,), dimensionless, from 0 to 1.
        background_efficiency: ε_B, shape (m,), dimensionless, from 0 to 1.
        thresholds: the cuts on the score, shape (m,), dimensionless, descending, the first is inf.
        background_uncertainty: standard deviation of ε_B, shape (m,), dimensionless; inf with no more than
            one effective row of background.
        auc: the area under the curve, dimensionless.
    """

    signal_efficiency: NDArray[np.float64]
    background_efficiency: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    background_uncertainty: NDArray[np.float64]
    auc: Measured

    def rejection(self, signal_efficiency: float) -> Measured:
        """Return the background rejection R = 1/ε_B at an ε_S, with σ_R = R² σ(ε_B).

        Between two cuts ε_B runs linearly with ε_S. Where the curve is vertical at this ε_S, its largest ε_B
        counts, as in ``numpy.interp(ε_S, tpr, fpr)``. With negative weights the curve can turn back and pass
        ε_S more than once: the tightest cut that reaches ε_S counts. Where ε_B ≤ 0 (no background left), R
        and its uncertainty are inf.

        Args:
            signal_efficiency: ε_S in (0, 1], dimensionless.

        Returns:
            The rejection, dimensionless. Its uncertainty is that of the background rows at a fixed cut.

        Raises:
            DataError: if `signal_efficiency` is not in (0, 1].

        Source: definition; uncertainty as in ROOT, TH1::Divide, option B.
        """
        place = self._place(signal_efficiency)
        index = np.arange(len(self.thresholds), dtype=np.float64)
        background = float(np.interp(place, index, self.background_efficiency))
        if background <= 0:
            return Measured(float("inf"), float("inf"))
        if np.isinf(self.background_uncertainty[-1]):
            return Measured(1 / background, float("inf"))
        sigma = float(np.interp(place, index, self.background_uncertainty))
        return Measured(1 / background, sigma / background**2)

    def _place(self, target: float) -> float:
        """Return where the curve reaches ε_S = `target`, as a fractional index of a cut."""
        if not 0 < target <= 1:
            msg = (
                f"Argument `signal_efficiency` must be above 0 and at most 1. Received: {target!r}. "
                f"Usual working points are 0.3 and 0.5."
            )
            raise DataError(msg)
        distance = self.signal_efficiency - target
        first = int(np.argmax(distance >= -SAME_EFFICIENCY))
        if distance[first] > SAME_EFFICIENCY:
            return first - float(distance[first] / (distance[first] - distance[first - 1]))
        leaves = np.abs(distance[first:]) > SAME_EFFICIENCY
        return float(first + int(np.argmax(leaves)) - 1 if leaves.any() else len(distance) - 1)


def roc_curve(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> RocCurve:
    """Return the weighted ROC curve: one point for each distinct score, and (0, 0).

    ε = Σ_{s≥t} w / Σ w of each class; the uncertainty of ε_B is that of a weighted binomial,
    σ² = ((1 - 2ε) Σ_{s≥t} w² + ε² Σ w²) / (Σ w)², which is ε(1 - ε)/n with unit weights. Negative weights are
    taken as they are: the efficiencies then need not rise from cut to cut nor stay in [0, 1].

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the larger, the more like signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The curve with its area; no point is left out.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, or a class has no row
            or no positive sum of weights.

    Source: definition; uncertainty as in ROOT, TH1::Divide, option B.

    Example:
        >>> curve = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
        >>> curve.thresholds.tolist(), curve.signal_efficiency.tolist(), curve.background_efficiency.tolist()
        ([inf, 0.8, 0.4, 0.1], [0.0, 0.5, 1.0, 1.0], [0.0, 0.0, 0.5, 1.0])
    """
    rows = as_scored(labels, scores, weights)
    cuts = steps(rows)
    squares = cuts.background_squares
    sigma = np.sqrt(binomial_variance(cuts.background, squares, squares[-1]))
    return RocCurve(
        signal_efficiency=cuts.signal,
        background_efficiency=cuts.background,
        thresholds=cuts.thresholds,
        # Σw²/(Σw)² is 1/N_eff: one effective row says nothing of the spread.
        background_uncertainty=sigma if squares[-1] < 1 else np.full_like(sigma, np.inf),
        auc=Measured(area(cuts), float(np.sqrt(np.square(auc_influence(rows, cuts)).sum()))),
    )


def background_rejection(
    labels: ArrayLike,
    scores: ArrayLike,
    signal_efficiency: float = 0.3,
    weights: ArrayLike | None = None,
) -> float:
    """Return the background rejection 1/ε_B where the cut on the score keeps the share ε_S of the signal.

    ε_B is read off the weighted ROC curve by linear interpolation between cuts, as
    ``numpy.interp(ε_S, tpr, fpr)`` does and as taggers are usually quoted; tied rows share what they hold.
    Where the curve is vertical at ε_S its largest ε_B counts. With negative weights the curve can pass ε_S
    more than once: the tightest cut that reaches ε_S counts.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the larger, the more like signal, shape (n,), dimensionless.
        signal_efficiency: ε_S in (0, 1], dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        1/ε_B, dimensionless; inf where ε_B ≤ 0, that is where no background is left.

    Raises:
        DataError: if `signal_efficiency` is not in (0, 1], lengths disagree, a value is not finite, a label
            is not 0 or 1, or a class has no row or no positive sum of weights.

    Source: definition (G. Kasieczka et al., SciPost Phys. 7 (2019) 014, section 5).

    Example:
        >>> background_rejection([0, 0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.6, 0.8], signal_efficiency=0.75)
        4.0
        >>> background_rejection([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.8])
        inf
    """
    return roc_curve(labels, scores, weights).rejection(signal_efficiency).value
