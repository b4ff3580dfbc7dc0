"""Number of rows and their weights: of all rows, of each class, of each part of the split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.metrics import effective_rows, weight_sum

__all__ = ["WeightSummary", "summarise_weights"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WeightSummary:
    """The weights of some rows.

    Attributes:
        name: which rows.
        rows: how many.
        weight_sum: Σw, dimensionless; 0 where weights of both signs cancel to rounding errors.
        effective_rows: (Σw)² / Σw², the number of rows of weight 1 that would be as precise; None without weight.
        negative_rows: share of rows with a negative weight, from 0 to 1, dimensionless.
        negative_weight: Σ|w| of these over Σ|w| of all, from 0 to 1, dimensionless.
        largest: the largest |w| over Σ|w|, dimensionless.
    """

    name: str
    rows: int
    weight_sum: float
    effective_rows: float | None
    negative_rows: float
    negative_weight: float
    largest: float


def summarise_weights(name: str, weights: Floats) -> WeightSummary:
    """Summarise the weights of some rows.

    Args:
        name: which rows.
        weights: shape (n,), dimensionless, also negative.

    Returns:
        Sums and shares; 0 for shares of no rows.

    Source: definition; `netwright.metrics.effective_rows`.

    Example:
        >>> summary = summarise_weights("all", np.array([2.0, 1.0, -1.0]))
        >>> summary.weight_sum, round(summary.effective_rows, 3), summary.negative_weight
        (2.0, 0.667, 0.25)
    """
    size = float(np.abs(weights).sum())
    negative = weights < 0
    return WeightSummary(
        name=name,
        rows=len(weights),
        weight_sum=weight_sum(weights),
        effective_rows=effective_rows(weights) if size > 0 else None,
        negative_rows=float(negative.mean()) if len(weights) else 0.0,
        negative_weight=float(np.abs(weights[negative]).sum()) / size if size > 0 else 0.0,
        largest=float(np.abs(weights).max()) / size if size > 0 else 0.0,
    )
