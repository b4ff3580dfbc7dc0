"""Steps of training and looks at the loss, for one member or for several at once, as pure functions of their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
from jax.sharding import Sharding
from jax.typing import ArrayLike

from netwright.models import Penalised, other_losses, penalty
from netwright.training.compiled.objective import HeadObjective
from netwright.training.feed.arrays import Feed

__all__ = ["Knobs", "Looked", "Looks", "Places", "StepRecord", "Steps", "TrainState", "make_evaluation", "make_steps"]

Arrays = list[jax.Array]


class TrainState(NamedTuple):
    """Everything that a step changes; every array has the members along its first axis."""

    trainable: Arrays
    other: Arrays
    optimizer: Arrays


class Knobs(NamedTuple):
    """What members of one program differ in beside their state; every array has the members along its first axis."""

    heads: Mapping[str, HeadObjective]
    penalties: ArrayLike  # L1 and L2 coefficient of every trainable variable, shape (members, variables, 2)


class Places(NamedTuple):
    """Which rows of a feed steps take.

    Attributes:
        lines: line of the feed's weights that each member has, shape (members,).
        rows: places of rows, shape (members, steps, batch).
        factors: by what the weight of each row is multiplied, of the same shape, dimensionless.
    """

    lines: Any
    rows: Any
    factors: Any


class StepRecord(NamedTuple):
    """What steps measured, shape (members, steps); everything is dimensionless.

    Attributes:
        loss: what a step minimises, of a batch of B rows in which those that only fill up count as 0.
        penalty: the part of it that no row has: penalties on weights, and losses that layers add themselves.
        losses: by head, Σ f ŵ l over the rows of the step.
        weights: by head, Σ f ŵ over them.
        rows: how many of the B rows do not only fill up.
        gradient_norm: of the gradient of the loss, before it is clipped.
    """

    loss: jax.Array
    penalty: jax.Array
    losses: dict[str, jax.Array]
    weights: dict[str, jax.Array]
    rows: jax.Array
    gradient_norm: jax.Array


class Looked(NamedTuple):
    """What a look at rows found, step by step.

    Attributes:
        losses: by head, Σ w l, shape (members, steps), dimensionless.
        weights: by head, Σ w, of the same shape.
        outputs: raw outputs of the heads that were asked for, shape (members, steps, batch, n), dimensionless.
    """

    losses: dict[str, jax.Array]
    weights: dict[str, jax.Array]
    outputs: dict[str, jax.Array]


class _Batch(NamedTuple):
    """The rows of one step."""

    inputs: Mapping[str, jax.Array]
    values: Mapping[str, jax.Array]
    weights: Mapping[str, jax.Array]


Steps = Callable[..., tuple[TrainState, StepRecord]]
"""A compiled function of state, feed, knobs, places, rates (members, steps), the first step to do and the step to end
before."""

Looks = Callable[..., Looked]
"""A compiled function of state, feed, knobs, places and the step to end before."""


def make_steps(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, penalised: Penalised, *, sharding: Sharding | None = None
) -> Steps:
    """Make the compiled function that does many steps.

    One step of a member: L = Σ_h λ_h (1/B) Σ_i f_i ŵ_hi l_hi + penalties, its gradient, and the optimizer's update
    with the learning rate of this step. Rates, λ, coefficients of penalties and the number of steps are data, so that
    other ones compile nothing again. A head with λ = 0 is measured and adds exactly 0 to loss and gradient.

    B is the batch size also where the last batch of an epoch is filled up with rows that do not count (f = 0), so that
    every row has the same part in the gradients of an epoch.

    Args:
        model: the network up to its raw outputs; members differ from it in the values of its variables only.
        optimizer: built for the model.
        penalised: of `netwright.models.penalties.penalised`: which L1 and L2 penalties a member has.
        sharding: how the inputs of a batch are divided among devices; all on one if not given.

    Returns:
        A pure function (`Steps`); it returns the new state and the record of every step, with the norm of the
        gradient before it is clipped. With several members, a step of one whose factors are all 0 changes nothing.
    """
    rate_place = next(i for i, v in enumerate(optimizer.variables) if v is optimizer.learning_rate)

    def loss_of(
        trainable: Arrays, other: Arrays, batch: _Batch, knobs: Knobs
    ) -> tuple[jax.Array, tuple[Arrays, jax.Array, dict[str, jax.Array]]]:
        outputs, new_other, losses = model.stateless_call(
            trainable, other, batch.inputs, training=True, return_losses=True
        )
        sums = _head_losses(knobs.heads, outputs, batch)
        parts = (_part(knobs.heads[head].loss_weight, sums[head] / len(batch.weights[head])) for head in sums)
        added = sum(other_losses(model, losses)) + penalty(knobs.penalties, trainable, penalised)
        return sum(parts) + added, (new_other, jnp.asarray(added, jnp.float32), sums)

    def step(
        state: TrainState, feed: Feed, knobs: Knobs, places: Places, rate: jax.Array
    ) -> tuple[TrainState, StepRecord]:
        batch = _batch(feed, places, sharding)
        (loss, (other, added, losses)), gradients = jax.value_and_grad(loss_of, has_aux=True)(
            state.trainable, state.other, batch, knobs
        )
        before = [rate if i == rate_place else value for i, value in enumerate(state.optimizer)]
        trainable, optimizer_values = optimizer.stateless_apply(before, gradients, state.trainable)
        norm = jnp.linalg.norm(jnp.concatenate([g.ravel() for g in gradients]))  # one kernel instead of two an array
        weights = {head: jnp.sum(values) for head, values in batch.weights.items()}
        rows = jnp.count_nonzero(places.factors).astype(jnp.float32)
        record = StepRecord(loss, added, losses, weights, rows, norm)
        return TrainState(trainable, other, optimizer_values), record

    def live_step(
        state: TrainState, feed: Feed, knobs: Knobs, places: Places, rate: jax.Array
    ) -> tuple[TrainState, StepRecord]:
        after, record = step(state, feed, knobs, places, rate)
        return jax.tree.map(partial(jnp.where, places.factors.any()), after, state), record

    def many(
        state: TrainState,
        feed: Feed,
        knobs: Knobs,
        places: Places,
        rates: jax.Array,
        first: jax.Array,
        stop: jax.Array,
    ) -> tuple[TrainState, StepRecord]:
        alone = len(rates) == 1
        state, knobs, places, rates = _first((state, knobs, places, rates)) if alone else (state, knobs, places, rates)
        one_step = step if alone else jax.vmap(live_step, in_axes=(0, None, 0, 0, 0))

        def body(number: jax.Array, carry: tuple[TrainState, StepRecord]) -> tuple[TrainState, StepRecord]:
            before, records = carry
            after, record = one_step(before, feed, knobs, _of_step(places, number), rates[..., number])
            return after, _noted(records, record, number)

        shape = rates.shape[::-1]
        nothing, of_heads = jnp.zeros(shape), {head: jnp.zeros(shape) for head in knobs.heads}
        records = StepRecord(nothing, nothing, of_heads, of_heads, nothing, nothing)
        after, records = jax.lax.fori_loop(first, stop, body, (state, records))
        return (_with_axis(after) if alone else after), _by_member(records, alone=alone)

    return jax.jit(many)


def make_evaluation(model: keras.Model, outputs_of: Sequence[str] = (), *, sharding: Sharding | None = None) -> Looks:
    """Make the compiled function that looks at rows, with dropout off.

    Args:
        model: the network up to its raw outputs.
        outputs_of: heads whose outputs are wanted.
        sharding: how the inputs of a batch are divided among devices; all on one if not given.

    Returns:
        A pure function (`Looks`).
    """

    def look(state: TrainState, feed: Feed, knobs: Knobs, places: Places) -> Looked:
        batch = _batch(feed, places, sharding)
        outputs, _ = model.stateless_call(state.trainable, state.other, batch.inputs, training=False)
        return Looked(
            _head_losses(knobs.heads, outputs, batch),
            {head: jnp.sum(batch.weights[head]) for head in knobs.heads},
            {head: outputs[head] for head in outputs_of},
        )

    def evaluate(state: TrainState, feed: Feed, knobs: Knobs, places: Places, stop: jax.Array) -> Looked:
        alone, steps = len(places.lines) == 1, places.rows.shape[1]
        state, knobs, places = _first((state, knobs, places)) if alone else (state, knobs, places)
        one_look = look if alone else jax.vmap(look, in_axes=(0, None, 0, 0))

        def of_step(number: jax.Array) -> Looked:
            looked: Looked = one_look(state, feed, knobs, _of_step(places, number))
            return looked

        shapes = jax.eval_shape(of_step, 0)
        found = jax.tree.map(lambda x: jnp.zeros((steps, *x.shape), x.dtype), shapes)
        looked = jax.lax.fori_loop(0, stop, lambda n, found: _noted(found, of_step(n), n), found)
        by_member: Looked = _by_member(looked, alone=alone)
        return by_member

    return jax.jit(evaluate)


def _first(values: Any) -> Any:  # noqa: ANN401  # any tree of arrays
    """Take the members' axis away where there is one member: it is compiled as if there were no others."""
    return jax.tree.map(lambda x: jnp.asarray(x)[0], values)


