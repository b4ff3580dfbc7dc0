"""Whether a probability is a likelihood ratio: the background, weighted by it, has the size of the signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.metrics._measured import Measured
from netwright.metrics._sums import weight_sum
from netwright.metrics.inputs import as_probable

__all__ = ["likelihood_ratio_closure"]


def likelihood_ratio_closure(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> Measured:
    """Return Σ_b w p/(1 - p) / Σ_s w: 1 where p is what it says.

    The probability of a calibrated network is a ratio of densities, p/(1 - p) = S f_s / (B f_b), with which background
    is reweighted to signal in every variable that the network can tell. Calibration within bins does not see the tail
    that this sum looks at: a single background row with p near 1 counts as many.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the probability of signal, in [0, 1], shape (n,), dimensionless; 1 counts as the largest below 1.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The closure, dimensionless, with the uncertainty that Σw² of both sums gives; NaN where the signal has no
        positive sum of weights.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, a score is not in [0, 1], or the
            weights do not sum to something positive.

    Source: K. Cranmer, J. Pavez, G. Louppe, arXiv:1506.02169, section 2.

    Example:
        >>> likelihood_ratio_closure([0, 0, 0, 0, 1], [0.2, 0.2, 0.2, 0.2, 0.2]).value
        1.0
    """
    rows = as_probable(labels, scores, weights)
    p = np.minimum(rows.scores, np.nextafter(1.0, 0.0))
    ratio: NDArray[np.float64] = p / (1 - p)
    of_signal, of_background = rows.weights[rows.is_signal], (rows.weights * ratio)[~rows.is_signal]
    signal = weight_sum(of_signal)
    if not signal > 0:
        return Measured(float("nan"), float("inf"))
    value = float(of_background.sum()) / signal
    variance = np.square(of_background).sum() + value**2 * np.square(of_signal).sum()
    return Measured(value, float(np.sqrt(variance)) / signal)
