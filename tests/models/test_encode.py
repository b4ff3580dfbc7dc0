"""Where missing values go: at least three deviations off, beyond the bulk, on the emptier side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.moments import Moments, weighted_moments
from netwright.models.bodies import initialiser
from netwright.models.scale import missing_positions


@given(st.integers(0, 10_000), st.sampled_from(["normal", "exponential", "uniform"]))
def test_missing_values_are_off_the_bulk(seed, shape):
    random = np.random.default_rng(seed)
    x = getattr(random, shape)(size=200) * random.choice([-1, 1]) * 10 + random.normal(0, 100)
    moments = weighted_moments("x", ["x"], x, np.ones(200))
    (place,) = missing_positions(moments)
    scaled = (x - moments.mean[0]) / moments.std[0]
    assert abs(place) >= 3
    assert np.abs(scaled - place).min() >= 1 - 1e-9  # beyond every value
    assert (place < 0) == (-scaled.min() <= scaled.max())


@pytest.mark.parametrize(
    ("minimum", "maximum", "expected"), [(-1, 9, -3), (-9, 1, 3), (-5, 5, -6), (-5, 4, 5), (0, 0, -3)]
)
def test_known_places(minimum, maximum, expected):
    one = np.ones(1)
    moments = Moments(("x",), 0 * one, one, minimum * one, maximum * one, 0 * one)
    assert missing_positions(moments).tolist() == [expected]


@pytest.mark.parametrize(
    ("activation", "name"),
    [("relu", "HeNormal"), ("selu", "LecunNormal"), ("tanh", "GlorotNormal"), ("silu", "HeNormal")],
)
def test_initialisers(activation, name):
    assert type(initialiser(activation, 1)).__name__ == name
