"""Whether intervals hold the share of true values that they promise, wherever the prediction lies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.metrics import INTERVALS, as_quantiles, measure_rows, weight_sum
from netwright.plots._style import COLOURS, GREY, quantity, styled, tag

__all__ = ["interval_coverage"]

_BINS = 10
_MIN_ROWS = 20  # a bin with fewer rows says little of a share
Floats = NDArray[np.float64]


@styled
def interval_coverage(
    targets: Floats, quantiles: Floats, weights: Floats, *, name: str = "target", unit: str | None = None
) -> Figure:
    """Draw the coverage of both intervals in bins of the predicted median.

    Args:
        targets: the true values, shape (n,), in `unit`.
        quantiles: median, lower and upper end at 68%, lower and upper end at 95%, shape (n, 5), in `unit`.
        weights: one weight per row, shape (n,), dimensionless, may be negative.
        name: name of the target.
        unit: its unit; None for a dimensionless target.

    Returns:
        The figure: shares with uncertainties in bins of equal numbers of rows, the promised shares as lines, and the
        shares of all rows in the legend.

    Raises:
        DataError: if lengths disagree, a value is not finite, or the weights do not sum to something positive.
    """
    measured = measure_rows(as_quantiles(targets, quantiles, weights))
    median = quantiles[:, 0]
    edges = np.unique(np.quantile(median, np.linspace(0, 1, max(1, min(_BINS, len(median) // 50)) + 1)))
    bins = [
        (low, high, _shares(targets[rows], quantiles[rows], weights[rows]))
        for low, high in pairwise(edges)
        if (rows := (median >= low) & (median < high if high < edges[-1] else median <= high)).sum() >= _MIN_ROWS
        and weight_sum(weights[rows]) > 0
    ]
    figure = Figure(figsize=(8, 6.5), layout="constrained")
    axes = figure.subplots()
    for interval, colour in zip(INTERVALS, COLOURS[1:], strict=False):
        share = f"{100 * interval:.0f}"
        error = measured[f"coverage_error_{share}"]
        label = f"{share}% interval: {100 * (error.value + interval):.1f} ± {100 * error.uncertainty:.1f}%"
        axes.axhline(interval, color=GREY, lw=1.2, ls=":")
        axes.errorbar([], [], yerr=[], fmt="o", ms=5, color=colour, label=label)
        for low, high, shares in bins:
            value, uncertainty = shares[share]
            axes.errorbar(
                (low + high) / 2, value, uncertainty, (high - low) / 2, fmt="o", ms=5, color=colour, lw=1.4
            )  # fmt: skip
    axes.set(ylim=(0, 1.25), xlabel=quantity(f"predicted {name}", unit), ylabel="share of true values inside")
    axes.legend(loc="upper left", fontsize=13)
    tag(axes, f"{len(targets):,} rows")
    return figure


def _shares(targets: Floats, quantiles: Floats, weights: Floats) -> dict[str, tuple[float, float]]:
    """Return coverage and its uncertainty by interval."""
    measured = measure_rows(as_quantiles(targets, quantiles, weights))
    errors = {
        f"{100 * interval:.0f}": (interval, measured[f"coverage_error_{100 * interval:.0f}"]) for interval in INTERVALS
    }
    return {share: (interval + error.value, error.uncertainty) for share, (interval, error) in errors.items()}
