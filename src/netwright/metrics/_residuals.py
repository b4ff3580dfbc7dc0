"""Median and central 68% of residuals, and how well they are known."""

from __future__ import annotations

import numpy as np

from netwright.metrics._measured import Measured
from netwright.metrics._quantiles import quantile_replicas, sorted_quantiles
from netwright.metrics._sums import effective_rows
from netwright.metrics.inputs import Regressed

__all__ = ["central_quantiles", "measured_bias_and_resolution"]

LOWER, MEDIAN, UPPER = 0.15865525393145705, 0.5, 0.8413447460685429  # the normal law at -1, 0 and 1 σ


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
    lower, median, upper = central_quantiles(rows)
    sigma_bias = sigma_resolution = float("inf")
    if effective_rows(rows.weights) > 1:
        generator = np.random.default_rng(seed)
        replicas = quantile_replicas(rows.residuals, rows.weights, (LOWER, MEDIAN, UPPER), generator)
        sigma_bias = float(replicas[:, 1].std())
        sigma_resolution = float((replicas[:, 2] - replicas[:, 0]).std()) / 2
    return Measured(float(median), sigma_bias), Measured(float(upper - lower) / 2, sigma_resolution)


def central_quantiles(rows: Regressed) -> tuple[float, float, float]:
    """Return the residuals at -1, 0 and 1 standard deviation of a normal law.

    Args:
        rows: n checked rows.

    Returns:
        The weighted quantiles at 15.87%, 50% and 84.13%, in the target's unit.
    """
    order = np.argsort(rows.residuals)
    quantiles = sorted_quantiles(rows.residuals[order], rows.weights[order], (LOWER, MEDIAN, UPPER))
    return float(quantiles[0]), float(quantiles[1]), float(quantiles[2])
