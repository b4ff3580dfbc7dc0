from __future__ import annotations

import keras
import numpy as np
import pytest

from netwright.models import build, raw_outputs
from netwright.training import make_feed, make_objective
from netwright.training.feed import plain_order
from netwright.training.step import assign, initial_state, make_evaluation, make_steps


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
    feed = make_feed(case.rows, case.split.train)
    order = plain_order(case.split.train[:96], 32)

    ours = raw_outputs(build(experiment, case.description), experiment.targets)
    optimizer = keras.optimizers.Adam(0.01)
    steps = make_steps(ours, optimizer, make_objective(experiment.targets, case.description))
    state, record = steps(initial_state(ours, optimizer), feed, order.rows, order.live)
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
    after, _ = steps(before, make_feed(case.rows, case.split.train), order.rows, 0 * order.live)
    for a, b in zip([*before.trainable, *before.optimizer], [*after.trainable, *after.optimizer], strict=True):
        np.testing.assert_array_equal(a, b)


def test_evaluation_is_the_weighted_mean_of_row_losses(toy) -> None:
    case = toy()
    model = raw_outputs(build(case.experiment, case.description), case.experiment.targets)
    objective = make_objective(case.experiment.targets, case.description)
    state = initial_state(model, keras.optimizers.Adam())
    order = plain_order(case.split.valid, 32)
    found = make_evaluation(model, objective)(state, make_feed(case.rows, case.split.train), order.rows, order.live)
    outputs = model({"x": case.rows.inputs["x"][case.split.valid]}, training=False)
    for head, one in objective.items():
        truth = case.rows.heads[head]
        rows = case.split.valid[truth.counts[case.split.valid]]
        losses = np.asarray(one.row_losses(outputs[head], truth.values[case.split.valid]), np.float64)
        losses = losses[truth.counts[case.split.valid]]
        expected = np.average(losses, weights=case.rows.weights[rows])
        assert float(found[head]) == pytest.approx(expected, rel=1e-4)
