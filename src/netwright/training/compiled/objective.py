"""Losses of the heads, computed on raw outputs, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from netwright.config import BinaryTarget, MulticlassTarget, Target
from netwright.data import Description

__all__ = ["HeadObjective", "binary_cross_entropy", "cross_entropy", "make_objective", "squared_error"]


def binary_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    """Return the cross entropy of a signal's probability p = 1 / (1 + exp(-z)).

    l = -y ln p - (1 - y) ln(1 - p) = ln(1 + exp z) - y z.

    Args:
        logits: z, shape (rows,), dimensionless.
        labels: y, 0 or 1, shape (rows,), dimensionless.

    Returns:
        l, shape (rows,), dimensionless.

    Source: definition.

    Example:
        >>> round(float(binary_cross_entropy(0.0, 1.0)), 4)
        0.6931
    """
    return jax.nn.softplus(jnp.asarray(logits)) - jnp.asarray(labels) * jnp.asarray(logits)


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    """Return the cross entropy of class probabilities p_c = exp z_c / Σ_k exp z_k.

    l = -ln p_y = ln Σ_k exp z_k - z_y.

    Args:
        logits: z, shape (rows, classes), dimensionless.
        labels: y, position of the class, whole numbers of shape (rows,), dimensionless.

    Returns:
        l, shape (rows,), dimensionless.

    Source: definition.

    Example:
        >>> round(float(cross_entropy(jnp.zeros((1, 4)), jnp.array([2]))[0]), 4)
        1.3863
    """
    z = jnp.asarray(logits)
    chosen = jnp.take_along_axis(z, jnp.asarray(labels)[:, None], axis=-1)[:, 0]
    return jax.nn.logsumexp(z, axis=-1) - chosen


def squared_error(outputs: ArrayLike, targets: ArrayLike) -> jax.Array:
    """Return the squared error of standardised values.

    l = (t' - t)².

    Args:
        outputs: t', shape (rows,), in deviations of the target.
        targets: t, shape (rows,), in deviations of the target.

    Returns:
        l, shape (rows,), dimensionless.

    Source: definition.

    Example:
        >>> float(squared_error(1.0, 3.0))
        4.0
    """
    return jnp.square(jnp.asarray(outputs) - jnp.asarray(targets))


@dataclass(frozen=True)
class HeadObjective:
    """The loss of one head; its numbers are data of a compiled program, of several members with an axis.

    Attributes:
        kind: of the target.
        loss_weight: λ in L = Σ λ L_head.
        mean: of a regression's target, less its offset, in its unit.
        std: of a regression's target, in its unit.
        offset: what was taken off a regression's target, in its unit.
    """

    kind: Literal["binary", "multiclass", "regression"]
    loss_weight: float
    mean: float = 0.0
    std: float = 1.0
    offset: float = 0.0

    def row_losses(self, outputs: jax.Array, values: jax.Array) -> jax.Array:
        """Return the loss of every row.

        Args:
            outputs: raw outputs of the head, shape (rows, 1) or (rows, classes), dimensionless.
            values: labels, or targets in their unit, shape (rows,).

        Returns:
            Losses, shape (rows,), dimensionless.
        """
        if self.kind == "binary":
            return binary_cross_entropy(outputs[:, 0], values)
        if self.kind == "multiclass":
            return cross_entropy(outputs, values)
        return squared_error(outputs[:, 0], (values - self.mean) / self.std)


jax.tree_util.register_dataclass(
    HeadObjective, data_fields=["loss_weight", "mean", "std"], meta_fields=["kind", "offset"]
)


def make_objective(targets: Mapping[str, Target], description: Description) -> dict[str, HeadObjective]:
    """Say what each head's loss is.

    Args:
        targets: the heads of an experiment.
        description: constants from training rows.

    Returns:
        Losses by head, dimensionless.

    Source: definition; L = Σ λ L_head, as the seed of the project has it.
    """
    objective = {}
    for name, target in targets.items():
        if isinstance(target, BinaryTarget | MulticlassTarget):
            objective[name] = HeadObjective(target.kind, target.loss_weight)
        else:
            moments = description.targets[name]
            mean, std = float(moments.mean[0]), float(moments.std[0])
            objective[name] = HeadObjective(
                target.kind, target.loss_weight, mean, std, description.offsets.get(name, 0.0)
            )
    return objective
