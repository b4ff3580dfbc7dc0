"""Inner networks of one body: each learns by its own loss, and they are judged by what they say together."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
from tests.training.cases import MemoryStore

from netwright.config import parse_experiment
from netwright.models import build, of_networks, raw_outputs
from netwright.tasks import HuberLoss, squared_error
from netwright.training import Hooks, Team, compile_program, make_objective
from netwright.training.compiled.batch import Batch, head_losses, training_losses
from netwright.training.feed.resident_loader import ResidentLoader
from netwright.training.loop import train_team
from netwright.training.validate import Validation
from netwright.workflow.members.prepare import Member, member_arrays, prepare_member

BODY = {"kind": "tabular", "units": [8, 6], "networks": 3, "waves": 4, "dropout": 0.1}


@pytest.fixture(scope="module")
def toy(toy_of_module):
    """The toy problem with a tabular body."""
    plain = toy_of_module(400, epochs=2)
    content = plain.experiment.model_dump(mode="json") | {"model": {"body": BODY}}
    return dataclasses.replace(plain, experiment=parse_experiment(content))


def test_each_learns_by_its_own_loss(toy):
    objective = make_objective(toy.experiment.targets, toy.description)
    raw = raw_outputs(build(toy.experiment, toy.description), objective)
    inputs, weights = {"x": toy.rows.inputs["x"][:50]}, toy.rows.weights[:50].astype(np.float32)
    values = {head: rows.values[:50] for head, rows in toy.rows.heads.items()}
    batch = Batch(inputs, values, dict.fromkeys(objective, weights), np.ones(50))
    outputs = {name: np.asarray(x) for name, x in raw(inputs).items()}
    result = training_losses(objective, outputs, batch)
    for head in objective:
        each = [head_losses({head: objective[head]}, {head: outputs[of_networks(head)][:, n]}, batch) for n in range(3)]
        expected = np.mean([float(losses[head]) for losses in each])
        assert float(result[head]) == pytest.approx(expected, rel=1e-5)
        assert abs(float(head_losses(objective, outputs, batch)[head]) - expected) > 1e-3 * abs(expected)
    together = outputs["is_signal"][:, 0].astype(np.float64)
    probabilities = jax.nn.sigmoid(outputs[of_networks("is_signal")][:, :, 0].astype(np.float64)).mean(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-together)), probabilities, rtol=1e-5)


@pytest.mark.optimised
def test_it_trains_to_the_same_bits_and_its_regression_has_no_bias(toy):
    one, other = toy.train(), toy.train()
    for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    rows = toy.chosen.rows[toy.rows.heads["size"].counts[toy.chosen.rows]]
    residuals = np.asarray(one.model({"x": toy.rows.inputs["x"][rows]})["size"])[:, 0]
    residuals = residuals - toy.rows.heads["size"].values[rows]
    order = np.argsort(residuals)
    shares = np.cumsum(toy.rows.weights[rows][order])
    below = shares[np.searchsorted(residuals[order], 0) - 1] / shares[-1]
    assert below == pytest.approx(0.5, abs=0.03)


def test_fewer_rows_are_validated_at_once(toy):
    """Where there are several networks; 1024 of one stay in a processor's cache."""
    ready = prepare_member(Member(0, 0, toy.split, toy.experiment), toy.rows, toy.description)
    loader = ResidentLoader(member_arrays([Member(0, 0, toy.split, toy.experiment)], toy.rows))
    assert Validation(Team((ready,), compile_program([ready])), loader, str).batch == 256


def test_a_section_chooses_the_loss_of_its_rows(toy):
    content = toy.experiment.model_dump(mode="json")
    content["targets"]["size"] |= {"loss": "huber", "huber_delta": 2}
    objective = make_objective(parse_experiment(content).targets, toy.description)
    assert objective["size"].loss == HuberLoss(2.0)
    assert make_objective(toy.experiment.targets, toy.description)["size"].loss is squared_error


@pytest.mark.optimised
def test_a_resumed_training_ends_with_the_same_bits(toy):
    member = Member(0, 0, toy.split, toy.experiment)

    def trained(store, histories=None):
        ready = prepare_member(member, toy.rows, toy.description)
        loader = ResidentLoader(member_arrays([member], toy.rows))
        return train_team(Team((ready,), compile_program([ready])), loader, Hooks(), store=store, histories=histories)[
            0
        ]

    store = MemoryStore()
    whole = trained(store)
    middle = next(snapshot for snapshot in store.snapshots if snapshot.values["epochs"]["0"] == 1)
    resumed = trained(MemoryStore(middle), [list(whole.history[:1])])
    assert [epoch.valid_loss for epoch in resumed.history] == [epoch.valid_loss for epoch in whole.history]
    for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
