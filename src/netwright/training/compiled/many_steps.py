"""Many steps in one call: of training and of evaluation, for one member or for several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
from jax.sharding import Sharding

from netwright.training.compiled.batch import gather_batch, head_losses
from netwright.training.compiled.state import BatchIndices, EvaluationSums, Hyperparameters, StepSums, TrainState
from netwright.training.compiled.step import Step
from netwright.training.feed.arrays import RowArrays

__all__ = [
    "EvaluateSteps",
    "TrainSteps",
    "indices_of_step",
    "make_evaluation",
    "make_train_steps",
    "with_members_axis",
    "without_members_axis",
]

TrainSteps = Callable[..., tuple[TrainState, StepSums]]
"""A compiled function of state, arrays, hyperparameters, indices, rates (members, steps), the first step to do and the
step to end before."""

EvaluateSteps = Callable[..., EvaluationSums]
"""A compiled function of state, arrays, hyperparameters, indices and the step to end before."""


def make_train_steps(step: Step) -> TrainSteps:
    """Make the compiled function that does many training steps.

    Rates, λ, coefficients of penalties and the number of steps are data, so that other ones compile nothing again.

    Args:
        step: of one member.

    Returns:
        A pure function (`TrainSteps`); it returns the new state and the sums of every step. With several members, a
        step of one whose factors are all 0 changes nothing.
    """

    def live_step(
        state: TrainState, arrays: RowArrays, hyperparameters: Hyperparameters, indices: BatchIndices, rate: jax.Array
    ) -> tuple[TrainState, StepSums]:
        after, sums = step(state, arrays, hyperparameters, indices, rate)
        return jax.tree.map(partial(jnp.where, indices.factors.any()), after, state), sums

    def many(
        state: TrainState,
        arrays: RowArrays,
        hyperparameters: Hyperparameters,
        indices: BatchIndices,
        rates: jax.Array,
        first: jax.Array,
        stop: jax.Array,
    ) -> tuple[TrainState, StepSums]:
        alone = len(rates) == 1
        if alone:
            state, hyperparameters, indices, rates = without_members_axis((state, hyperparameters, indices, rates))
        one_step = step if alone else jax.vmap(live_step, in_axes=(0, None, 0, 0, 0))

        def body(number: jax.Array, carry: tuple[TrainState, StepSums]) -> tuple[TrainState, StepSums]:
            before, by_step = carry
            after, step_sums = one_step(
                before, arrays, hyperparameters, indices_of_step(indices, number), rates[..., number]
            )
            return after, _write_step(by_step, step_sums, number)

        shape = rates.shape[::-1]
        zeros, head_zeros = jnp.zeros(shape), {head: jnp.zeros(shape) for head in hyperparameters.heads}
        by_step = StepSums(zeros, zeros, head_zeros, head_zeros, zeros, zeros)
        after, by_step = jax.lax.fori_loop(first, stop, body, (state, by_step))
        return (with_members_axis(after) if alone else after), _by_member(by_step, alone=alone)

    return jax.jit(many)


def make_evaluation(
    model: keras.Model, outputs_of: Sequence[str] = (), *, sharding: Sharding | None = None
) -> EvaluateSteps:
    """Make the compiled function that evaluates rows, with dropout off.

    Args:
        model: the network up to its raw outputs.
        outputs_of: heads whose outputs are wanted.
        sharding: how the inputs of a batch are divided among devices; all on one if not given.

    Returns:
        A pure function (`EvaluateSteps`).
    """

    def evaluate_batch(
        state: TrainState, arrays: RowArrays, hyperparameters: Hyperparameters, indices: BatchIndices
    ) -> EvaluationSums:
        batch = gather_batch(arrays, indices, sharding)
        outputs, _ = model.stateless_call(state.trainable, state.other, batch.inputs, training=False)
        return EvaluationSums(
            head_losses(hyperparameters.heads, outputs, batch),
            {head: jnp.sum(batch.weights[head]) for head in hyperparameters.heads},
            {head: outputs[head] for head in outputs_of},
        )

    def evaluate(
        state: TrainState, arrays: RowArrays, hyperparameters: Hyperparameters, indices: BatchIndices, stop: jax.Array
    ) -> EvaluationSums:
        alone, steps = len(indices.weight_lines) == 1, indices.rows.shape[1]
        if alone:
            state, hyperparameters, indices = without_members_axis((state, hyperparameters, indices))
        one_batch = evaluate_batch if alone else jax.vmap(evaluate_batch, in_axes=(0, None, 0, 0))

        def evaluate_step(number: jax.Array) -> EvaluationSums:
            sums: EvaluationSums = one_batch(state, arrays, hyperparameters, indices_of_step(indices, number))
            return sums

        shapes = jax.eval_shape(evaluate_step, 0)
        by_step = jax.tree.map(lambda x: jnp.zeros((steps, *x.shape), x.dtype), shapes)
        by_step = jax.lax.fori_loop(
            0, stop, lambda number, by_step: _write_step(by_step, evaluate_step(number), number), by_step
        )
        by_member: EvaluationSums = _by_member(by_step, alone=alone)
        return by_member

    return jax.jit(evaluate)


def without_members_axis(values: Any) -> Any:  # noqa: ANN401  # any tree of arrays
    """Take the members' axis away where there is one member: it is compiled as if there were no others.

    Args:
        values: any tree of arrays, shape (1, ...) each.

    Returns:
        The same tree, shape (...) each.
    """
    return jax.tree.map(lambda x: jnp.asarray(x)[0], values)


def with_members_axis(values: Any) -> Any:  # noqa: ANN401
    """Put the members' axis of a single member back.

    Args:
        values: any tree of arrays.

    Returns:
        The same tree, shape (1, ...) each.
    """
    return jax.tree.map(lambda x: x[None], values)


def indices_of_step(indices: BatchIndices, number: jax.Array) -> BatchIndices:
    """Return the indices of one step.

    Args:
        indices: of many steps, shape (members, steps, batch), or (steps, batch) of a member alone.
        number: of the step.

    Returns:
        Indices of shape (members, batch), or (batch,) of a member alone.
    """
    rows, factors = (jnp.asarray(values)[..., number, :] for values in (indices.rows, indices.factors))
    return BatchIndices(indices.weight_lines, rows, factors)


def _write_step(by_step: Any, step_values: Any, number: jax.Array) -> Any:  # noqa: ANN401
    """Write what a step gave into the line of that step."""
    return jax.tree.map(
        lambda all_, of_step: jax.lax.dynamic_update_index_in_dim(all_, of_step, number, 0), by_step, step_values
    )


def _by_member(by_step: Any, *, alone: bool) -> Any:  # noqa: ANN401
    """Turn sums by step, shape (steps, members, ...), into sums by member and step."""
    return with_members_axis(by_step) if alone else jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), by_step)
