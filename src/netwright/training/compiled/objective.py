"""Losses of the heads, computed on raw outputs, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

from netwright.config import ResultSection, Target
from netwright.data import Description
from netwright.tasks import RowLoss, TruthSummary, task_of
from netwright.training.compiled.batch_loss import BatchLoss, make_batch_loss

__all__ = ["HeadObjective", "make_objective", "total_loss"]

_EXACT = 5.0  # c, up to which losses of negative weight count in full: 2.2 deviations off, or a probability of 0.007


@dataclass(frozen=True)
class HeadObjective:
    """The loss of one head; its numbers are data of a compiled program, of several members with an axis.

    Attributes:
        target: the head's section of the experiment.
        loss: of every row; any function of raw outputs and truth, as `netwright.tasks.RowLoss` says.
        loss_weight: λ in L = Σ λ L_head.
        mean: of a standardised head's truth, less its offset, in its unit.
        std: of a standardised head's truth, in its unit.
        offset: what was taken off a truth that is a number, in its unit.
        batch: losses that no row has by itself; None without.
    """

    target: Target
    loss: RowLoss
    loss_weight: float
    mean: float = 0.0
    std: float = 1.0
    offset: float = 0.0
    batch: BatchLoss | None = None

    @property
    def kind(self) -> str:
        """The kind of the head."""
        return self.target.kind

    @property
    def outputs(self) -> int:
        """Number of raw outputs per row."""
        return task_of(self.target).output(self.target).units

    @property
    def standardised(self) -> bool:
        """Whether raw outputs are in deviations from the mean of the truth."""
        return task_of(self.target).output(self.target).standardised

    @property
    def truth(self) -> TruthSummary:
        """What the training rows say of the truth, as far as a standardised head needs it."""
        return TruthSummary(mean=self.mean, std=self.std, offset=self.offset)

    def row_losses(self, outputs: jax.Array, values: jax.Array) -> jax.Array:
        """Return the loss of every row.

        Args:
            outputs: raw outputs of the head, shape (rows, outputs), dimensionless.
            values: positions of classes, or values in their unit, shape (rows,).

        Returns:
            Losses, shape (rows,), dimensionless.
        """
        raw = outputs[:, 0] if outputs.shape[1] == 1 else outputs
        losses: jax.Array = self.loss(raw, (values - self.mean) / self.std if self.standardised else values)
        return losses

    def weighted_losses(self, outputs: jax.Array, values: jax.Array, weights: jax.Array) -> jax.Array:
        """Return the weighted loss of every row, of which those with negative weights are bounded.

        Rows with w < 0 cancel others that look like them. A network that tells them apart could make its loss as small
        as it likes by predicting them as badly as it can, and would learn nothing else. So from c = 5 on their loss
        grows more and more slowly, to 2c at the most: l' = c (2 - e^(1 - l/c)). Value and slope are continuous.

        Args:
            outputs: raw outputs of the head, shape (rows, outputs), dimensionless.
            values: positions of classes, or values in their unit, shape (rows,).
            weights: w, shape (rows,), dimensionless.

        Returns:
            w l, or w l' where w < 0 and l > c, shape (rows,), dimensionless.

        Source: our own; docs/log.md has what happens without.
        """
        losses = self.row_losses(outputs, values)
        slower = _EXACT * (2.0 - jnp.exp(1.0 - jnp.maximum(losses, _EXACT) / _EXACT))
        return weights * jnp.where((weights < 0) & (losses > _EXACT), slower, losses)


@dataclass(frozen=True)
class _Static:
    """What a compiled program depends on; what else targets say may differ from member to member."""

    target: Target = field(compare=False)
    kind: str
    loss: RowLoss
    offset: float


_Numbers = tuple[float, float, float, BatchLoss | None]


def _flatten(objective: HeadObjective) -> tuple[_Numbers, _Static]:
    return (objective.loss_weight, objective.mean, objective.std, objective.batch), _Static(
        objective.target, objective.kind, objective.loss, objective.offset
    )


def _unflatten(static: _Static, numbers: _Numbers) -> HeadObjective:
    loss_weight, mean, std, batch = numbers
    return HeadObjective(static.target, static.loss, loss_weight, mean, std, static.offset, batch)


jax.tree_util.register_pytree_node(HeadObjective, _flatten, _unflatten)


def total_loss(objective: Mapping[str, HeadObjective], losses: Mapping[str, float]) -> float:
    """Return Σ λ L, to which a head with λ = 0 adds nothing, whatever its loss is.

    Args:
        objective: by head, with λ.
        losses: L by head, dimensionless.

    Returns:
        The loss, dimensionless.

    Source: definition.
    """
    weights = {head: head_objective.loss_weight for head, head_objective in objective.items()}
    return sum(weight * losses[head] for head, weight in weights.items() if weight)


def make_objective(
    targets: Mapping[str, Target], description: Description, result: ResultSection | None = None
) -> dict[str, HeadObjective]:
    """Say what each head's loss is.

    Args:
        targets: the heads of an experiment.
        description: constants from training rows.
        result: what is expected in recorded collisions, where a head's loss is a result.

    Returns:
        Losses by head, dimensionless.

    Source: definition; L = Σ λ L_head (Rieger, Deep Learning School "Basic Concepts", 2022).

    Example:
        >>> import netwright as nw
        >>> objective = nw.make_objective(experiment.targets, nw.describe(rows, split, experiment))  # doctest: +SKIP
        >>> objective["energy"].loss_weight  # doctest: +SKIP
        0.1
    """
    objective = {}
    for name, target in targets.items():
        truth = description.truth_of(name)
        objective[name] = HeadObjective(
            target,
            target.row_loss or task_of(target).loss,
            target.loss_weight,
            truth.mean,
            truth.std,
            truth.offset,
            make_batch_loss(name, target, result),
        )
    return objective
