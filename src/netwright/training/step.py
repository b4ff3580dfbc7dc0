"""One step of training and one look at the loss, as pure functions of their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
from jax.typing import ArrayLike

from netwright.training.feed import Feed
from netwright.training.objective import HeadObjective

__all__ = ["Looked", "StepRecord", "Steps", "TrainState", "assign", "initial_state", "make_evaluation", "make_steps"]

Arrays = list[jax.Array]


class TrainState(NamedTuple):
    """Everything that a step changes."""

    trainable: Arrays
    other: Arrays
    optimizer: Arrays


class StepRecord(NamedTuple):
    """What a step measured; everything is dimensionless."""

    loss: jax.Array
    head_losses: dict[str, jax.Array]
    gradient_norm: jax.Array


class Looked(NamedTuple):
    """What a look at rows found: weighted mean losses by head, and raw outputs of the heads that were asked for."""

    losses: dict[str, jax.Array]
    outputs: dict[str, jax.Array]


Steps = Callable[[TrainState, Feed, ArrayLike, ArrayLike, ArrayLike], tuple[TrainState, StepRecord]]
"""A compiled function of state, feed, rows (steps, batch), their factors (steps, batch) and rates (steps,)."""


def initial_state(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> TrainState:
    """Take the state out of a model and its optimizer.

    Args:
        model: the network.
        optimizer: built or not.

    Returns:
        The state before the first step.
    """
    optimizer.build(model.trainable_variables)
    return TrainState(*([v.value for v in vs] for vs in _variables(model, optimizer)))


def assign(model: keras.Model, state: TrainState) -> None:
    """Put the weights of a state into a model.

    Args:
        model: the network that the state was taken from.
        state: with the weights.
    """
    for variables, values in (
        (model.trainable_variables, state.trainable),
        (model.non_trainable_variables, state.other),
    ):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def make_steps(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, objective: Mapping[str, HeadObjective]
) -> Steps:
    """Make the compiled function that does many steps.

    One step: L = Σ_h λ_h (1/B) Σ_i f_i ŵ_hi l_hi + penalties, its gradient, and the optimizer's update with the
    learning rate of this step. Rates are data, so that another schedule compiles nothing again.

    Args:
        model: the network up to its raw outputs.
        optimizer: built for the model.
        objective: loss of each head.

    Returns:
        A pure function of (state, feed, rows (steps, batch), factors (steps, batch), rates (steps,)); it returns
        the new state and the record of every step, with the norm of the gradient before it is clipped. A step
        whose factors are all 0 changes nothing.
    """
    rate_place = next(i for i, v in enumerate(optimizer.variables) if v is optimizer.learning_rate)

    def loss_of(trainable: Arrays, other: Arrays, batch: Feed) -> tuple[jax.Array, tuple[Arrays, dict[str, jax.Array]]]:
        outputs, new_other, penalties = model.stateless_call(
            trainable, other, batch.inputs, training=True, return_losses=True
        )
        heads = _head_losses(objective, outputs, batch, jnp.mean)
        total = sum(objective[h].loss_weight * heads[h] for h in heads) + sum(penalties)
        return total, (new_other, heads)

    def step(state: TrainState, batch: Feed, rate: jax.Array) -> tuple[TrainState, StepRecord]:
        (loss, (other, heads)), gradients = jax.value_and_grad(loss_of, has_aux=True)(
            state.trainable, state.other, batch
        )
        before = [rate if i == rate_place else value for i, value in enumerate(state.optimizer)]
        trainable, optimizer_values = optimizer.stateless_apply(before, gradients, state.trainable)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in gradients))
        return TrainState(trainable, other, optimizer_values), StepRecord(loss, heads, norm)

    def nothing(state: TrainState, batch: Feed, rate: jax.Array) -> tuple[TrainState, StepRecord]:
        del batch, rate
        zero = jnp.zeros(())
        return state, StepRecord(zero, dict.fromkeys(objective, zero), zero)

    def many(
        state: TrainState, feed: Feed, rows: jax.Array, factors: jax.Array, rates: jax.Array
    ) -> tuple[TrainState, StepRecord]:
        def one(carry: TrainState, of_step: tuple[jax.Array, ...]) -> tuple[TrainState, StepRecord]:
            rows, factors, rate = of_step
            done: tuple[TrainState, StepRecord] = jax.lax.cond(
                factors.any(), step, nothing, carry, _batch(feed, rows, factors), rate
            )
            return done

        last, records = jax.lax.scan(one, state, (rows, factors, rates))
        return last, records

    return jax.jit(many)


def make_evaluation(
    model: keras.Model, objective: Mapping[str, HeadObjective], outputs_of: Sequence[str] = ()
) -> Callable[[TrainState, Feed, ArrayLike, ArrayLike], Looked]:
    """Make the compiled function that looks at rows, with dropout off.

    Args:
        model: the network up to its raw outputs.
        objective: loss of each head.
        outputs_of: heads whose outputs are wanted.

    Returns:
        A pure function of (state, feed, rows (steps, batch), factors (steps, batch)); it returns by head the
        weighted mean of the loss, Σ w l / Σ w, and outputs of shape (steps, batch, outputs).
    """

    def evaluate(state: TrainState, feed: Feed, rows: jax.Array, factors: jax.Array) -> Looked:
        def one(carry: None, order: tuple[jax.Array, jax.Array]) -> tuple[None, Any]:
            batch = _batch(feed, *order)
            outputs, _ = model.stateless_call(state.trainable, state.other, batch.inputs, training=False)
            sums = {h: jnp.sum(batch.weights[h]) for h in objective}
            wanted = {h: outputs[h] for h in outputs_of}
            return carry, (_head_losses(objective, outputs, batch, jnp.sum), sums, wanted)

        _, (losses, weights, outputs) = jax.lax.scan(one, None, (rows, factors))
        return Looked({head: jnp.sum(losses[head]) / jnp.sum(weights[head]) for head in objective}, outputs)

    return jax.jit(evaluate)


def _batch(feed: Feed, rows: jax.Array, factors: jax.Array) -> Feed:
    """Gather the rows of one step; rows that only fill up get no weight."""
    batch = jax.tree.map(lambda values: values[rows], feed)
    return Feed(batch.inputs, batch.values, {head: w * factors for head, w in batch.weights.items()})


def _head_losses(
    objective: Mapping[str, HeadObjective],
    outputs: Mapping[str, jax.Array],
    batch: Feed,
    reduce: Callable[[jax.Array], jax.Array],
) -> dict[str, jax.Array]:
    return {
        head: reduce(batch.weights[head] * one.row_losses(outputs[head], batch.values[head]))
        for head, one in objective.items()
    }


def _variables(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> tuple[list[Any], list[Any], list[Any]]:
    return model.trainable_variables, model.non_trainable_variables, optimizer.variables
