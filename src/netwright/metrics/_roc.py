"""The ROC curve and the background rejection at a signal efficiency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics._area import area, auc_influence
from netwright.metrics._binomial import binomial_variance
from netwright.metrics._limits import QUANTILE, share_limit
from netwright.metrics._measured import Measured
from netwright.metrics._steps import Steps, steps
from netwright.metrics._sums import CANCELLED
from netwright.metrics.inputs import Scored, as_scored

__all__ = ["RocCurve", "background_rejection", "check_efficiency", "curve_of", "roc_curve"]

# Efficiencies nearer than this are equal: 0.3 of 470 rows is 141 rows, however the weights were rounded.
SAME_EFFICIENCY = 1e-12
WINDOW = 1.5  # the slope is taken over as many σ_S to each side: wide enough for few rows, narrow enough for a curve


@dataclass(frozen=True, eq=False)
class RocCurve:
    """A ROC curve: what passes the cut "score ≥ threshold", from the tightest cut to the loosest.

    Attributes:
        signal_efficiency: ε_S, shape (m,), dimensionless, from 0 to 1.
        background_efficiency: ε_B, shape (m,), dimensionless, from 0 to 1.
        thresholds: the cuts on the score, shape (m,), dimensionless, descending, the first is inf.
        background_uncertainty: standard deviation of ε_B at a fixed cut, shape (m,), dimensionless; inf with no more
            than one effective row of background. At a fixed ε_S, which the signal's rows decide, use
            `uncertainty_at`.
        auc: the area under the curve, dimensionless.
        steps: the sums of weights and of their squares that the curve was made from.
    """

    signal_efficiency: NDArray[np.float64]
    background_efficiency: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    background_uncertainty: NDArray[np.float64]
    auc: Measured
    steps: Steps

    def rejection(self, signal_efficiency: float) -> Measured:
        """Return the background rejection R = 1/ε_B at an ε_S, with σ_R = R² σ(ε_B).

        Between two cuts ε_B runs linearly with ε_S. Where the curve is vertical at this ε_S, its largest ε_B
        counts, as in ``numpy.interp(ε_S, tpr, fpr)``. With negative weights the curve can turn back and pass
        ε_S more than once: the tightest cut that reaches ε_S counts. Where ε_B ≤ 0 (no background left), R
        and its uncertainty are inf and R has a lower limit.

        Args:
            signal_efficiency: ε_S in (0, 1], dimensionless.

        Returns:
            The rejection, dimensionless. Its uncertainty is that of `uncertainty_at`: the background rows that pass,
            and the signal rows, which decide where the cut lies. A lower limit holds with 68.27% confidence:
            R > 1 / (ε_0 + 0.475 σ_S), where σ_S is what the signal rows add and ε_0 is the larger of
            1 - 0.3173^(1/N_eff) and ε_B + 0.475 σ_B.

        Raises:
            DataError: if `signal_efficiency` is not in (0, 1].

        Source: definition; first-order propagation, `binomial_variance` and `share_limit`.
        """
        cut = np.array([self._place(signal_efficiency)])
        background = float(self._at(cut, self.background_efficiency)[0])
        if abs(background) <= CANCELLED * float(self._at(cut, np.abs(self.background_efficiency))[0]):
            background = 0.0  # between a cut below 0 and one above: what is left is rounding
        of_background, of_signal = (float(sigma[0]) for sigma in self._deviations(cut))
        sigma = float(np.hypot(of_background, of_signal))
        if background > 0:
            return Measured(1 / background, sigma / background**2)
        infinite = float("inf")
        if not np.isfinite(sigma):
            return Measured(infinite, infinite, lower_limit=1.0)
        empty = share_limit(1 / self.steps.background_squares[-1])
        highest = max(empty, background + QUANTILE * of_background) + QUANTILE * of_signal
        return Measured(infinite, infinite, lower_limit=max(1.0, 1 / highest))

    def effective_rows(self) -> float:
        """Return the effective number of rows, (Σw)²/Σw², of the class that has less of them, dimensionless."""
        return float(1 / max(self.steps.signal_squares[-1], self.steps.background_squares[-1]))

    def uncertainty_at(self, cuts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the standard deviation of ε_B at the fixed ε_S of some cuts: the height of a band about the curve.

        σ² = σ_B² + (dε_B/dε_S)² σ_S². σ_B and σ_S are those of weighted binomials at the cut. The slope is that of
        the chord of the curve from ε_S - 1.5 σ_S to ε_S + 1.5 σ_S: as wide as the cut moves by chance, so that neither
        ties nor single rows of background spoil it.

        Args:
            cuts: indices of cuts, shape (k,).

        Returns:
            The σ, shape (k,), dimensionless; inf where a class has no more than one effective row.
        """
        of_background, of_signal = self._deviations(np.asarray(cuts, dtype=np.float64))
        sigma: NDArray[np.float64] = np.hypot(of_background, of_signal)
        return sigma

    def _deviations(self, cuts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what the rows of background and of signal add to the σ of ε_B at fixed ε_S, each of shape (k,)."""
        steps, infinite = self.steps, np.full(len(cuts), np.inf)
        of_background = infinite
        # Σw²/(Σw)² is 1/N_eff: one effective row says nothing of the spread.
        if steps.background_squares[-1] < 1:
            of_background = _deviation(cuts, steps.background, steps.background_squares)
        if steps.signal_squares[-1] >= 1:
            return of_background, infinite
        sigma = _deviation(cuts, steps.signal, steps.signal_squares)
        at = self._at(cuts, self.signal_efficiency)
        low, high = np.clip(at - WINDOW * sigma, 0, 1), np.clip(at + WINDOW * sigma, 0, 1)
        rising = np.maximum.accumulate(self.signal_efficiency)  # negative weights turn the curve back
        fall = np.interp(high, rising, self.background_efficiency) - np.interp(low, rising, self.background_efficiency)
        width = high - low
        slope = np.where(width > 0, fall, 0) / np.where(width > 0, width, 1)
        return of_background, np.abs(slope) * sigma

    @staticmethod
    def _at(cuts: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(cuts, np.arange(len(values), dtype=np.float64), values)

    def _place(self, target: float) -> float:
        """Return where the curve reaches ε_S = `target`, as a fractional index of a cut."""
        check_efficiency(target)
        distance = self.signal_efficiency - target
        first = int(np.argmax(distance >= -SAME_EFFICIENCY))
        if distance[first] > SAME_EFFICIENCY:
            return first - float(distance[first] / (distance[first] - distance[first - 1]))
        leaves = np.abs(distance[first:]) > SAME_EFFICIENCY
        return float(first + int(np.argmax(leaves)) - 1 if leaves.any() else len(distance) - 1)


def check_efficiency(efficiency: float) -> float:
    """Refuse a signal efficiency that no cut has.

    Args:
        efficiency: ε_S, dimensionless.

    Returns:
        The same.

    Raises:
        DataError: if it is not in (0, 1].
    """
    if not 0 < efficiency <= 1:
        msg = (
            f"Argument `signal_efficiency` must be above 0 and at most 1. Received: {efficiency!r}. "
            f"Usual working points are 0.3 and 0.5."
        )
        raise DataError(msg)
    return efficiency


def roc_curve(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> RocCurve:
    """Return the weighted ROC curve: one point for each distinct score, and (0, 0).

    ε = Σ_{s≥t} w / Σ w of each class; the uncertainty of ε_B is that of a weighted binomial,
    σ² = ((1 - 2ε) Σ_{s≥t} w² + ε² Σ w²) / (Σ w)², which is ε(1 - ε)/n with unit weights. Negative weights are
    taken as they are: the efficiencies then need not rise from cut to cut nor stay in [0, 1]. At a fixed ε_S the
    signal's rows count too: see `RocCurve.uncertainty_at`.

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
    return curve_of(as_scored(labels, scores, weights))


def curve_of(rows: Scored) -> RocCurve:
    """Return `roc_curve` of checked rows.

    Args:
        rows: n rows of a binary head, or of two classes of several.

    Returns:
        The curve with its area.
    """
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
        steps=cuts,
    )


def _deviation(
    cuts: NDArray[np.float64], shares: NDArray[np.float64], squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the σ of a class's efficiency at fractional cuts, where rows of the next step count by a fraction f.

    σ² = Σ w² (φ - ε)² with φ = 1, f or 0 for rows that pass, that are tied in the next step, and the others.
    """
    cut = np.minimum(np.floor(cuts).astype(np.intp), len(shares) - 2)
    f = cuts - cut
    tied = squares[cut + 1] - squares[cut]
    share = shares[cut] + f * (shares[cut + 1] - shares[cut])
    variance = binomial_variance(share, squares[cut] + f * tied, squares[-1]) - f * (1 - f) * tied
    sigma: NDArray[np.float64] = np.sqrt(np.maximum(variance, 0))
    return sigma


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
