"""The bins of one feature, chosen from a subset of the rows: where its values lie, and whether one stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["BINS", "FEW", "LARGEST", "Binning", "choose_binning"]

Floats = npt.NDArray[np.float64]

BINS = 2_048  # of a normal distribution each is then 0.3% of a deviation wide
OUTSIDE = 0.001  # share of values at either end that may lie outside of the bins
FEW = 20  # a feature with no more distinct values is a category, and a frequent value is not a spike
LARGEST = 3.4e38  # larger numbers are infinite in single precision, in which networks compute
SPIKE_SHARE = 0.01  # of the values: a rarer value is hardly a default
SPIKE_ROWS = 10
SPIKE_CLOSE = 0.02  # standard deviations of the others, between 0 and the smallest of them
SPIKE_OVER_NEXT = 10  # times as frequent as the second most frequent value


@dataclass(frozen=True)
class Binning:
    """How the values of one feature are binned.

    Attributes:
        centre: mean of the subset, in the feature's unit.
        scale: standard deviation of the subset, 1 where that is 0, in the feature's unit.
        low: lower edge of the first bin, in the feature's unit.
        width: of each bin, in the feature's unit.
        whole: whether the values are whole numbers with one bin each.
        integer: whether the values are whole numbers, however far apart.
        distinct: how many distinct values the subset has.
        values: how many values the subset has.
        spike: a value far more frequent than any other, in the feature's unit; None where there is none.
        spike_distance: of the spike from the mean of the other values, in their standard deviations, dimensionless.
        spike_natural: whether the spike is 0, no value is below it, and others come close to it, as with an isolation.
    """

    centre: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    width: float = 1.0 / BINS
    whole: bool = False
    integer: bool = False
    distinct: int = 0
    values: int = 0
    spike: float | None = None
    spike_distance: float = 0.0
    spike_natural: bool = False


def choose_binning(values: Floats) -> Binning:
    """Choose the bins of one feature.

    Args:
        values: of a subset of the rows, shape (m,), in any unit; NaN where missing.

    Returns:
        `BINS` bins: one for each whole number where the values are whole numbers close enough together, else bins
        of equal width over all but 0.1% of the values at either end, not counting a spike.

    Example:
        >>> binning = choose_binning(np.array([1.0, 2.0, 2.0, np.nan]))
        >>> binning.whole, binning.distinct, binning.width
        (True, 2, 1.0)
    """
    values = values[np.abs(values) <= LARGEST]
    if not len(values):
        return Binning()
    distinct, counts = np.unique(values, return_counts=True)
    spike = _spike(distinct, counts)
    others = values if spike is None else values[values != spike]
    low, high = (float(x) for x in np.quantile(others, [OUTSIDE, 1 - OUTSIDE], method="nearest"))
    integer = bool((distinct == np.floor(distinct)).all())
    whole = integer and high - low < BINS - 2
    width = 1.0 if whole else (high - low) / (BINS - 2)
    if not width > 0 or high + width == high:
        width = max(1.0, abs(low)) / BINS
    middle = np.floor((low + high) / 2) + 0.5 if whole else (low + high) / 2
    std = float(values.std())
    return Binning(
        centre=float(values.mean()),
        scale=std if std > 0 else 1.0,
        low=float(middle - width * BINS / 2),
        width=width,
        whole=whole,
        integer=integer,
        distinct=len(distinct),
        values=len(values),
        spike=spike,
        spike_distance=0.0 if spike is None else abs(spike - float(others.mean())) / (float(others.std()) or 1.0),
        spike_natural=spike == 0 == distinct[0] and bool(distinct[1] < SPIKE_CLOSE * others.std()),
    )


def _spike(distinct: Floats, counts: npt.NDArray[np.int64]) -> float | None:
    """Return the value that stands out by its number, if one does."""
    if len(distinct) <= FEW:
        return None
    second, first = np.sort(counts)[-2:]
    if first < max(SPIKE_ROWS, SPIKE_SHARE * counts.sum()) or first < SPIKE_OVER_NEXT * second:
        return None
    return float(distinct[np.argmax(counts)])
