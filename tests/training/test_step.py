from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from netwright.models import build, raw_outputs
from netwright.models.penalties import penalised, penalty_coefficients
from netwright.tasks import RegressionTarget, squared_error
from netwright.training import HeadObjective, PreparedMember, RowArrays, make_objective
from netwright.training.compiled.many_steps import make_train_steps
from netwright.training.compiled.program import assign, compile_program, hyperparameters_of, initial_state, of_member
from netwright.training.compiled.state import BatchIndices, Hyperparameters, TrainState
from netwright.training.compiled.step import make_step
from netwright.training.feed.order import plain_order, stacked

RATES = np.full((1, 3), 0.01, np.float32)


def ready(case, experiment=None):
    """A member, its program, its first state and its hyperparameters."""
    experiment = experiment or case.experiment
    model, objective = build(experiment, case.description), make_objective(experiment.targets, case.description)
    member = PreparedMember(0, model, objective, case.chosen, case.split.valid, experiment.training)
    program = compile_program([member])
    return member, program, initial_state([member], program), hyperparameters_of([member])


def indices(rows: np.ndarray, batch: int) -> BatchIndices:
    taken = stacked([plain_order(rows, batch)]).whole()
    return BatchIndices(np.zeros(1, np.int32), taken.rows, taken.factors)


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
    arrays = case.arrays

    member, program, state, hyperparameters = ready(case, experiment)
    where = indices(case.split.train[:96], 32)
    state, record = program.train_steps(state, arrays, hyperparameters, where, RATES, 0, 3)
    ours = member.raw
    assign(ours, of_member(state, 0))

    theirs = raw_outputs(build(experiment, case.description), experiment.targets)
    theirs.compile(keras.optimizers.Adam(0.01), weighted_losses(case), loss_weights={"is_signal": 1.0, "size": 0.5})
    losses = []
    for rows in where.rows[0]:
        result = theirs.train_on_batch(
            {"x": case.rows.inputs["x"][rows]},
            {h: case.rows.heads[h].values[rows][:, None].astype(np.float32) for h in case.rows.heads},
            sample_weight={h: arrays.weights[h][0][rows] for h in case.rows.heads},
            return_dict=True,
        )
        losses.append(float(result["loss"]))
        theirs.reset_metrics()

    # both are float32 and order sums differently: a few units of the seventh digit
    np.testing.assert_allclose(record.loss[0], losses, rtol=2e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.optimised
def test_steps_that_are_not_asked_for_change_nothing(toy) -> None:
    case = toy()
    member, program, before, hyperparameters = ready(case)
    where = indices(case.split.train[:96], 32)
    after, _ = program.train_steps(before, case.arrays, hyperparameters, where, RATES, 1, 1)
    for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        np.testing.assert_array_equal(a, b)
    optimizer = keras.optimizers.Adam()
    optimizer.build(member.raw.trainable_variables)
    names = [v.name for v in optimizer.variables]
    trained, record = program.train_steps(before, case.arrays, hyperparameters, where, RATES, 0, 2)
    assert int(trained.optimizer[names.index("iteration")][0]) == 2
    assert float(trained.optimizer[names.index("learning_rate")][0]) == RATES[0, 0]
    assert (np.asarray(record.loss)[0] != 0).tolist() == [True, True, False]


def test_steps_in_several_calls_are_the_same_steps(toy) -> None:
    case = toy()
    _, program, before, hyperparameters = ready(case)
    where = indices(case.split.train[:96], 32)
    at_once, _ = program.train_steps(before, case.arrays, hyperparameters, where, RATES, 0, 3)
    state = before
    for number in range(3):
        state, _ = program.train_steps(state, case.arrays, hyperparameters, where, RATES, number, number + 1)
    for a, b in zip(jax.tree.leaves(at_once), jax.tree.leaves(state), strict=True):
        np.testing.assert_array_equal(a, b)


def test_every_step_has_its_own_rate_and_rates_compile_nothing_again(toy) -> None:
    case = toy(optimizer={"kind": "sgd"})
    _, program, before, hyperparameters = ready(case)
    where = indices(case.split.train[:64], 32)

    def walk(rates: list[float]) -> list[np.ndarray]:
        after, _ = program.train_steps(before, case.arrays, hyperparameters, where, np.array([rates], np.float32), 0, 2)
        return [np.asarray(a) - np.asarray(b) for a, b in zip(after.trainable, before.trainable, strict=True)]

    once, twice, still = walk([0.01, 0.0]), walk([0.02, 0.0]), walk([0.0, 0.0])
    for a, b, c in zip(once, twice, still, strict=True):
        np.testing.assert_allclose(2 * a, b, rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(c, 0)
    assert program.train_steps._cache_size() == 1


def test_penalties_and_constraints_are_part_of_a_step() -> None:
    inputs = keras.Input((2,), name="x")
    dense = keras.layers.Dense(
        1,
        kernel_initializer=keras.initializers.Constant(3.0),
        kernel_regularizer=keras.regularizers.L1L2(0.5, 0.25),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    model = keras.Model({"x": inputs}, {"y": dense(inputs)})
    arrays = RowArrays({"x": np.zeros((4, 2), np.float32)}, {"y": np.zeros(4)}, {"y": np.ones((1, 4), np.float32)})
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_variables)
    coefficients = penalty_coefficients(model)[None]
    steps = make_train_steps(make_step(model, optimizer, penalised(coefficients)))
    state = TrainState(
        [v.value[None] for v in model.trainable_variables],
        [],
        [jnp.asarray(v.value)[None] for v in optimizer.variables],
    )
    head = HeadObjective(
        RegressionTarget(kind="regression", column="y"), squared_error, np.ones(1), np.zeros(1), np.ones(1)
    )
    after, record = steps(
        state, arrays, Hyperparameters({"y": head}, coefficients), indices(np.arange(4), 4), RATES[:, :1], 0, 1
    )
    # the loss is 0.5 |w| + 0.25 w² of two weights of 3, and its gradient 0.5 + 0.5 w
    assert float(record.loss[0, 0]) == pytest.approx(0.5 * 6 + 0.25 * 18)
    assert float(record.gradient_norm[0, 0]) == pytest.approx(2.0 * np.sqrt(2))
    # the step goes to 2.8 each, and the constraint brings the norm of a column to 2
    np.testing.assert_allclose(np.linalg.norm(after.trainable[0][0]), 2.0, rtol=1e-5)


def test_evaluation_is_the_weighted_mean_of_row_losses(toy) -> None:
    case = toy()
    member, program, state, hyperparameters = ready(case)
    where = indices(case.split.valid, 32)
    evaluated = program.evaluate(state, case.arrays, hyperparameters, where, where.rows.shape[1])
    outputs = member.raw({"x": case.rows.inputs["x"][case.split.valid]}, training=False)
    for head, one in member.objective.items():
        truth = case.rows.heads[head]
        rows = case.split.valid[truth.counts[case.split.valid]]
        losses = np.asarray(one.row_losses(outputs[head], truth.values[case.split.valid]), np.float64)
        losses = losses[truth.counts[case.split.valid]]
        expected = np.average(losses, weights=case.rows.weights[rows])
        assert float(evaluated.losses[head].sum() / evaluated.weights[head].sum()) == pytest.approx(expected, rel=1e-4)