def _with_axis(values: Any) -> Any:  # noqa: ANN401
    """Put the members' axis back."""
    return jax.tree.map(lambda x: x[None], values)


def _of_step(places: Places, number: jax.Array) -> Places:
    """Return the places of one step, shape (members, batch), or (batch,) of a member alone."""
    return Places(places.lines, jnp.asarray(places.rows)[..., number, :], jnp.asarray(places.factors)[..., number, :])


def _noted(records: Any, record: Any, number: jax.Array) -> Any:  # noqa: ANN401
    """Write what a step gave into the line of that step."""
    return jax.tree.map(lambda all_, one: jax.lax.dynamic_update_index_in_dim(all_, one, number, 0), records, record)


def _by_member(records: Any, *, alone: bool) -> Any:  # noqa: ANN401
    """Turn records by step, shape (steps, members, ...), into records by member and step."""
    return _with_axis(records) if alone else jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), records)


def _batch(feed: Feed, places: Places, sharding: Sharding | None) -> _Batch:
    """Gather the rows of one step of a member; rows that only fill up get no weight."""

    def taken(values: jax.Array) -> jax.Array:
        return values.at[places.rows].get(mode="promise_in_bounds")

    batch = _Batch(
        jax.tree.map(taken, dict(feed.inputs)),
        jax.tree.map(taken, dict(feed.values)),
        {
            head: weights.at[places.lines, places.rows].get(mode="promise_in_bounds") * places.factors
            for head, weights in feed.weights.items()
        },
    )
    if sharding is None:
        return batch
    divided: _Batch = jax.lax.with_sharding_constraint(batch, sharding)  # type: ignore[no-untyped-call]  # of JAX
    return divided


def _head_losses(
    objective: Mapping[str, HeadObjective],
    outputs: Mapping[str, jax.Array],
    batch: _Batch,
) -> dict[str, jax.Array]:
    """Return Σ f ŵ l of every head."""
    return {
        head: jnp.sum(batch.weights[head] * one.row_losses(outputs[head], batch.values[head]))
        for head, one in objective.items()
    }


def _part(weight: ArrayLike, loss: jax.Array) -> jax.Array:
    """Return λ L, and exactly 0 for λ = 0, whatever the loss is."""
    return jnp.where(jnp.asarray(weight) == 0, 0.0, jnp.asarray(weight) * loss)
