"""How far predictions lie from their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from numpy.typing import ArrayLike

from netwright.metrics._heads import RegressionHead
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics._residuals import central_quantiles, measured_bias_and_resolution
from netwright.metrics.inputs import Regressed, as_regressed

__all__ = ["BIAS", "RELATIVE_RESOLUTION", "RESOLUTION", "bias", "resolution"]


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
    return float(central_quantiles(as_regressed(targets, predictions, weights))[1])


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
    lower, _, upper = central_quantiles(as_regressed(targets, predictions, weights))
    return float(upper - lower) / 2


def bias_of_head(head: RegressionHead) -> MeasuredNumbers:
    """Yield the median of prediction - target."""
    yield {}, head.bias_and_resolution[0]


def resolution_of_head(head: RegressionHead) -> MeasuredNumbers:
    """Yield half of the central 68% of prediction - target."""
    yield {}, head.bias_and_resolution[1]


def relative_resolution_of_head(head: RegressionHead) -> MeasuredNumbers:
    """Yield the resolution of prediction / target where all targets are positive."""
    if (head.truth > 0).all():
        relative = Regressed(head.rows.residuals / head.truth, head.rows.weights)
        yield {}, measured_bias_and_resolution(relative, head.seed)[1]


def bias_value(head: RegressionHead) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield the median of prediction - target without its uncertainty, which takes a bootstrap."""
    yield {}, head.quantiles[1]


def resolution_value(head: RegressionHead) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield half of the central 68% of prediction - target without its uncertainty."""
    lower, _, upper = head.quantiles
    yield {}, (upper - lower) / 2


def relative_resolution_value(head: RegressionHead) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield the resolution of prediction / target without its uncertainty, where all targets are positive."""
    if (head.truth > 0).all():
        lower, _, upper = central_quantiles(Regressed(head.rows.residuals / head.truth, head.rows.weights))
        yield {}, (upper - lower) / 2


BIAS = Metric("bias", "bias", "nearer to zero", bias_of_head, of=(RegressionHead,), unit="target", values=bias_value)
RESOLUTION = Metric(
    "resolution",
    "resolution",
    "smaller",
    resolution_of_head,
    of=(RegressionHead,),
    unit="target",
    values=resolution_value,
)
RELATIVE_RESOLUTION = Metric(
    "relative_resolution",
    "relative resolution",
    "smaller",
    relative_resolution_of_head,
    of=(RegressionHead,),
    values=relative_resolution_value,
)
