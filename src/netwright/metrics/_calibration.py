"""Whether probabilities are what they say: of rows that are signal with p = 0.8, four of five are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import erf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.metrics._heads import BinaryHead, MulticlassHead
from netwright.metrics._limits import share_limit
from netwright.metrics._measured import Measured
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics._sums import binned_sums, effective_rows
from netwright.metrics.inputs import Scored, as_probable

__all__ = ["CALIBRATION_ERROR", "CALIBRATION_ERROR_OF_EACH", "Reliability", "reliability"]

BINS = 10
FOLDED = np.sqrt(2 / np.pi)  # mean of |x| of a normal x of mean 0 and σ = 1


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predicted and observed shares of signal in ten bins of equal width of the predicted probability.

    Attributes:
        predicted: weighted mean probability of each bin, shape (10,), dimensionless; NaN without positive weight.
        observed: weighted share of signal in each bin, shape (10,), dimensionless; NaN without positive weight.
        uncertainty: standard deviation of `observed` (weighted binomial; at a share of 0 or 1 the distance to its
            68.27% limit), shape (10,), dimensionless.
        error: the expected calibration error, Σ_bins |Σ_i w_i (y_i - p_i)| / Σ w, dimensionless. Chance alone makes
            it larger than 0; see `by_chance`. Its uncertainty is that of the absolute values of normal sums with
            variances Σ w² (y - p)², of rows whose class is drawn: with fixed numbers of rows of each class, a network
            that is far from calibrated scatters less. Where all rows of each bin are of one class, it is no less than
            the 68.27% limit on the share of others; of no more than one effective row inf.
        by_chance: the mean of `error` of a perfectly calibrated network on such rows, dimensionless.
    """

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    error: Measured
    by_chance: float


def reliability(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> Reliability:
    """Compare probabilities with what is observed.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the probability of signal, in [0, 1], shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        Shares of each bin and the expected calibration error.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, a score is not in [0, 1], or the
            weights do not sum to something positive.

    Source: C. Guo et al., Proc. Mach. Learn. Res. 70 (2017) 1321, equation (3), with weights.

    Example:
        >>> reliability([0, 1, 1, 1], [0.15, 0.15, 0.85, 0.85]).error.value
        0.25
    """
    return reliability_of(as_probable(labels, scores, weights))


def reliability_of(rows: Scored) -> Reliability:
    """Return `reliability` of checked rows.

    Args:
        rows: n rows of a binary head, or of one class of several against the rest.

    Returns:
        Shares of each bin and the expected calibration error.
    """
    bin_of_rows = np.clip((rows.scores * BINS).astype(np.intp), 0, BINS - 1)
    signal, weights = rows.is_signal.astype(np.float64), rows.weights / rows.weights.sum()

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        sums: NDArray[np.float64] = np.bincount(bin_of_rows, values, BINS).astype(np.float64)
        return sums

    of_bin = binned_sums(bin_of_rows, weights, BINS)
    filled = of_bin > 0
    divisor = np.where(filled, of_bin, np.nan)
    observed = summed(weights * signal) / divisor
    uncertainty = np.sqrt(summed(np.square(weights * (signal - observed[bin_of_rows])))) / divisor
    for bin_index in np.flatnonzero(filled & ((observed == 0) | (observed == 1))):
        uncertainty[bin_index] = share_limit(effective_rows(weights[bin_of_rows == bin_index]))
    squares = np.square(weights)
    chance = np.sqrt(summed(squares * rows.scores * (1 - rows.scores)))
    moves = weights * (signal - rows.scores)
    sums = summed(moves)
    error = float(np.abs(sums).sum())
    folded, slopes = _folded(sums, summed(np.square(moves)))
    # Var(Σ|S| - e Σw) with Cov(|S|, Σw) = E[sign S] Cov(S, Σw) of normal sums
    variance = folded.sum() - 2 * error * float(slopes @ summed(weights * moves)) + error**2 * float(squares.sum())
    sigma = float(np.sqrt(max(variance, 0.0)))
    if ((observed[filled] == 0) | (observed[filled] == 1)).all():  # no row tells how often the others are wrong
        sigma = max(sigma, share_limit(effective_rows(weights)))
    if effective_rows(weights) <= 1:
        sigma = float("inf")
    return Reliability(
        predicted=summed(weights * rows.scores) / divisor,
        observed=observed,
        uncertainty=uncertainty,
        error=Measured(error, sigma),
        by_chance=float(FOLDED * chance.sum()),
    )


def _folded(
    sums: NDArray[np.float64], variances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the variance of |x| and the mean sign of normal x, shape (b,) each.

    μ² is estimated without what chance adds to x².
    """
    sigma = np.sqrt(np.maximum(variances, 0))
    mean = np.sqrt(np.maximum(sums**2 - sigma**2, 0))
    z = mean / np.where(sigma > 0, sigma, 1)
    signs = np.array([erf(value / sqrt(2)) for value in z])
    folded = sigma * FOLDED * np.exp(-(z**2) / 2) + mean * signs
    variance: NDArray[np.float64] = np.maximum(mean**2 + sigma**2 - folded**2, 0)
    return variance, np.sign(sums) * signs


def _are_probabilities(scores: NDArray[np.float64]) -> bool:
    """Return whether scores are in [0, 1]; a softmax in float32 may exceed 1 by its rounding."""
    return bool(scores.min() >= 0 and scores.max() <= 1 + 1e-5)


def calibration_error(head: BinaryHead) -> MeasuredNumbers:
    """Yield the expected calibration error of scores that are probabilities."""
    rows = head.probable
    if _are_probabilities(rows.scores):
        yield {}, reliability_of(replace(rows, scores=np.clip(rows.scores, 0, 1))).error


def calibration_error_of_each(head: MulticlassHead) -> MeasuredNumbers:
    """Yield the expected calibration error of each class, where scores are probabilities."""
    if not _are_probabilities(head.rows.probabilities):
        return
    for class_index, name in enumerate(head.names):
        scores = np.clip(head.rows.probabilities[:, class_index], 0, 1)
        rows = Scored(head.rows.classes == class_index, scores, head.rows.weights)
        yield {"one": name}, reliability_of(rows).error


CALIBRATION_ERROR = Metric("calibration_error", "calibration error", "smaller", calibration_error, of=(BinaryHead,))
CALIBRATION_ERROR_OF_EACH = Metric(
    "calibration_error_{one}",
    "calibration error of {one}",
    "smaller",
    calibration_error_of_each,
    of=(MulticlassHead,),
    shown="report",
)
