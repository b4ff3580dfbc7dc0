"""Expected events in the bins of a histogram, and the variance that the finite simulated sample gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics import binned_sums

__all__ = ["Yields", "fill", "total_yields", "without_negative_bins"]


@dataclass(frozen=True, eq=False)
class Yields:
    """Sums of weights and of squared weights, bin by bin.

    Attributes:
        values: Σw of each bin, shape (bins,), in events.
        variances: Σw² of each bin, shape (bins,), in events squared.

    Raises:
        DataError: the shapes differ, a number is not finite, or a variance is negative.

    Example:
        >>> Yields([4.0, 1.0], [4.0, 0.25]).errors
        array([2. , 0.5])
    """

    values: NDArray[np.float64]
    variances: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("values", "variances"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        if self.values.ndim != 1 or self.values.shape != self.variances.shape or not len(self.values):
            msg = (
                "Arguments `values` and `variances` must have the same shape (bins,), at least one bin. Received: "
                f"shapes {self.values.shape} and {self.variances.shape}. Give Σw and Σw² of the same bins."
            )
            raise DataError(msg)
        wrong = np.flatnonzero(~np.isfinite(self.values) | ~np.isfinite(self.variances) | (self.variances < 0))
        if wrong.size:
            msg = (
                "Yields must be finite and their variances not negative. Received: "
                f"{self.values[wrong[0]]:g} with variance {self.variances[wrong[0]]:g} in bin {wrong[0]}. Look for "
                "weights that are not finite."
            )
            raise DataError(msg)

    @property
    def errors(self) -> NDArray[np.float64]:
        """Return √Σw² of each bin, shape (bins,), in events."""
        return np.sqrt(self.variances)

    @property
    def total(self) -> float:
        """Return Σw of all bins, in events."""
        return float(self.values.sum())

    def scaled(self, factor: float) -> Yields:
        """Return the yields of another luminosity or cross section.

        Args:
            factor: by which every weight is multiplied, dimensionless.

        Returns:
            Values times the factor, variances times its square.
        """
        return Yields(self.values * factor, self.variances * factor**2)


def total_yields(parts: Iterable[Yields]) -> Yields:
    """Add the yields of several processes.

    Args:
        parts: yields in the same bins, in events.

    Returns:
        Their sum; variances of different rows add up.

    Raises:
        DataError: the numbers of bins differ, or there is nothing to add.

    Source: definition.

    Example:
        >>> total_yields([Yields([1.0], [1.0]), Yields([2.0], [0.5])]).variances
        array([1.5])
    """
    all_yields = list(parts)
    bins = sorted({len(yields.values) for yields in all_yields})
    if len(bins) != 1:
        msg = f"Yields that are added must have the same bins. Received: numbers of bins {bins}. Fill them alike."
        raise DataError(msg)
    return Yields(
        np.sum([yields.values for yields in all_yields], axis=0),
        np.sum([yields.variances for yields in all_yields], axis=0),
    )


def fill(scores: ArrayLike, weights: ArrayLike, edges: ArrayLike) -> Yields:
    """Return the weighted histogram of scores; what lies outside of the edges counts in the outermost bins.

    A bin holds its lower edge and not its upper one. Where weights of both signs cancel to rounding errors, Σw is 0.

    Args:
        scores: of rows, shape (n,), dimensionless.
        weights: expected events that each row stands for, shape (n,), in events, also negative.
        edges: ascending, shape (bins + 1,), dimensionless.

    Returns:
        Σw and Σw² of each bin.

    Raises:
        DataError: lengths disagree, a score or weight is not finite, or the edges do not ascend.

    Source: definition.

    Example:
        >>> fill([0.1, 0.5, 0.9, 1.3], [1.0, 1.0, 2.0, -1.0], [0.0, 0.5, 1.0]).values
        array([1., 2.])
    """
    values, weight = np.asarray(scores, np.float64), np.asarray(weights, np.float64)
    bounds = np.asarray(edges, np.float64)
    if bounds.ndim != 1 or len(bounds) < 2 or not (np.diff(bounds) > 0).all():
        msg = f"Argument `edges` must ascend and have two entries at least. Received: {bounds.tolist()}. Sort them."
        raise DataError(msg)
    if values.ndim != 1 or values.shape != weight.shape:
        msg = (
            f"Arguments `scores` and `weights` must have the same shape (n,). Received: {values.shape} and "
            f"{weight.shape}. A row may be missing: take both from the same rows."
        )
        raise DataError(msg)
    wrong = np.flatnonzero(~np.isfinite(values) | ~np.isfinite(weight))
    if wrong.size:
        msg = (
            f"Scores and weights must be finite. Received: score {values[wrong[0]]:g} with weight "
            f"{weight[wrong[0]]:g} in row {wrong[0]} ({wrong.size} such rows). Look for what made them."
        )
        raise DataError(msg)
    bins = len(bounds) - 1
    bin_index = np.searchsorted(bounds[1:-1], values, side="right")
    return Yields(*(binned_sums(bin_index, powers, bins) for powers in (weight, np.square(weight))))


def without_negative_bins(yields: Yields) -> Yields:
    """Set negative yields to zero and scale the others, so that the total stays what it is.

    Negative weights can leave a bin with a negative sum, which no Poisson distribution has. The variance of such a bin
    stays: it says how well its yield is known.

    Args:
        yields: of one process, in events.

    Returns:
        The same where no bin is negative.

    Raises:
        DataError: the total is not positive.

    Source: the usual treatment of negative bins in templates, as in CMS CombineHarvester.

    Example:
        >>> without_negative_bins(Yields([3.0, 2.0, -1.0], [3.0, 2.0, 1.0])).values
        array([2.4, 1.6, 0. ])
    """
    negative = yields.values < 0
    if not negative.any():
        return yields
    if yields.total <= 0:
        msg = (
            "The yields of a process must have a positive sum. Received: "
            f"{yields.total:g} events in {len(yields.values)} bins. Check the weights, or add simulated events."
        )
        raise DataError(msg)
    clipped = np.where(negative, 0.0, yields.values)
    factor = yields.total / float(clipped.sum())
    return Yields(clipped * factor, np.where(negative, yields.variances, yields.variances * factor**2))
