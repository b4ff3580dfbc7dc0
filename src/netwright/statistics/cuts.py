"""The significance of a counting experiment against the cut on the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.statistics.significance import binned_significance
from netwright.statistics.templates import ScoredEvents
from netwright.statistics.yields import Yields, fill

__all__ = ["CutScan", "significance_of_cuts"]


@dataclass(frozen=True, eq=False)
class CutScan:
    """The significance of the events that pass "score ≥ cut".

    Attributes:
        cuts: shape (k,), dimensionless, ascending.
        significance: Z of each, shape (k,), dimensionless; NaN where the background that passes is not known.
        uncertainty: its statistical standard deviation, shape (k,), dimensionless; NaN beside NaN.
    """

    cuts: NDArray[np.float64]
    significance: NDArray[np.float64]
    uncertainty: NDArray[np.float64]

    @property
    def best(self) -> float | None:
        """Return the cut of the largest significance, dimensionless; None where none is defined."""
        return None if np.isnan(self.significance).all() else float(self.cuts[np.nanargmax(self.significance)])


def significance_of_cuts(
    signal: ScoredEvents,
    background: ScoredEvents,
    cuts: ArrayLike,
    *,
    relative_uncertainty: float = 0.0,
    background_rows: float = 1.0,
) -> CutScan:
    """Return the significance above each cut.

    Where the simulated background that passes counts less than a number of effective rows, (Σw)²/Σw², or its sum of
    weights is not positive, the background is not known and the significance is NaN: no background left in a finite
    sample is no background-free search.

    Args:
        signal: expected signal events with their scores.
        background: expected background events with their scores.
        cuts: ascending, shape (k,), dimensionless.
        relative_uncertainty: σ_b/b, dimensionless.
        background_rows: effective rows of background that must pass at least, dimensionless.

    Returns:
        The significance of each cut.

    Raises:
        DataError: lengths disagree, a number is not finite, or the cuts do not ascend.

    Source: `netwright.statistics.asimov_significance` of the sums above the cut.

    Example:
        >>> scan = significance_of_cuts(
        ...     ScoredEvents([0.6, 0.9], [3.0, 3.0]), ScoredEvents([0.1, 0.2, 0.7], [9.0, 9.0, 9.0]), [0.0, 0.5, 0.8]
        ... )
        >>> scan.significance.round(2), scan.best
        (array([1.12, 1.82,  nan]), 0.5)
    """
    thresholds = np.asarray(cuts, np.float64)
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    above = []
    for rows in (signal, background):
        filled = fill(rows.scores, rows.weights, edges)
        above.append(Yields(*(np.cumsum(bins[::-1])[::-1][1:] for bins in (filled.values, filled.variances))))
    significances = np.full((2, len(thresholds)), np.nan)
    for cut in range(len(thresholds)):
        s, b = (Yields(yields.values[[cut]], yields.variances[[cut]]) for yields in above)
        if b.values[0] > 0 and b.values[0] ** 2 >= background_rows * b.variances[0]:
            measured = binned_significance(s, b, relative_uncertainty=relative_uncertainty)
            significances[:, cut] = measured.value, measured.uncertainty
    return CutScan(thresholds, significances[0], significances[1])
