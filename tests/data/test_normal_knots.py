"""The map from a weighted distribution to a normal one: increasing, resolved in float32, and true to the weights."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netwright.data.moments._normal_knots import KNOTS, normal_knots, tail_values
from netwright.errors import DataError

NORMAL = NormalDist()


def knots_of(values, weights=None):
    values = np.asarray(values, dtype=np.float64)
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    return normal_knots("inputs.x: pt", values, weights, values.min(), values.max())


def test_the_ends_are_those_of_all_values_not_of_the_sample():
    x, z = normal_knots("x", np.arange(100.0), np.ones(100), -3.0, 250.0)
    assert (x[0], x[-1]) == (-3, 250)
    assert (-z[0], z[-1]) == pytest.approx((NORMAL.inv_cdf(0.995),) * 2)


@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=80),
    seed=st.integers(0, 1000),
    negative=st.floats(0, 0.4),
)
def test_knots_increase_whatever_the_weights(values, seed, negative):
    random = np.random.default_rng(seed)
    weights = random.exponential(size=len(values)) * np.where(random.uniform(size=len(values)) < negative, -1, 1)
    assume(weights.sum() > 1e-3)
    x, z = knots_of(values, weights)
    assert x.shape == z.shape == (KNOTS,)
    assert np.isfinite(x).all()
    assert np.isfinite(z).all()
    steps = np.diff(x.astype(np.float32)) > 0
    np.testing.assert_array_equal(steps, np.diff(z.astype(np.float32)) > 0)
    assert steps[0]
    assert (np.diff(steps.astype(int)) <= 0).all()  # only the end is repeated


def test_few_values_are_the_knots_themselves():
    x, z = knots_of([0, 1, 1, 5], [1, 1, 1, 1])
    shares = [1 / 8, 1 / 2, 7 / 8]
    np.testing.assert_array_equal(x[:3], [0, 1, 5])
    np.testing.assert_allclose(z[:3], [NORMAL.inv_cdf(share) for share in shares])
    assert (x[3:] == 5).all()


def test_a_weight_of_two_is_two_rows():
    random = np.random.default_rng(0)
    values = random.normal(size=200)
    weights = random.integers(1, 4, 200)
    for one, two in zip(knots_of(values, weights), knots_of(np.repeat(values, weights)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


def test_negative_weights_take_away_what_positive_ones_bring():
    """A cancelling pair of samples from one distribution leaves the other: shares differ by their statistical error."""
    random = np.random.default_rng(1)
    signal, extra, taken = random.normal(size=20_000), random.uniform(-3, 3, 5_000), random.uniform(-3, 3, 5_000)
    weights = np.repeat([1.0, 1.0, -1.0], [20_000, 5_000, 5_000])
    x, z = knots_of(np.concatenate([signal, extra, taken]), weights)
    middle = np.abs(z) < 1.5
    np.testing.assert_allclose(x[middle], z[middle], atol=0.1)


def test_a_spike_in_a_continuum_gets_its_own_steep_piece():
    random = np.random.default_rng(4)
    values = np.concatenate([random.normal(size=7_000), np.zeros(3_000)])
    x, z = knots_of(values)
    below, above = np.interp([-0.01, 0.01], x, z)
    assert above - below > 0.3  # 0.02 without the spike, and 0.77 with as many knots as values


def test_a_constant_is_shifted_to_zero():
    for value in (0.0, 5.0, -1e9):
        x, z = knots_of([value] * 3)
        assert (x[0], z[0], z[1]) == (value, 0, 1)
        assert np.float32(x[1]) > np.float32(x[0])


def test_weights_that_cancel_are_refused():
    with pytest.raises(DataError, match=r"inputs.x: pt: negative and positive weights nearly cancel: in a sample of 2"):
        knots_of([1, 2], [1, -1])
    with pytest.raises(DataError, match=r"they add up to 0, and quantiles need"):  # but for rounding
        knots_of([1, 2, 3], [0.1, 0.2, -0.3])


@given(st.integers(1, 3000), st.integers(0, 100))
def test_tails_against_a_count(number, seed):
    values = np.random.default_rng(seed).normal(size=number)
    rest = max(int(np.ceil(number / 1000 - 1e-9)), 1)  # so many values are in a tail
    ordered = np.sort(values)
    assert tail_values(values, np.ones(number)) == (ordered[rest - 1], ordered[-rest])


@given(st.integers(1, 400), st.integers(0, 100), st.floats(0, 0.45))
def test_tails_are_those_of_their_definition(number, seed, negative):
    """Equal values and negative weights: sums over all rows up to a value."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 150, number).astype(float)
    weights = random.integers(1, 9, number) * np.where(random.uniform(size=number) < negative, -1.0, 1.0)
    assume(weights.sum() > 0)
    bound = 0.001 * weights.sum()
    low = min(v for v in values if weights[values <= v].sum() >= bound)
    high = max(v for v in values if weights[values >= v].sum() >= bound)
    assert tail_values(values, weights) == (low, high)


def test_tails_of_weights_without_a_sum_are_the_ends():
    assert tail_values(np.array([1.0, 2.0, 3.0]), np.array([-1.0, -3.0, -1.0])) == (1, 3)
