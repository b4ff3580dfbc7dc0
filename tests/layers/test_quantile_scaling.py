"""The piecewise-linear map: against interpolation, strictly increasing, and linear beyond its ends."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.layers import QuantileScaling

NAN = float("nan")
KNOTS = 12


def slow_map(x, knots, normal):
    """One value at a time: the piece it is on, or the first or last one."""
    piece = int(np.clip(np.searchsorted(knots, x) - 1, 0, len(knots) - 2))
    slope = (normal[piece + 1] - normal[piece]) / (knots[piece + 1] - knots[piece])
    return normal[piece] + slope * (x - knots[piece])


@st.composite
def maps(draw):
    count = draw(st.integers(2, KNOTS))
    steps = st.lists(st.floats(0.01, 10), min_size=count, max_size=count)
    return np.cumsum(draw(steps)).astype(np.float32), np.cumsum(draw(steps)).astype(np.float32) / 10


@settings(max_examples=25)
@given(maps(), st.lists(st.floats(-200, 200, width=32), min_size=9, max_size=9))
def test_map_against_loops_also_with_knots_that_fill_up(both, x):
    knots, normal = (np.pad(part, (0, KNOTS - len(part)), mode="edge") for part in both)  # of one shape, compiled once
    values = np.array(x, dtype=np.float32)[:, None]
    result = np.asarray(QuantileScaling([knots], [normal])(values))[:, 0]
    expected = np.array([slow_map(float(value), *(part.astype(float) for part in both)) for value in values[:, 0]])
    steepest = (np.diff(both[1]) / np.diff(both[0])).max()
    assert (np.abs(result - expected) <= 5e-6 * (20 + steepest * np.abs(values[:, 0]))).all()  # of sums of 12 pieces
    order = np.argsort(values[:, 0])
    assert (np.diff(result[order]) >= 0).all() or np.ptp(values) == 0


def test_nan_stays_and_every_gradient_is_the_slope():
    layer = QuantileScaling([[0.0, 1.0, 11.0, 11.0]], [[-1.0, 0.0, 1.0, 1.0]])
    x = np.array([[-5.0], [0.5], [5.0], [100.0], [NAN]], dtype=np.float32)
    np.testing.assert_allclose(layer(x)[:, 0], [-6, -0.5, 0.4, 9.9, NAN], rtol=1e-6)
    gradient = np.asarray(jax.grad(lambda x: layer(x).sum())(x))[:, 0]
    np.testing.assert_allclose(gradient[:4], [1, 1, 0.1, 0.1], rtol=1e-6)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("knots", "normal", "match"),
    [
        ([], [], "`knots` and `normal` must have the same number of values for each feature, at least two. Received"),
        ([[1.0]], [[1.0]], r"at least two. Received: \[1\] and \[1\]"),
        ([[1.0, 2.0]], [[1.0, 2.0, 3.0]], r"at least two. Received: \[2\] and \[3\]"),
        ([[1.0, 2.0]] * 2, [[1.0, 2.0]], r"at least two. Received: \[2, 2\] and \[2\]"),
        ([[1.0, 1.0]], [[1.0, 2.0]], r"must be finite and increase together in float32; .* Received: knots=\[1.0, 1.0"),
        ([[1.0, 2.0]], [[2.0, 1.0]], "increase together in float32"),
        ([[1.0, 2.0, 3.0]], [[1.0, 1.0, 2.0]], "increase together in float32"),
        ([[1.0, 1.0, 3.0]], [[1.0, 1.0, 2.0]], "only the last may be repeated"),
        ([[1.0, NAN]], [[1.0, 2.0]], "must be finite"),
        ([[1.0, 1.0 + 1e-9]], [[1.0, 2.0]], "increase together in float32"),
    ],
)
def test_what_is_refused(knots, normal, match):
    with pytest.raises(ValueError, match=match):
        QuantileScaling(knots, normal)


def test_another_number_of_features_is_refused():
    with pytest.raises(ValueError, match=r"scales 1 features. Received: inputs of shape \(2, 3\)"):
        QuantileScaling([[0.0, 1.0]], [[0.0, 1.0]])(np.zeros((2, 3)))
