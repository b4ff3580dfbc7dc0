"""One training step of one member, as a pure function of its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import keras
from jax.sharding import Sharding
from jax.typing import ArrayLike

from netwright.models import Penalised, other_losses, penalty
from netwright.training.compiled.batch import Batch, gather_batch, training_losses
from netwright.training.compiled.objective import HeadObjective
from netwright.training.compiled.state import BatchIndices, Hyperparameters, StepSums, TrainState
from netwright.training.feed.arrays import RowArrays

__all__ = ["LossAux", "Step", "make_loss", "make_step", "make_update"]

Arrays = list[jax.Array]


class LossAux(NamedTuple):
    """What the computation of a loss gives besides it.

    Attributes:
        other: new values of variables that are not trained, such as running means.
        penalty: the part of the loss that no row has, shape (), dimensionless.
        sums: by head, Σ f ŵ l, shape (), dimensionless.
        outputs: raw outputs by head, shape (batch, n), dimensionless.
    """

    other: Arrays
    penalty: jax.Array
    sums: dict[str, jax.Array]
    outputs: dict[str, jax.Array]


Loss = Callable[[Arrays, Arrays, Batch, Hyperparameters], tuple[jax.Array, LossAux]]
"""A function of trainable values, other values, a batch and hyperparameters."""

Step = Callable[[TrainState, RowArrays, Hyperparameters, BatchIndices, jax.Array], tuple[TrainState, StepSums]]
"""A function of the state of one member (no array has the members' axis), rows, indices of its batch and the rate."""

Update = Callable[[Arrays, Arrays, Arrays, jax.Array], tuple[Arrays, Arrays]]
"""A function of optimizer values, gradients, trainable values and the rate."""


def make_loss(model: keras.Model, penalised: Penalised, *, training: bool = True) -> Loss:
    """Make the function that a step minimises.

    L = Σ_h λ_h (1/B) Σ_i f_i ŵ_hi l_hi + penalties, with the mean of the losses of inner networks as l_hi where a body
    has them. A head may have another loss of the batch in place of the mean over rows, and one of its dependence on
    protected values besides it (`BatchLoss`). B is the batch size also where the last batch of an epoch is filled up
    with rows that do not count (f = 0), so that every row has the same part in the gradients of an epoch. A head with
    λ = 0 is measured and adds exactly 0 to loss and gradient.

    Args:
        model: the network up to its raw outputs.
        penalised: which L1 and L2 penalties there are.
        training: whether dropout and noise are on, and batch normalisation takes the numbers of the batch.

    Returns:
        A pure function (`Loss`).

    Source: definition.
    """

    def loss_of(
        trainable: Arrays, other: Arrays, batch: Batch, hyperparameters: Hyperparameters
    ) -> tuple[jax.Array, LossAux]:
        outputs, new_other, losses = model.stateless_call(
            trainable, other, batch.inputs, training=training, return_losses=True
        )
        heads = hyperparameters.heads
        sums = training_losses(heads, outputs, batch)
        head_losses = (
            _scaled(heads[head].loss_weight, _head_loss(heads[head], sums[head], outputs[head], batch, head))
            for head in sums
        )
        other_terms = sum(other_losses(model, losses)) + penalty(hyperparameters.penalties, trainable, penalised)
        for head, head_objective in heads.items():
            if head_objective.batch is not None and head_objective.batch.protected is not None:
                rows = batch.values[head], batch.weights[head], batch.values[head_objective.batch.protected]
                other_terms += head_objective.batch.dependence(outputs[head][:, 0], *rows, batch.filled)
        raw = {head: outputs[head] for head in heads}
        return sum(head_losses) + other_terms, LossAux(new_other, jnp.asarray(other_terms, jnp.float32), sums, raw)

    return loss_of


def make_update(optimizer: keras.optimizers.Optimizer) -> Update:
    """Make the function that changes weights by gradients, with the learning rate of the step.

    Args:
        optimizer: built for the network.

    Returns:
        A pure function (`Update`); it returns new trainable values and new values of the optimizer.
    """
    rate_index = next(i for i, v in enumerate(optimizer.variables) if v is optimizer.learning_rate)

    def update(values: Arrays, gradients: Arrays, trainable: Arrays, rate: jax.Array) -> tuple[Arrays, Arrays]:
        before = [rate if i == rate_index else value for i, value in enumerate(values)]
        updated: tuple[Arrays, Arrays] = optimizer.stateless_apply(before, gradients, trainable)
        return updated

    return update


def make_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, penalised: Penalised, *, sharding: Sharding | None = None
) -> Step:
    """Make one training step: the loss (`make_loss`), its gradient, and the optimizer's update.

    Args:
        model: the network up to its raw outputs.
        optimizer: built for the model.
        penalised: which L1 and L2 penalties there are.
        sharding: how the inputs of a batch are divided among devices; all on one if not given.

    Returns:
        A pure function (`Step`) to be compiled; it returns the new state and what the step measured.
    """
    differentiated = jax.value_and_grad(make_loss(model, penalised), has_aux=True)
    update = make_update(optimizer)

    def step(
        state: TrainState, arrays: RowArrays, hyperparameters: Hyperparameters, indices: BatchIndices, rate: jax.Array
    ) -> tuple[TrainState, StepSums]:
        batch = gather_batch(arrays, indices, sharding)
        (loss, aux), gradients = differentiated(state.trainable, state.other, batch, hyperparameters)
        trainable, optimizer_values = update(state.optimizer, gradients, state.trainable, rate)
        norm = jnp.linalg.norm(jnp.concatenate([g.ravel() for g in gradients]))  # one kernel instead of two an array
        weights = {head: jnp.sum(values) for head, values in batch.weights.items()}
        rows = jnp.count_nonzero(indices.factors).astype(jnp.float32)
        sums = StepSums(loss, aux.penalty, aux.sums, weights, rows, norm)
        return TrainState(trainable, aux.other, optimizer_values), sums

    return step


def _head_loss(objective: HeadObjective, loss_sum: jax.Array, outputs: jax.Array, batch: Batch, head: str) -> jax.Array:
    """Return the loss of a head over a batch: the mean of its rows' losses, or what is learned in place of it."""
    weights = batch.weights[head]
    mean = loss_sum / len(weights)
    if objective.batch is None:
        return mean
    return objective.batch.epoch_loss(mean, outputs[:, 0], batch.values[head], weights, batch.filled)


def _scaled(weight: ArrayLike, loss: jax.Array) -> jax.Array:
    """Return λ L, and exactly 0 for λ = 0, whatever the loss is."""
    return jnp.where(jnp.asarray(weight) == 0, 0.0, jnp.asarray(weight) * loss)
