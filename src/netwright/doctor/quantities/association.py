"""Whether any single column goes with the targets: a test that sees what is too weak to predict a row by."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from netwright.doctor.case import Array

__all__ = ["any_column_tells"]

_CHANCE = 0.01  # of all columns and targets together: so seldom shuffled labels look as if they belonged


def any_column_tells(inputs: Array, target: Array) -> bool:
    """Test whether an input goes up or down with a target, by the correlation of their ranks.

    Where labels are shuffled, each correlation times √(rows - 1) is normal with a deviation of 1, and the largest of k
    exceeds the quantile at 1 - 0.01 / 2k in at most 1% of the cases (Bonferroni). A method that predicts rows which it
    has not seen loses about a row's worth of variance for each of its parameters, and needs more rows to be sure.

    Args:
        inputs: finite, shape ``(rows, columns)``.
        target: finite numbers, or indicators of classes, shape ``(rows, targets)``.

    Returns:
        True where one does.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(500, 4))
        >>> y = (0.4 * x[:, :1] + rng.logistic(size=(500, 1)) > 0).astype(float)
        >>> any_column_tells(x, y), any_column_tells(x, rng.permutation(y))
        (True, False)
    """
    together = np.abs(_standard_ranks(inputs).T @ _standard_ranks(target)) / np.sqrt(len(inputs))
    quantile = NormalDist().inv_cdf(1 - _CHANCE / (2 * together.size))
    return bool(together.max() * np.sqrt(1 - 1 / len(inputs)) > quantile)


def _standard_ranks(values: Array) -> Array:
    """Return ranks with a mean of 0 and a deviation of 1, the same where values are; 0 in a column of one value."""
    ranks = np.stack([np.unique(one, return_inverse=True)[1].reshape(-1) for one in values.T], axis=1).astype(float)
    deviation = ranks.std(0)
    return np.asarray((ranks - ranks.mean(0)) / np.where(deviation > 0, deviation, np.inf))
