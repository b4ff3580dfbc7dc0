"""A number in its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from netwright.metrics import RegressionHead, as_regressed
from netwright.section import Number, Whole
from netwright.tasks.target import TargetSection
from netwright.tasks.task import Array, Output, RowLoss, Task, TruthSummary

if TYPE_CHECKING:
    import jax
    from jax.typing import ArrayLike

__all__ = ["REGRESSION", "HuberLoss", "RegressionTarget", "squared_error"]


class RegressionTarget(TargetSection):
    """A number in its unit; the network undoes the standardisation."""

    kind: Literal["regression"] = Field(description="A number; others: binary, multiclass, quantiles.")
    unit: str | None = Field(None, description="Unit of the column, shown in figures.")
    flat_bins: Whole = Field(
        0,
        ge=0,
        le=1000,
        description="Number of bins in which weights flatten the target's distribution in training; 0: none.",
    )
    loss: Literal["squared", "huber"] = Field(
        "squared",
        description="Loss: squared, or huber, which is squared up to huber_delta and linear beyond, for tails.",
    )
    huber_delta: Number = Field(
        0.5, gt=0, description="Residual beyond which the Huber loss is linear, in standard deviations of the target."
    )

    @property
    def row_loss(self) -> RowLoss | None:
        """The Huber loss, where it is chosen."""
        return HuberLoss(float(self.huber_delta)) if self.loss == "huber" else None

    @property
    def flattening_bins(self) -> int:
        """Number of bins used to flatten the distribution of the truth by weights in training; 0 for no flattening."""
        return self.flat_bins

    @property
    def value_unit(self) -> str:
        """Unit of the output; empty if not given."""
        return self.unit or ""


def squared_error(outputs: ArrayLike, targets: ArrayLike) -> jax.Array:
    """Return the squared error of standardised values.

    l = (t' - t)².

    Args:
        outputs: t', shape (rows,), in standard deviations of the target.
        targets: t, shape (rows,), in standard deviations of the target.

    Returns:
        l, shape (rows,), dimensionless.

    Source: definition.

    Example:
        >>> float(squared_error(1.0, 3.0))
        4.0
    """
    import jax.numpy as jnp

    return jnp.square(jnp.asarray(outputs) - jnp.asarray(targets))


@dataclass(frozen=True)
class HuberLoss:
    """The Huber loss of standardised values: quadratic for small residuals, linear for large ones.

    With r = t' - t: l = r² for |r| ≤ δ, else δ (2|r| - δ); value and slope are continuous. For δ → ∞ it is the squared
    error, and for small δ its minimum is the median, so that rows in a long tail do not decide.

    Attributes:
        delta: δ, in standard deviations of the target; positive.

    Source: P. J. Huber, Ann. Math. Statist. 35 (1964) 73, times two.

    Example:
        >>> loss = HuberLoss(0.5)
        >>> float(loss(0.25, 0.0)), float(loss(3.0, 0.0))
        (0.0625, 2.75)
    """

    delta: float

    def __call__(self, outputs: ArrayLike, targets: ArrayLike) -> jax.Array:
        """Return the loss of every row.

        Args:
            outputs: t', shape (rows,), in standard deviations of the target.
            targets: t, shape (rows,), in standard deviations of the target.

        Returns:
            l, shape (rows,), dimensionless.
        """
        import jax.numpy as jnp

        size = jnp.abs(jnp.asarray(outputs) - jnp.asarray(targets))
        small = jnp.minimum(size, self.delta)
        return small * (2 * size - small)


def _rows(target: RegressionTarget, truth: Array, scores: Array, weights: Array) -> RegressionHead:  # noqa: ARG001
    return RegressionHead(as_regressed(truth, scores, weights), np.asarray(truth, dtype=np.float64))


def _raw_rows(
    target: RegressionTarget,  # noqa: ARG001  # every kind of head takes its section
    truth: Array,
    raw: Array,
    weights: Array,
    summary: TruthSummary,
) -> RegressionHead:
    """Undo the standardisation; residuals are computed before the offset is added, to keep full precision."""
    values = truth.astype(np.float64)
    rows = as_regressed(values, raw * summary.std + summary.mean, weights)
    return RegressionHead(rows, values + summary.offset)


REGRESSION = Task(
    kind="regression",
    section=RegressionTarget,
    loss=squared_error,
    output=lambda target: Output(standardised=True),  # noqa: ARG005  # every kind of head takes its section
    rows_type=RegressionHead,
    rows=_rows,
    raw_rows=_raw_rows,
    headlines=("resolution",),
    combine="median",
    figures="regression",
    purpose=lambda head, target: f"estimates {head}{f' in {target.unit}' if target.unit else ''}",
    onnx_meaning=lambda target: {"meaning": f"value of {target.column}", "unit": target.unit},
)
