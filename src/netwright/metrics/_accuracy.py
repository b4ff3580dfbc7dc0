"""The share of rows that a network classifies rightly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netwright.metrics._binomial import binomial_variance
from netwright.metrics._heads import BinaryHead, MulticlassHead
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._measured import Measured
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Classified, Scored, as_classified, as_scored

__all__ = ["ACCURACY", "accuracy", "measured_accuracy", "multiclass_accuracy"]


def accuracy(
    labels: ArrayLike,
    scores: ArrayLike,
    weights: ArrayLike | None = None,
    threshold: float = 0.5,
) -> float:
    """Return the weighted share of rows on the right side of a cut: Σ w_i [(s_i ≥ t) = label_i] / Σ w_i.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the larger, the more like signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        threshold: the cut t; a score equal to it counts as signal, dimensionless.

    Returns:
        The accuracy, dimensionless.

    Raises:
        DataError: if lengths disagree, a value is not finite, a label is not 0 or 1, or the weights do not
            sum to something positive.

    Source: definition.

    Example:
        >>> accuracy([0, 0, 1, 1], [0.2, 0.7, 0.5, 0.9])
        0.75
    """
    return measured_accuracy(as_scored(labels, scores, weights), threshold).value


def multiclass_accuracy(labels: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the weighted share of rows whose likeliest class is the true one.

    Args:
        labels: index of the true class, 0 to k - 1, shape (n,).
        probabilities: one column a class, shape (n, k), dimensionless; of equal ones the first counts.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The accuracy, dimensionless.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, a label is not a class index, or the
            weights do not sum to something positive.

    Source: definition.

    Example:
        >>> multiclass_accuracy([0, 1, 2], [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.5, 0.2, 0.3]], [1, 1, 2])
        0.5
    """
    return measured_accuracy(as_classified(labels, probabilities, weights)).value


def measured_accuracy(rows: Scored | Classified, threshold: float = 0.5) -> Measured:
    """Return the accuracy with its weighted binomial uncertainty.

    Args:
        rows: n checked rows.
        threshold: the cut on the score of a binary head, dimensionless.

    Returns:
        The accuracy, dimensionless. Its uncertainty takes rows as drawn from the mixture of classes that is there,
        with weights that are part of the draw; it is the distance to the 68.27% limit where all rows are right or
        all are wrong, and inf with no more than one effective row.

    Source: ROOT, TH1::Divide, option B; `share_limit`.
    """
    if isinstance(rows, Scored):
        right = (rows.scores >= threshold) == rows.is_signal
    else:
        right = rows.probabilities.argmax(axis=1) == rows.classes
    weights = rows.weights / rows.weights.sum()
    share = float(weights[right].sum())
    effective = effective_rows(weights)
    if effective <= 1:
        return Measured(share, float("inf"))
    squares = np.square(weights)
    measured = Measured(share, float(np.sqrt(binomial_variance(share, squares[right].sum(), squares.sum()))))
    return with_limit_at_bounds(measured, effective)


def accuracy_of_head(head: BinaryHead | MulticlassHead) -> MeasuredNumbers:
    """Yield the accuracy: at a probability of one half of two classes, by the likeliest of several."""
    yield {}, measured_accuracy(head.rows, head.threshold if isinstance(head, BinaryHead) else 0.5)


ACCURACY = Metric("accuracy", "accuracy", "larger", accuracy_of_head, of=(BinaryHead, MulticlassHead), within=(0, 1))
