"""Weighted histograms for figures: contents, variances and sensible bins."""

from __future__ import annotations

from dataclasses import dataclass
from math import cbrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netwright.metrics import binned_sums, weight_sum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Histogram",
    "bin_count",
    "central_range",
    "equal_bins",
    "fill_histogram",
    "hatched_band",
    "scale_heights",
]

_OUTSIDE = 0.005  # share of the values at either end that a range may leave out
_WIDE = 20  # whole numbers to a bin: one more or less in it is not seen
_STEEP = 100.0  # above this ratio of the highest to the typical bin, the scale is logarithmic


@dataclass(frozen=True, eq=False)
class Histogram:
    """Bin edges (b + 1,), sums of weights (b,) and their variances Σw² (b,)."""

    edges: NDArray[np.float64]
    values: NDArray[np.float64]
    variances: NDArray[np.float64]

    @property
    def centres(self) -> NDArray[np.float64]:
        """Return the centre of each bin, shape (b,), in the unit of the edges."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def errors(self) -> NDArray[np.float64]:
        """Return the standard deviation √Σw² of each bin, shape (b,)."""
        return np.sqrt(self.variances)

    def density(self) -> Histogram:
        """Return the histogram divided by its integral, so that its area is 1; unchanged if that is not positive.

        Example:
            >>> filled = fill_histogram(np.array([0.5, 1.5]), np.array([1.0, -3.0]), np.array([0.0, 1.0, 2.0]))
            >>> filled.density().values.tolist()
            [1.0, -3.0]
        """
        integral = weight_sum(self.values * np.diff(self.edges))
        if integral <= 0:  # divided by it, a sum of weights below 0 would stand upside down
            return self
        return Histogram(self.edges, self.values / integral, self.variances / integral**2)


def fill_histogram(values: NDArray[np.float64], weights: NDArray[np.float64], edges: NDArray[np.float64]) -> Histogram:
    """Return the weighted histogram of values; values outside the edges are ignored.

    Args:
        values: shape (n,), any unit.
        weights: shape (n,), dimensionless.
        edges: ascending, shape (b + 1,), in the unit of `values`.

    Returns:
        Σw and Σw² in each bin; the last bin includes its upper edge, as in NumPy.
    """
    bins = len(edges) - 1
    bin_index = np.searchsorted(edges, values, side="right") - 1
    bin_index[values == edges[-1]] = bins - 1
    inside = (bin_index >= 0) & (bin_index < bins)
    bin_index, weight = bin_index[inside], np.asarray(weights, np.float64)[inside]
    return Histogram(edges, *(binned_sums(bin_index, powers, bins) for powers in (weight, np.square(weight))))


def bin_count(rows: int, most: int = 50) -> int:
    """Return the number of bins that shows the shape of a sample without its noise: 2 n^(1/3), at least 10.

    Args:
        rows: number of rows.
        most: maximum number of bins.

    Returns:
        The number of bins.

    Source: the Rice rule, D. M. Lane, Online Statistics Education, section "Histograms".

    Example:
        >>> bin_count(30), bin_count(1000), bin_count(10**6)
        (10, 20, 50)
    """
    return min(max(10, round(2 * cbrt(rows))), most)


def central_range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return a range that excludes at most 0.5% of the values at either end.

    Args:
        values: shape (n,), finite, n at least 1, any unit.

    Returns:
        The lower and the upper end, in the unit of `values`, never equal.

    Example:
        >>> central_range(np.array([1.0, 1.0]))
        (0.5, 1.5)
    """
    low, high = (float(x) for x in np.quantile(values, [_OUTSIDE, 1 - _OUTSIDE]))
    least, most = float(values.min()), float(values.max())
    # No tail to cut: show everything.
    low = least if low - least <= 0.1 * (high - low) else low
    high = most if most - high <= 0.1 * (high - low) else high
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        half = max(0.5, 0.1 * abs(low))
        return low - half, high + half
    return low, high


def equal_bins(values: NDArray[np.float64], low: float, high: float, most: int) -> NDArray[np.float64]:
    """Return edges of equal bins; whole numbers lie in the middle of bins, equally many in each.

    Otherwise some bins would hold more whole numbers than others, and the histogram would look like a comb.

    Args:
        values: shape (n,), finite, any unit.
        low: lower end of the range, in the unit of `values`.
        high: upper end, above `low`.
        most: number of bins; fewer for whole numbers.

    Returns:
        The edges, ascending.

    Example:
        >>> equal_bins(np.array([0.0, 1.0, 5.0]), 0.0, 5.0, 4).tolist()
        [-0.5, 1.5, 3.5, 5.5]
        >>> equal_bins(np.array([0.0, 1.0, 4.5]), 0.0, 5.0, 4).tolist()
        [0.0, 1.25, 2.5, 3.75, 5.0]
    """
    first, last = np.ceil(low), np.floor(high)
    if first > last or last - first >= _WIDE * most or not (values == np.round(values)).all():
        return np.linspace(low, high, most + 1)
    width = -(-(last - first + 1) // most)
    return np.arange(first - 0.5, last + width, width)


def hatched_band(
    axes: Axes, edges: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], label: str = ""
) -> None:
    """Draw an uncertainty as a hatched band over bins.

    Args:
        axes: to draw into.
        edges: of the bins, shape (b + 1,).
        low: lower end of the band, shape (b,); below 0 it ends there.
        high: upper end of the band, shape (b,).
        label: in the legend; empty for none.
    """
    axes.stairs(
        high, edges, baseline=np.maximum(low, 0), fill=True, facecolor="none", edgecolor="black", hatch="////", lw=0,
        label=label or None,
    )  # fmt: skip


def scale_heights(axes: Axes, heights: NDArray[np.float64]) -> None:
    """Choose the vertical scale for bins: logarithmic where the highest is more than 100 times the typical one.

    Args:
        axes: with the bins drawn.
        heights: of all bins, shape (b,).
    """
    positive = heights[heights > 0]
    if positive.size and positive.max() > _STEEP * np.median(positive):
        axes.set_yscale("log")
        axes.set_ylim(positive.min() / 2, positive.max() * 3)
    elif positive.size:
        axes.set_ylim(min(0.0, 1.1 * float(heights.min())), 1.25 * positive.max())
