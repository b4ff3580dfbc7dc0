"""A number with its uncertainty, row by row: the median and two intervals, as quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from netwright.metrics import INTERVALS, QuantileHead, as_quantiles
from netwright.section import Whole
from netwright.tasks.target import TargetSection
from netwright.tasks.task import Array, Output, Task, TruthSummary

if TYPE_CHECKING:
    import jax
    from jax.typing import ArrayLike

__all__ = ["QUANTILES", "QUANTILE_LEVELS", "QuantilesTarget", "ordered_quantiles", "pinball_loss"]

QUANTILE_LEVELS = (0.5, *(0.5 + sign * interval / 2 for interval in INTERVALS for sign in (-1, 1)))
"""Probabilities of the outputs: the median, then lower and upper end of each interval."""

_NAMES = ("median", *(f"{end}_{100 * interval:.0f}" for interval in INTERVALS for end in ("low", "high")))


class QuantilesTarget(TargetSection):
    """A number in its unit, with intervals that contain 68% and 95% of the true values, for each row."""

    kind: Literal["quantiles"] = Field(
        description="A number with intervals of 68% and 95%; others: binary, multiclass, regression."
    )
    unit: str | None = Field(None, description="Unit of the column, shown in figures.")
    flat_bins: Whole = Field(
        0,
        ge=0,
        le=1000,
        description="Number of bins in which weights flatten the target's distribution in training; 0: none.",
    )

    @property
    def flattening_bins(self) -> int:
        """Number of bins used to flatten the distribution of the truth by weights in training; 0 for no flattening."""
        return self.flat_bins

    @property
    def value_unit(self) -> str:
        """Unit of the outputs; empty if not given."""
        return self.unit or ""


def ordered_quantiles(raw: Any, xp: Any) -> Any:  # noqa: ANN401  # arrays of NumPy, JAX or a backend of Keras
    """Turn raw outputs into quantiles that cannot cross.

    With s = ln(1 + exp z): the median is z_0; the 68% interval reaches from z_0 - s_1 to z_0 + s_2, and the 95%
    interval from z_0 - s_1 - s_3 to z_0 + s_2 + s_4.

    Args:
        raw: z, shape (..., 5), in standard deviations of the target.
        xp: the module with functions of such arrays: ``numpy``, ``jax.numpy`` or ``keras.ops``.

    Returns:
        Median, lower and upper end at 68%, lower and upper end at 95%, shape (..., 5), in the same unit.

    Source: definition.

    Example:
        >>> ordered_quantiles(np.array([[1.0, 0.0, 0.0, 0.0, 0.0]]), np).round(2).tolist()
        [[1.0, 0.31, 1.69, -0.39, 2.39]]
    """
    steps = xp.maximum(raw, 0.0) + xp.log1p(xp.exp(-xp.abs(raw)))
    median = raw[..., 0]
    low, high = median - steps[..., 1], median + steps[..., 2]
    return xp.stack([median, low, high, low - steps[..., 3], high + steps[..., 4]], axis=-1)


def pinball_loss(outputs: ArrayLike, targets: ArrayLike) -> jax.Array:
    """Return the sum of the pinball losses of the five quantiles, which is smallest where each is the quantile.

    l = Σ_τ max(τ (t - q_τ), (τ - 1) (t - q_τ)), τ = 0.5, 0.16, 0.84, 0.025, 0.975.

    Args:
        outputs: raw outputs, of which `ordered_quantiles` makes q, shape (rows, 5), in standard deviations.
        targets: t, shape (rows,), in standard deviations of the target.

    Returns:
        l, shape (rows,), dimensionless.

    Source: R. Koenker, G. Bassett, Econometrica 46 (1978) 33.

    Example:
        >>> far = np.array([[0.0, -30.0, -30.0, -30.0, -30.0]])  # all five quantiles at 0
        >>> round(float(pinball_loss(far, np.array([2.0]))[0]), 4)
        5.0
    """
    import jax.numpy as jnp

    levels = jnp.asarray(QUANTILE_LEVELS, jnp.float32)
    missing = jnp.asarray(targets)[..., None] - ordered_quantiles(jnp.asarray(outputs), jnp)
    return jnp.sum(jnp.maximum(levels * missing, (levels - 1) * missing), axis=-1)


def _rows(target: QuantilesTarget, truth: Array, scores: Array, weights: Array) -> QuantileHead:  # noqa: ARG001
    return as_quantiles(truth, scores, weights)


def _raw_rows(
    target: QuantilesTarget,  # noqa: ARG001  # every kind of head takes its section
    truth: Array,
    raw: Array,
    weights: Array,
    summary: TruthSummary,
) -> QuantileHead:
    predicted = ordered_quantiles(raw, np) * summary.std + summary.mean
    return as_quantiles(truth, predicted, weights, offset=summary.offset)


QUANTILES = Task(
    kind="quantiles",
    section=QuantilesTarget,
    loss=pinball_loss,
    output=lambda target: Output(names=_NAMES, activation="ordered-quantiles", standardised=True),  # noqa: ARG005
    rows_type=QuantileHead,
    rows=_rows,
    raw_rows=_raw_rows,
    headlines=("resolution", "interval_width_68"),
    combine="median",
    figures="quantiles",
    purpose=lambda head, target: (
        f"estimates {head}{f' in {target.unit}' if target.unit else ''} with intervals of 68% and 95%"
    ),
    onnx_meaning=lambda target: {
        "meaning": f"quantiles of {target.column}", "unit": target.unit, "probabilities": list(QUANTILE_LEVELS),
    },
    caption=lambda target: "Coverage is the share of rows whose true value lies in the interval.",  # noqa: ARG005
)  # fmt: skip
