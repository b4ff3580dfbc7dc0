"""Losses of a head that no row has by itself: an expected result, and the dependence on a protected quantity."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from netwright.config import BinaryTarget, ResultSection, Target
from netwright.errors import ExperimentError
from netwright.training.compiled.distance_correlation import distance_correlation
from netwright.training.compiled.expected_result import ExpectedEvents, limit_loss, significance_loss

__all__ = ["BatchLoss", "make_batch_loss", "protected_name"]


@dataclass(frozen=True)
class BatchLoss:
    """The losses of a binary head over a batch; its numbers are data of a compiled program.

    Attributes:
        result: the loss after pretraining; None for that of every row.
        protected: name of the protected values among those of a batch; None without.
        expected: events that a result is computed from.
        pretraining: epochs in which every row has its loss.
        decorrelation: λ of the distance correlation with the protected values.
        epoch: number of the epoch that runs, from 1.
    """

    result: Literal["significance", "limit"] | None
    protected: str | None
    expected: ExpectedEvents
    pretraining: ArrayLike
    decorrelation: ArrayLike
    epoch: ArrayLike = 1.0

    def epoch_loss(
        self, row_loss: jax.Array, logits: jax.Array, labels: jax.Array, weights: jax.Array, filled: jax.Array
    ) -> jax.Array:
        """Return the loss of the head in this epoch.

        Args:
            row_loss: (1/B) Σ f ŵ l over the batch, shape (), dimensionless.
            logits: shape (batch,), dimensionless.
            labels: 1 for signal, shape (batch,).
            weights: f ŵ, shape (batch,), dimensionless; rows of weight 0 do not count.
            filled: n/B of a batch of n rows, shape (), dimensionless; below 1 in the last one of an epoch.

        Returns:
            The loss, shape (), dimensionless, times n/B. Rows that do not count for the head leave it as it is, as they
            do the mean over rows, whose ŵ have a mean of 1.
        """
        if self.result is None:
            return row_loss
        loss = significance_loss if self.result == "significance" else limit_loss
        result_loss = filled * loss(jax.nn.sigmoid(logits), labels.astype(logits.dtype), weights, self.expected)
        return jnp.where(jnp.asarray(self.epoch) > jnp.asarray(self.pretraining), result_loss, row_loss)

    def dependence(
        self, logits: jax.Array, labels: jax.Array, weights: jax.Array, protected: jax.Array, filled: jax.Array
    ) -> jax.Array:
        """Return λ dCorr² of the probability and the protected values, on background rows.

        Args:
            logits: shape (batch,), dimensionless.
            labels: 1 for signal, shape (batch,).
            weights: f ŵ, shape (batch,), dimensionless; rows of weight 0 do not count.
            protected: shape (batch,), in any unit.
            filled: as in `epoch_loss`.

        Returns:
            The loss times n/B, shape (), dimensionless; exactly 0 for λ = 0.
        """
        background_weights = weights * (1 - labels.astype(weights.dtype))
        correlation = distance_correlation(jax.nn.sigmoid(logits), protected, background_weights)
        weight = jnp.asarray(self.decorrelation)
        return jnp.where(weight == 0, 0.0, weight * filled * correlation)


_NUMBERS = ("expected", "pretraining", "decorrelation", "epoch")

jax.tree_util.register_dataclass(BatchLoss, data_fields=list(_NUMBERS), meta_fields=["result", "protected"])


def protected_name(head: str) -> str:
    """Return the name of a head's protected values among the values of rows; no head is called so.

    Args:
        head: name of the head.

    Returns:
        The name.
    """
    return f"{head}-protected"


def make_batch_loss(head: str, target: Target, result: ResultSection | None) -> BatchLoss | None:
    """Say which losses of a head no row has by itself.

    Args:
        head: name of the head.
        target: its section of the experiment.
        result: what is expected in recorded collisions.

    Returns:
        The losses; None for a head whose loss is that of its rows.

    Raises:
        ExperimentError: the loss is a result, and there is no section for it.
    """
    if not isinstance(target, BinaryTarget) or (target.loss == "cross-entropy" and target.protected is None):
        return None
    kind = None if target.loss == "cross-entropy" else target.loss
    expected = ExpectedEvents(1.0, 1.0, 0.0, 1.0)
    if kind is not None:
        if result is None:
            msg = f"targets.{head}.loss: {kind} needs the section result, which is missing. Add its processes."
            raise ExperimentError(msg)
        expected = _expected_events(target, result)
    weight = 0.0 if target.protected is None else target.protected.loss_weight
    name = None if target.protected is None else protected_name(head)
    return BatchLoss(kind, name, expected, float(target.pretraining), weight)


def _expected_events(target: BinaryTarget, result: ResultSection) -> ExpectedEvents:
    """Return the events of both classes; uncertainties of the background's yield are added in quadrature."""
    background, signal = target.classes
    factors = [
        np.abs(np.log(by_class[background])).max() for by_class in result.systematics.values() if background in by_class
    ]
    return ExpectedEvents(
        result.expected_events(signal),
        result.expected_events(background),
        float(np.sqrt(np.square(factors).sum())),
        NormalDist().inv_cdf(1 - (1 - result.confidence_level) / 2),
    )
