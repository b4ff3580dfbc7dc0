from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from netwright.models import build, raw_outputs
from netwright.training import Feed, HeadObjective, make_objective
from netwright.training.feed import plain_order
from netwright.training.step import assign, initial_state, make_evaluation, make_steps

RATES = np.full(3, 0.01, np.float32)


def weighted_losses(case) -> dict:
    """The same losses as Keras would be told them by hand."""
    moments = case.description.targets["size"]
    mean, std = float(moments.mean[0]), float(moments.std[0])
    return {
        "is_signal": lambda y, z: keras.losses.binary_crossentropy(y, z, from_logits=True),
        "size": lambda y, z: keras.ops.mean(keras.ops.square(z - (y - mean) / std), axis=-1),
    }


def test_steps_are_those_of_keras_own_loop(toy) -> None:
    case = toy()
    body = case.experiment.model.body.model_copy(update={"dropout": 0.0, "l2": 1e-3})
    model_section = case.experiment.model.model_copy(update={"body": body})
    experiment = case.experiment.model_copy(update={"model": model_section})
    feed = case.feed
    order = plain_order(case.split.train[:96], 32)

    ours = raw_outputs(build(experiment, case.description), experiment.targets)
    optimizer = keras.optimizers.Adam(0.01)
    steps = make_steps(ours, optimizer, make_objective(experiment.targets, case.description))
    state, record = steps(initial_state(ours, optimizer), feed, order.rows, order.factors, RATES)
    assign(ours, state)

    theirs = raw_outputs(build(experiment, case.description), experiment.targets)
    theirs.compile(keras.optimizers.Adam(0.01), weighted_losses(case), loss_weights={"is_signal": 1.0, "size": 0.5})
    losses = []
    for rows in order.rows:
        result = theirs.train_on_batch(
            {"x": case.rows.inputs["x"][rows]},
            {h: case.rows.heads[h].values[rows][:, None].astype(np.float32) for h in case.rows.heads},
            sample_weight={h: np.asarray(feed.weights[h])[rows] for h in case.rows.heads},
            return_dict=True,
        )
        losses.append(float(result["loss"]))
        theirs.reset_metrics()

    # both are float32 and order sums differently: a few units of the seventh digit
    np.testing.assert_allclose(record.loss, losses, rtol=2e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_step_without_live_rows_changes_nothing(toy) -> None:
    case = toy()
    model = raw_outputs(build(case.experiment, case.description), case.experiment.targets)
    optimizer = keras.optimizers.Adam(0.01)
    steps = make_steps(model, optimizer, make_objective(case.experiment.targets, case.description))
    before = initial_state(model, optimizer)
    order = plain_order(case.split.train[:32], 32)
    after, _ = steps(before, case.feed, order.rows, 0 * order.factors, RATES[:1])
    names = [v.name for v in optimizer.variables]
    assert {"iteration", "learning_rate"} <= set(names)
    for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(a, b)
    trained, _ = steps(before, case.feed, order.rows, order.factors, RATES[:1])
    assert int(trained.optimizer[names.index("iteration")]) == 1
    assert float(trained.optimizer[names.index("learning_rate")]) == RATES[0]


def test_every_step_has_its_own_rate_and_rates_compile_nothing_again(toy) -> None:
    case = toy()
    model = raw_outputs(build(case.experiment, case.description), case.experiment.targets)
    optimizer = keras.optimizers.SGD(1.0)
    steps = make_steps(model, optimizer, make_objective(case.experiment.targets, case.description))
    before = initial_state(model, optimizer)
    order = plain_order(case.split.train[:64], 32)

    def walk(rates: list[float]) -> list[np.ndarray]:
        after, _ = steps(before, case.feed, order.rows, order.factors, np.array(rates, np.float32))
        return [np.asarray(a) - np.asarray(b) for a, b in zip(after.trainable, before.trainable, strict=True)]

    once, twice, still = walk([0.01, 0.0]), walk([0.02, 0.0]), walk([0.0, 0.0])
    for a, b, c in zip(once, twice, still, strict=True):
        np.testing.assert_allclose(2 * a, b, rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(c, 0)
    assert steps._cache_size() == 1


def test_penalties_and_constraints_are_part_of_a_step() -> None:
    inputs = keras.Input((2,), name="x")
    dense = keras.layers.Dense(
        1,
        kernel_initializer=keras.initializers.Constant(3.0),
        kernel_regularizer=keras.regularizers.L1L2(0.5, 0.25),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    model = keras.Model({"x": inputs}, {"y": dense(inputs)})
    feed = Feed({"x": jnp.zeros((4, 2))}, {"y": jnp.zeros(4)}, {"y": jnp.ones(4)})
    optimizer = keras.optimizers.SGD(0.1)
    steps = make_steps(model, optimizer, {"y": HeadObjective("regression", 1.0)})
    order = plain_order(np.arange(4), 4)
    after, record = steps(initial_state(model, optimizer), feed, order.rows, order.factors, np.float32([0.1]))
    # the loss is 0.5 |w| + 0.25 w² of two weights of 3, and its gradient 0.5 + 0.5 w
    assert float(record.loss[0]) == pytest.approx(0.5 * 6 + 0.25 * 18)
    assert float(record.gradient_norm[0]) == pytest.approx(2.0 * np.sqrt(2))
    # the step goes to 2.8 each, and the constraint brings the norm of a column to 2
    np.testing.assert_allclose(np.linalg.norm(after.trainable[0]), 2.0, rtol=1e-5)


def test_evaluation_is_the_weighted_mean_of_row_losses(toy) -> None:
    case = toy()
    model = raw_outputs(build(case.experiment, case.description), case.experiment.targets)
    objective = make_objective(case.experiment.targets, case.description)
    state = initial_state(model, keras.optimizers.Adam())
    order = plain_order(case.split.valid, 32)
    found = make_evaluation(model, objective)(state, case.feed, order.rows, order.factors).losses
    outputs = model({"x": case.rows.inputs["x"][case.split.valid]}, training=False)
    for head, one in objective.items():
        truth = case.rows.heads[head]
        rows = case.split.valid[truth.counts[case.split.valid]]
        losses = np.asarray(one.row_losses(outputs[head], truth.values[case.split.valid]), np.float64)
        losses = losses[truth.counts[case.split.valid]]
        expected = np.average(losses, weights=case.rows.weights[rows])
        assert float(found[head]) == pytest.approx(expected, rel=1e-4)
