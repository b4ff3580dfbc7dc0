"""Intervals of single rows: whether they hold the share of true values that they promise, and how wide they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.metrics._binomial import binomial_variance
from netwright.metrics._heads import QuantileHead
from netwright.metrics._limits import with_limit_at_bounds
from netwright.metrics._measured import Measured
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import as_columns, as_regressed

__all__ = ["COVERAGE", "INTERVALS", "WIDTH", "as_quantiles"]

INTERVALS = (0.68, 0.95)
"""Share of the true values that each interval should hold."""

_OUTPUTS = 1 + 2 * len(INTERVALS)


def as_quantiles(
    targets: ArrayLike, quantiles: ArrayLike, weights: ArrayLike | None, *, offset: float = 0.0
) -> QuantileHead:
    """Check the rows of a head with intervals.

    Args:
        targets: the true values less the offset, shape (n,), in the target's unit.
        quantiles: median, lower and upper end at 68%, lower and upper end at 95%, less the offset, shape (n, 5), in the
            target's unit.
        weights: one weight a row, shape (n,), dimensionless; None for ones.
        offset: what was taken off both, in the target's unit.

    Returns:
        The rows.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, or the weights sum to zero or less.

    Source: definition.
    """
    checked = as_columns("quantiles", quantiles, _OUTPUTS)
    rows = as_regressed(targets, checked[:, 0], weights)
    truth = np.asarray(targets, np.float64)
    ends = checked[:, 1:] - truth[:, None]
    return QuantileHead(rows, truth + offset, low=ends[:, 0::2], high=ends[:, 1::2])


def coverage_of_head(head: QuantileHead) -> MeasuredNumbers:
    """Yield the share of rows whose truth lies in an interval, with its weighted binomial uncertainty.

    It is inf with no more than one effective row.
    """
    weights = head.rows.weights / head.rows.weights.sum()
    effective = effective_rows(weights)
    for index, interval in enumerate(INTERVALS):
        inside = _inside(head, index)
        share = float(weights @ inside)
        variance = binomial_variance(share, np.square(weights) @ inside, float(np.square(weights).sum()))
        measured = with_limit_at_bounds(Measured(share, _known(float(np.sqrt(variance)), effective)), effective)
        yield _words(interval), Measured(measured.value - interval, measured.uncertainty)


def width_of_head(head: QuantileHead) -> MeasuredNumbers:
    """Yield the weighted mean width of an interval, with the uncertainty of a mean: inf of one effective row."""
    weights = head.rows.weights / head.rows.weights.sum()
    effective = effective_rows(weights)
    for index, interval in enumerate(INTERVALS):
        widths = head.high[:, index] - head.low[:, index]
        mean = float(weights @ widths)
        sigma = float(np.sqrt(np.square(weights) @ np.square(widths - mean)))
        yield _words(interval), Measured(mean, _known(sigma, effective))


def _known(sigma: float, effective: float) -> float:
    """Return a standard deviation; inf where one effective row says nothing of it."""
    return sigma if effective > 1 else float("inf")


def _inside(head: QuantileHead, index: int) -> NDArray[np.bool_]:
    return (head.low[:, index] <= 0) & (head.high[:, index] >= 0)


def _words(interval: float) -> Mapping[str, str]:
    return {"interval": f"{100 * interval:.0f}"}


COVERAGE = Metric(
    "coverage_error_{interval}",
    "coverage of the {interval}% interval, less {interval}%",
    "nearer to zero",
    coverage_of_head,
    of=(QuantileHead,),
)
WIDTH = Metric(
    "interval_width_{interval}",
    "mean width of the {interval}% interval",
    "smaller",
    width_of_head,
    of=(QuantileHead,),
    unit="target",
)
