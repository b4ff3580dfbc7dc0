"""The binary cross-entropy of probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netwright.metrics.inputs import as_probable

__all__ = ["log_loss"]


def log_loss(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the weighted binary cross-entropy: -Σ w_i (y_i log p_i + (1 - y_i) log(1 - p_i)) / Σ w_i.

    Probabilities are first kept ε = 2.2e-16 away from 0 and 1, so that one row cannot make the mean infinite.

    Args:
        labels: y, 1 or True for signal, 0 or False for background, shape (n,).
        scores: p, the probability of signal, in [0, 1], shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The loss, dimensionless (nats).

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, a score is outside
            [0, 1], or the weights do not sum to something positive.

    Source: definition.

    Example:
        >>> round(log_loss([0, 1], [0.5, 0.5]), 6)
        0.693147
    """
    rows = as_probable(labels, scores, weights)
    tiny = np.finfo(np.float64).eps
    of_truth = np.clip(np.where(rows.is_signal, rows.scores, 1 - rows.scores), tiny, 1 - tiny)
    return float(-(rows.weights * np.log(of_truth)).sum() / rows.weights.sum())
