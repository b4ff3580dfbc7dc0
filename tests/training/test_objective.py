from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.tasks import RegressionTarget, binary_cross_entropy, cross_entropy, squared_error
from netwright.training import HeadObjective

LOGITS = st.floats(-30, 30, width=32)


@given(LOGITS, st.sampled_from([0, 1]))
def test_binary_cross_entropy_is_its_definition(z: float, y: int) -> None:
    slow = math.log1p(math.exp(-z)) if y else math.log1p(math.exp(z))  # -ln p and -ln(1 - p), in float64
    # float32 keeps 7 digits of a loss of up to 30
    assert float(binary_cross_entropy(z, y)) == pytest.approx(slow, rel=1e-5, abs=1e-6)


def test_binary_cross_entropy_stays_finite_where_probabilities_end() -> None:
    assert float(binary_cross_entropy(1000.0, 0)) == 1000.0
    assert float(binary_cross_entropy(-1000.0, 0)) == 0.0


@given(st.lists(LOGITS, min_size=3, max_size=3), st.integers(0, 2))
def test_cross_entropy_is_its_definition(z: list[float], y: int) -> None:
    slow = -math.log(math.exp(z[y] - max(z)) / sum(math.exp(x - max(z)) for x in z))
    loss = cross_entropy(np.array([z], np.float32), np.array([y]))
    assert float(loss[0]) == pytest.approx(slow, rel=1e-5, abs=1e-5)


def test_two_classes_of_cross_entropy_are_the_binary_one() -> None:
    z, y = np.linspace(-5, 5, 11, dtype=np.float32), np.arange(11) % 2
    two = cross_entropy(np.stack([np.zeros_like(z), z], axis=1), y)
    np.testing.assert_allclose(two, binary_cross_entropy(z, y), rtol=1e-5, atol=1e-6)


def test_regression_is_compared_in_deviations() -> None:
    objective = HeadObjective(RegressionTarget(kind="regression", column="m"), squared_error, 1.0, mean=100.0, std=10.0)
    losses = objective.row_losses(np.array([[0.5], [1.0]], np.float32), np.array([100.0, 130.0], np.float32))
    np.testing.assert_allclose(losses, [0.25, 4.0], rtol=1e-6)
    assert float(squared_error(2.0, 5.0)) == 9.0


def test_the_loss_of_a_row_of_negative_weight_is_bounded() -> None:
    objective = HeadObjective(RegressionTarget(kind="regression", column="y"), squared_error, 1.0)
    outputs = np.sqrt(np.array([[0.0], [4.9], [5.0], [20.0], [1e12], [1e30]], np.float32))
    truth, weights = np.zeros(6, np.float32), np.full(6, -2.0, np.float32)
    losses = objective.weighted_losses(outputs, truth, weights)
    slow = [x**2 if x**2 < 5 else 5 + 5 * (1 - math.exp(-(x**2 - 5) / 5)) for x in outputs[:, 0].tolist()]
    np.testing.assert_allclose(losses, -2 * np.array(slow), rtol=1e-5)
    gradient = np.asarray(jax.grad(lambda x: objective.weighted_losses(x, truth, weights).sum())(outputs))
    np.testing.assert_allclose(gradient[:3], -4 * outputs[:3], rtol=1e-3)
    assert np.isfinite(gradient).all()
    assert gradient[-1] == 0.0
    positive = objective.weighted_losses(outputs, truth, -weights)
    np.testing.assert_array_equal(positive, -weights * objective.row_losses(outputs, truth))
