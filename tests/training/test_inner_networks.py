"""Inner networks of one body: each learns by its own loss, and they are judged by what they say together."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.models import build, of_networks, raw_outputs
from netwright.tasks import HuberLoss, squared_error
from netwright.training import make_objective
from netwright.training.compiled.batch import Batch, head_losses, training_losses

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
    batch = Batch(inputs, values, dict.fromkeys(objective, weights))
    outputs = {name: np.asarray(x) for name, x in raw(inputs).items()}
    found = training_losses(objective, outputs, batch)
    for head in objective:
        each = [head_losses({head: objective[head]}, {head: outputs[of_networks(head)][:, n]}, batch) for n in range(3)]
        expected = np.mean([float(losses[head]) for losses in each])
        assert float(found[head]) == pytest.approx(expected, rel=1e-5)
        assert abs(float(head_losses(objective, outputs, batch)[head]) - expected) > 1e-3 * abs(expected)
    together = outputs["is_signal"][:, 0].astype(np.float64)
    probabilities = jax.nn.sigmoid(outputs[of_networks("is_signal")][:, :, 0].astype(np.float64)).mean(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-together)), probabilities, rtol=1e-5)


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


def test_a_section_chooses_the_loss_of_its_rows(toy):
    content = toy.experiment.model_dump(mode="json")
    content["targets"]["size"] |= {"loss": "huber", "huber_delta": 2}
    objective = make_objective(parse_experiment(content).targets, toy.description)
    assert objective["size"].loss == HuberLoss(2.0)
    assert make_objective(toy.experiment.targets, toy.description)["size"].loss is squared_error
