"""The rows of one step, gathered on the device, and their losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Sharding

from netwright.models import of_networks
from netwright.training.compiled.objective import HeadObjective
from netwright.training.compiled.state import BatchIndices
from netwright.training.feed.arrays import RowArrays

__all__ = ["Batch", "gather_batch", "head_losses", "training_losses"]


class Batch(NamedTuple):
    """The rows of one step of one member.

    Attributes:
        inputs: by group, shape (batch, ...), in raw units.
        values: by head, labels, or targets in their unit, shape (batch,).
        weights: by head, f ŵ, shape (batch,), dimensionless.
        factors: f, shape (batch,), dimensionless; 0 for rows that only fill up the last batch of an epoch.
    """

    inputs: Mapping[str, jax.Array]
    values: Mapping[str, jax.Array]
    weights: Mapping[str, jax.Array]
    factors: jax.Array

    @property
    def filled(self) -> jax.Array:
        """n/B of a batch of n rows, shape (), dimensionless.

        Example:
            >>> float(Batch({}, {}, {}, jnp.array([1.0, 2.0, 0.0, 0.0])).filled)
            0.5
        """
        return jnp.count_nonzero(self.factors) / len(self.factors)


def gather_batch(arrays: RowArrays, indices: BatchIndices, sharding: Sharding | None) -> Batch:
    """Gather the rows of one step of a member; rows that only fill up get no weight.

    Args:
        arrays: rows on the device.
        indices: of one step and one member: rows and factors of shape (batch,).
        sharding: how the rows are divided among devices; all on one if None.

    Returns:
        The rows.
    """

    def gather(values: jax.Array) -> jax.Array:
        return values.at[indices.rows].get(mode="promise_in_bounds")

    batch = Batch(
        jax.tree.map(gather, dict(arrays.inputs)),
        jax.tree.map(gather, dict(arrays.values)),
        {
            head: weights.at[indices.weight_lines, indices.rows].get(mode="promise_in_bounds") * indices.factors
            for head, weights in arrays.weights.items()
        },
        indices.factors,
    )
    if sharding is None:
        return batch
    divided: Batch = jax.lax.with_sharding_constraint(batch, sharding)  # type: ignore[no-untyped-call]  # of JAX
    return divided


def head_losses(
    objective: Mapping[str, HeadObjective], outputs: Mapping[str, jax.Array], batch: Batch
) -> dict[str, jax.Array]:
    """Return the weighted sum of the losses of a batch, Σ f ŵ l, by head; negative weights have bounded losses.

    Args:
        objective: loss of each head.
        outputs: raw outputs by head, shape (batch, n), dimensionless.
        batch: the rows.

    Returns:
        Sums by head, shape (), dimensionless.

    Source: definition.
    """
    return {
        head: jnp.sum(head_objective.weighted_losses(outputs[head], batch.values[head], batch.weights[head]))
        for head, head_objective in objective.items()
    }


def training_losses(
    objective: Mapping[str, HeadObjective], outputs: Mapping[str, jax.Array], batch: Batch
) -> dict[str, jax.Array]:
    """Return what `head_losses` does, with the mean of the losses of inner networks where a head has them.

    Each inner network learns on its own; the loss of their joint output would let them lean on each other.

    Args:
        objective: loss of each head.
        outputs: raw outputs by head, shape (batch, n), and those of N inner networks, shape (batch, N, n).
        batch: the rows.

    Returns:
        Sums by head, shape (), dimensionless.

    Source: arXiv:2410.24210, section 3.2.
    """
    plain = {head: head_objective for head, head_objective in objective.items() if of_networks(head) not in outputs}
    sums = head_losses(plain, outputs, batch)
    for head in objective.keys() - plain.keys():
        network_losses = jax.vmap(objective[head].weighted_losses, in_axes=(1, None, None))
        losses = network_losses(outputs[of_networks(head)], batch.values[head], batch.weights[head])
        sums[head] = jnp.sum(jnp.mean(losses, axis=0))
    return {head: sums[head] for head in objective}
