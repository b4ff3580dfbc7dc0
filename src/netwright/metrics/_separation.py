"""How a score tells two classes apart, in few numbers: ROC curve and distributions, small enough to be kept or sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.metrics._measured import Measured
from netwright.metrics._roc import curve_of
from netwright.metrics._sums import weight_sum
from netwright.metrics.inputs import as_scored

__all__ = ["Separation", "class_separation"]

_BINS = 40


@dataclass(frozen=True, eq=False)
class Separation:
    """A ROC curve of few points, and the distribution of the score in each class.

    Attributes:
        auc: area under the complete curve, dimensionless.
        signal_efficiency: ε_S of the points, shape (k,), dimensionless.
        background_efficiency: ε_B of the points, shape (k,), dimensionless.
        edges: of the bins of the score, shape (bins + 1,), dimensionless.
        signal_density: of the score of signal, with area 1, shape (bins,); 0 where its weights do not add up to a
            positive number.
        background_density: the same of background.
    """

    auc: Measured
    signal_efficiency: NDArray[np.float64]
    background_efficiency: NDArray[np.float64]
    edges: NDArray[np.float64]
    signal_density: NDArray[np.float64]
    background_density: NDArray[np.float64]


def class_separation(
    labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None, *, points: int = 80
) -> Separation:
    """Return how a score tells signal from background.

    Args:
        labels: 1 or True for signal, 0 or False for background, shape (n,).
        scores: the larger, the more like signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        points: of the curve at most, evenly spaced among its cuts, the first and the last among them.

    Returns:
        Curve and distributions, in 40 bins from 0 to 1 if all scores are there, else from the lowest to the highest.

    Raises:
        DataError: as `netwright.metrics.roc_curve`.

    Source: definition.

    Example:
        >>> found = class_separation([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
        >>> found.auc.value, found.signal_efficiency.tolist(), found.background_efficiency.tolist()
        (0.875, [0.0, 0.5, 1.0, 1.0], [0.0, 0.0, 0.5, 1.0])
        >>> float(found.signal_density.sum() * (found.edges[1] - found.edges[0]))
        1.0
    """
    rows = as_scored(labels, scores, weights)
    curve = curve_of(rows)
    drawn = np.unique(np.linspace(0, len(curve.signal_efficiency) - 1, points).astype(np.intp))
    low, high = float(rows.scores.min()), float(rows.scores.max())
    low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high if high > low else low + 1)
    edges = np.linspace(low, high, _BINS + 1)
    return Separation(
        curve.auc,
        curve.signal_efficiency[drawn],
        curve.background_efficiency[drawn],
        edges,
        *(_density(rows.scores[chosen], rows.weights[chosen], edges) for chosen in (rows.is_signal, ~rows.is_signal)),
    )


def _density(
    scores: NDArray[np.float64], weights: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    counts, _ = np.histogram(scores, edges, weights=weights)
    area = weight_sum(counts) * float(edges[1] - edges[0])
    return counts / area if area > 0 else np.zeros(len(counts))
