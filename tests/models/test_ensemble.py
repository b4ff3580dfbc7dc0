"""Members with one voice: the graph says what NumPy says, for whoever may score."""

from __future__ import annotations

import logging
import sys

import jax
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netwright.config import MulticlassTarget, RegressionTarget
from netwright.layers import Combine
from netwright.models import MEMBER_MASK, combine, ensemble, make_forward, members_of, unweighted

of_ensembles = sys.modules[make_forward.__module__]
VALUES = arrays(np.float32, (4, 5, 2), elements=st.sampled_from([-2.0, 0.0, 0.25, 0.5, 0.75, 3.0]))
JUDGED = arrays(np.bool_, (4, 5)).map(lambda member_mask: member_mask | (np.arange(5) == 2))


@given(VALUES, JUDGED)
def test_the_median_is_that_of_numpy(values, member_mask):
    result = np.asarray(Combine(how="median")(values, member_mask.astype(np.float32)))
    for row in range(4):
        np.testing.assert_allclose(result[row], np.median(values[row][member_mask[row]], axis=0), rtol=1e-6)


@given(VALUES, JUDGED)
def test_the_mean_is_that_of_numpy(values, member_mask):
    weights = np.array([1.0, 2.0, 0.5, 1.0, 4.0])
    result = np.asarray(Combine(how="mean", weights=weights)(values, member_mask.astype(np.float32)))
    for row in range(4):
        expected = np.average(values[row][member_mask[row]], axis=0, weights=weights[member_mask[row]])
        np.testing.assert_allclose(result[row], expected, rtol=1e-5, atol=1e-6)


@given(VALUES, JUDGED)
def test_votes_are_counted(values, member_mask):
    result = np.asarray(Combine(how="votes")(values, member_mask.astype(np.float32)))
    for row in range(4):
        chosen = np.argmax(values[row][member_mask[row]], axis=1)
        np.testing.assert_allclose(result[row], np.bincount(chosen, minlength=2) / member_mask[row].sum(), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"how": "max"}, "`how` must be mean, votes or median"), ({"weights": [1, 0]}, "positive")],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Combine(**arguments)


@pytest.fixture(scope="module")
def together(problem_of):
    """Three members with other initial weights, and their ensemble by each way of combining."""
    problems = [problem_of(seed=seed) for seed in (1, 2, 3)]
    losses = {head: [1.0, 2.0, 4.0] for head in problems[0].experiment.targets}

    def make(how):
        members = [problem.build() for problem in problems]
        return members, ensemble(members, problems[0].experiment.targets, how, losses)

    return make, problems[0]


@pytest.mark.parametrize("how", ["mean", "weighted", "majority"])
def test_an_ensemble_says_what_its_members_say(together, how, tmp_path):
    make, problem = together
    members, model = make(how)
    assert (members_of(model), members_of(members[0])) == (3, 1)
    inputs = {name: values[:50] for name, values in problem.rows.inputs.items()}
    member_mask = np.random.default_rng(3).uniform(size=(50, 3)) < 0.6
    member_mask[:, 1] = True
    outputs = make_forward(model)(inputs)
    alone = [member(inputs) for member in members]
    for head, target in problem.experiment.targets.items():
        for number in range(3):
            np.testing.assert_allclose(outputs[head][:, number], alone[number][head], rtol=1e-5, atol=1e-6)
        weights = member_mask * (np.array([4.0, 2.0, 1.0]) if how == "weighted" else 1.0)
        if how == "majority" and isinstance(target, MulticlassTarget):
            votes = np.eye(3)[outputs[head].argmax(axis=2)]
            expected = (votes * weights[:, :, None]).sum(axis=1) / weights.sum(axis=1)[:, None]
        elif how == "majority" and isinstance(target, RegressionTarget):
            expected = np.stack([np.median(y[j], axis=0) for y, j in zip(outputs[head], member_mask, strict=True)])
        elif how == "majority":
            expected = ((outputs[head] > 0.5) * weights[:, :, None]).sum(axis=1) / weights.sum(axis=1)[:, None]
        else:
            expected = (outputs[head] * weights[:, :, None]).sum(axis=1) / weights.sum(axis=1)[:, None]
        result, spread = combine(model, outputs, member_mask)
        np.testing.assert_allclose(result[head].reshape(expected.shape), expected, rtol=1e-5, atol=1e-6)
        single = member_mask.sum(axis=1) == 1
        assert np.isnan(spread[head][single]).all()
        first = int(np.flatnonzero(~single)[0])
        np.testing.assert_allclose(
            spread[head][first], outputs[head][first][member_mask[first]].std(axis=0, ddof=1), rtol=1e-4
        )
    whole = model({**inputs, MEMBER_MASK: member_mask.astype(np.float32)})
    for head in whole:
        said_at_once = np.asarray(whole[head]).reshape(result[head].shape)
        np.testing.assert_allclose(said_at_once, result[head], rtol=1e-5, atol=1e-6)
    if how != "mean":
        return
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for head, values in make_forward(again)(inputs).items():
        np.testing.assert_array_equal(values, outputs[head])


def test_filling_up_the_last_part_changes_nothing(problem_of, monkeypatch):
    problem = problem_of(inputs=("flat",))
    model, inputs = problem.build(), {"flat": problem.rows.inputs["flat"]}
    expected = {head: np.asarray(values) for head, values in model(inputs).items()}
    monkeypatch.setattr(of_ensembles, "_ROWS_AT_ONCE", 16)
    forward = make_forward(model)
    for rows in (0, 1, 16, 17, 40):
        for head, values in forward({name: values[:rows] for name, values in inputs.items()}).items():
            assert values.shape == (rows, 1, expected[head].shape[1])
            np.testing.assert_allclose(values[:, 0], expected[head][:rows], rtol=1e-5, atol=1e-6)


def test_a_network_is_compiled_for_few_sizes(problem_of):
    problem = problem_of(targets=("is_top",))
    forward, sizes = make_forward(problem.build()), (65, 70, 75, 80)
    forward({name: values[:80] for name, values in problem.rows.inputs.items()})
    with jax.log_compiles(), pytest.MonkeyPatch.context() as patch:
        compiled = []
        patch.setattr(logging.getLogger("jax._src.interpreters.pxla"), "handle", lambda r: compiled.append(str(r.msg)))
        for rows in sizes:
            forward({name: values[:rows] for name, values in problem.rows.inputs.items()})
        assert compiled == []
        forward({name: values[:81] for name, values in problem.rows.inputs.items()})
        assert any("Compiling" in one for one in compiled)  # the log does tell


@pytest.mark.parametrize("loss", [-0.1, 0.0, float("nan")])
def test_where_a_loss_gives_no_weight_members_weigh_the_same(problem_of, loss):
    problem = problem_of(targets=("is_top",))
    losses = {"is_top": [0.3, loss]}
    model = ensemble([problem.build(), problem.build()], problem.experiment.targets, "weighted", losses)
    weights = model.get_layer("is_top-combined").get_config()["weights"]
    assert weights is None
    np.testing.assert_equal(unweighted({**losses, "other": [1.0, 2.0]}), {"is_top": loss})
