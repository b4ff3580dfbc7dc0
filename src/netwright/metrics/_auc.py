"""The area under the ROC curve and how well it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from numpy.typing import ArrayLike

from netwright.metrics._area import area_of
from netwright.metrics._heads import BinaryHead
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics.inputs import as_scored

__all__ = ["AUC", "roc_auc"]


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
    return area_of(as_scored(labels, scores, weights))


def auc_of_head(head: BinaryHead) -> MeasuredNumbers:
    """Yield the AUC; of classes that are apart with the distance to the limit of the smaller class as uncertainty."""
    yield {}, with_limit_at_bounds(head.curve.auc, head.curve.effective_rows())


def auc_value(head: BinaryHead) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield the AUC alone."""
    yield {}, area_of(head.rows)


AUC = Metric("roc_auc", "AUC", "larger", auc_of_head, of=(BinaryHead,), within=(0, 1), values=auc_value)
