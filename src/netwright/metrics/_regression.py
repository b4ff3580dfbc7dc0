"""How far predictions lie from their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from netwright.metrics._measured import Measured
from netwright.metrics._metric import Found, Metric
from netwright.metrics._quantiles import quantile_replicas, sorted_quantiles
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Regressed, as_regressed

if TYPE_CHECKING:
    from netwright.metrics._heads import RegressionHead

__all__ = ["BIAS", "RELATIVE_RESOLUTION", "RESOLUTION", "bias", "measured_bias_and_resolution", "resolution"]

LOWER, MEDIAN, UPPER = 0.15865525393145705, 0.5, 0.8413447460685429  # the normal law at -1, 0 and 1 σ


def bias(targets: ArrayLike, predictions: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the weighted median of the residuals r = prediction - target.

    Args:
        targets: the true values, shape (n,), in the target's unit.
        predictions: the network's values, shape (n,), in the target's unit.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The bias, in the target's unit; positive where the network says too much.

    Raises:
        DataError: if lengths disagree, a value is not finite, or the weights do not sum to something
            positive.

    Source: definition; the median is that of `weighted_quantile`.

    Example:
        >>> bias([90.0, 91.0, 92.0], [91.0, 91.5, 102.0])
        1.0
    """
    return float(_quantiles(as_regressed(targets, predictions, weights))[1])


def resolution(targets: ArrayLike, predictions: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return half the width of the central 68% of the residuals r = prediction - target.

    σ = (r_0.84134 - r_0.15866) / 2 with weighted quantiles: the standard deviation if r is normal, and little
    moved by tails if it is not.

    Args:
        targets: the true values, shape (n,), in the target's unit.
        predictions: the network's values, shape (n,), in the target's unit.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The resolution, in the target's unit.

    Raises:
        DataError: if lengths disagree, a value is not finite, or the weights do not sum to something
            positive.

    Source: definition; the quantiles are those of `weighted_quantile`.

    Example:
        >>> resolution([0.0, 0.0, 0.0, 0.0, 0.0], [-5.0, -1.0, 0.0, 1.0, 7.0])
        6.0
    """
    lower, _, upper = _quantiles(as_regressed(targets, predictions, weights))
    return float(upper - lower) / 2


def measured_bias_and_resolution(rows: Regressed, seed: int) -> tuple[Measured, Measured]:
    """Return bias and resolution with the standard deviations of up to 400 Poisson-bootstrap replicas.

    A replica draws rows with their weights, so the scatter of both is in it. Where predictions are rounded more
    coarsely than a quantile scatters, the quantile jumps from value to value and its uncertainty is a rough one.

    Args:
        rows: n checked rows.
        seed: seed of the bootstrap; the same seed gives the same uncertainties.

    Returns:
        Bias and resolution, in the target's unit; inf as uncertainty with no more than one effective row.

    Source: J. A. Hanley, B. MacGibbon, Comput. Methods Programs Biomed. 83 (2006) 57 (the Poisson bootstrap).
    """
    lower, median, upper = _quantiles(rows)
    sigma_bias = sigma_resolution = float("inf")
    if effective_rows(rows.weights) > 1:
        generator = np.random.default_rng(seed)
        replicas = quantile_replicas(rows.residuals, rows.weights, (LOWER, MEDIAN, UPPER), generator)
        sigma_bias = float(replicas[:, 1].std())
        sigma_resolution = float((replicas[:, 2] - replicas[:, 0]).std()) / 2
    return Measured(float(median), sigma_bias), Measured(float(upper - lower) / 2, sigma_resolution)


def _quantiles(rows: Regressed) -> tuple[float, float, float]:
    order = np.argsort(rows.residuals)
    found = sorted_quantiles(rows.residuals[order], rows.weights[order], (LOWER, MEDIAN, UPPER))
    return float(found[0]), float(found[1]), float(found[2])


def bias_of_head(head: RegressionHead) -> Found:
    """Yield the median of prediction - target."""
    yield {}, head.bias_and_resolution[0]


def resolution_of_head(head: RegressionHead) -> Found:
    """Yield half of the central 68% of prediction - target."""
    yield {}, head.bias_and_resolution[1]


def relative_resolution_of_head(head: RegressionHead) -> Found:
    """Yield the resolution of prediction / target where all targets are positive."""
    if (head.truth > 0).all():
        relative = Regressed(head.rows.residuals / head.truth, head.rows.weights)
        yield {}, measured_bias_and_resolution(relative, head.seed)[1]


BIAS = Metric("bias", "bias", "nearer to zero", bias_of_head, "target")
RESOLUTION = Metric("resolution", "resolution", "smaller", resolution_of_head, "target")
RELATIVE_RESOLUTION = Metric("relative_resolution", "relative resolution", "smaller", relative_resolution_of_head)
