"""Weighted moments: against NumPy and exact arithmetic, over chunks; quantiles against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.weighted_rows import slow_moments

from netwright.data.moments.moments import weighted_moments
from netwright.errors import DataError

TOLERANCE = 1e-12  # float64 over some thousand rows


@pytest.fixture(autouse=True, params=[8192, 7], ids=["whole", "chunks of 7"])
def chunk(request, monkeypatch):
    module = __import__("sys").modules[weighted_moments.__module__]
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", request.param)
    return request.param


WEIGHTS = st.lists(st.floats(-1, 3).filter(lambda w: w == 0 or abs(w) > 0.01), min_size=2, max_size=30)


@given(weights=WEIGHTS, seed=st.integers(0, 1000), offset=st.sampled_from([0.0, 1e6, -1e9]))
def test_moments_are_those_of_exact_arithmetic(weights, seed, offset):
    random = np.random.default_rng(seed)
    weights = np.array(weights)
    x = offset + max(abs(offset) * 1e-5, 1) * random.normal(size=len(weights))
    x[random.uniform(size=len(x)) < 0.2] = np.nan
    exists = np.isfinite(x) & (weights != 0)
    assume(exists.sum() > 1 and np.ptp(x[exists]) > 2e-6 * abs(offset))
    assume(weights[exists].sum() > 0.3 * np.abs(weights).sum())
    mean, std = slow_moments(x, weights)
    assume(std > 0.03 * x[exists].std())  # else negative weights nearly cancel the variance
    moments = weighted_moments("x", ["x"], x, weights, tolerance=0)
    assert moments.mean[0] == pytest.approx(mean, rel=TOLERANCE, abs=1e-10)
    assert moments.std[0] == pytest.approx(std, rel=1e-8)  # negative weights amplify what is rounded
    assert (moments.minimum[0], moments.maximum[0]) == (x[exists].min(), x[exists].max())
    assert moments.missing[0] == pytest.approx(weights[~exists].sum() / weights.sum(), abs=1e-9)


def test_moments_are_those_of_numpy():
    random = np.random.default_rng(0)
    x, weights = random.normal(5, 2, (1000, 3)), random.uniform(0, 2, 1000)
    moments = weighted_moments("x", ["a", "b", "c"], x, weights)
    mean = np.average(x, axis=0, weights=weights)
    np.testing.assert_allclose(moments.mean, mean, rtol=TOLERANCE)
    np.testing.assert_allclose(moments.std, np.average((x - mean) ** 2, axis=0, weights=weights) ** 0.5, rtol=TOLERANCE)
    assert moments.names == ("a", "b", "c")
    assert moments.constant == []


def test_a_large_offset_costs_no_digits_even_after_missing_values():
    random = np.random.default_rng(0)
    x = 1e8 + 1e3 * random.normal(size=100)
    late = np.concatenate([np.full(20, np.nan), x])
    for values in (x, late):
        moments = weighted_moments("x", ["x"], values, np.ones(len(values)), tolerance=0)
        assert moments.std[0] == pytest.approx((x - 1e8).std(), rel=1e-10)
        assert moments.mean[0] - 1e8 == pytest.approx((x - 1e8).mean(), rel=1e-7)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e6])
def test_a_constant_has_deviation_one(value):
    moments = weighted_moments("x", ["x", "y"], np.array([[value, 1.0], [value, 2.0]]), np.ones(2))
    assert (moments.mean[0], moments.std[0]) == (value, 1.0)
    assert moments.constant == ["x"]


def test_what_may_be_rounding_of_float32_is_scaled_as_a_constant_but_not_called_one():
    moments = weighted_moments("x", ["x"], 1e6 + np.array([0.0, 0.5]), np.ones(2))
    assert moments.std[0] == 1
    assert (moments.constant, moments.nearly_constant) == ([], ["x"])
    assert weighted_moments("x", ["x"], 1e6 + np.array([0.0, 0.5]), np.ones(2), tolerance=0).std[0] == 0.25


@pytest.mark.parametrize(
    ("values", "weights", "match"),
    [
        (
            [np.nan, np.nan],
            [1.0, 1.0],
            "inputs.x: the weights of .* with a value of pt add up to 0; a mean needs a pos",
        ),
        (
            [0.0, 1.0, 2.0],
            [1e-300, 1e300, 1e-300],
            "the variance of pt is 0 with these weights.*whose weight is much larg",
        ),
    ],
)
def test_weights_that_give_no_moments(values, weights, match):
    with pytest.raises(DataError, match=match):
        weighted_moments("inputs.x", ["pt"], np.array(values), np.array(weights))


@pytest.mark.parametrize(
    "weights", [[-1.0, -1.0, 3.0], [1.0, -1.0, 0.0], [-1.0, -2.0, -1.0], [0.1, 0.1, -0.19999999999999998]]
)
def test_of_weights_that_cancel_the_size_counts(weights):
    values = np.array([[0.0, 5.0], [10.0, 5.0], [5.0, 5.0], [np.nan, np.nan], [np.nan, np.nan]])
    weights = [*weights, 1.0, -1.0]
    moments = weighted_moments("x", ["x", "same"], values, np.array(weights), quantiles=True)
    twin = weighted_moments("x", ["x", "same"], values, np.abs(weights), quantiles=True)
    assert "x" in moments.unsigned
    assert not twin.unsigned
    assert (moments.mean[0], moments.std[0], moments.missing[0]) == (twin.mean[0], twin.std[0], twin.missing[0])
    assert twin.missing[0] == pytest.approx(2 / np.abs(weights).sum())
    assert moments.std[1] == 1


def test_rounding_of_float32_is_no_hundredth_of_a_deviation():
    """Such as ln γ of massless particles, 5.2983 with a spread of 6e-5, which exported graphs round otherwise."""
    gamma = np.array([[5.2980], [5.2983], [5.2983]])
    assert weighted_moments("x", ["log_gamma"], gamma, np.ones(3)).std[0] == pytest.approx(5.2982 / 256)
    assert weighted_moments("x", ["in_a_file"], gamma, np.ones(3), tolerance=0).std[0] == pytest.approx(gamma.std())


def test_a_constant_target_is_refused():
    with pytest.raises(DataError, match=r"targets.t: m is 5 in every training row; there is nothing to learn"):
        weighted_moments("targets.t", ["m"], np.full(4, 5.0), np.ones(4), constant=False)


def test_knots_are_quantiles_and_their_place_in_a_normal_distribution():
    random = np.random.default_rng(2)
    x = np.exp(random.normal(0, 1, 20_000))  # ln x is normal
    result = weighted_moments("x", ["x"], x, np.ones(len(x)), quantiles=True).quantiles
    knots, normal = result.knots[0], result.normal[0]
    assert (knots[0], knots[-1]) == (x.min(), x.max())
    middle = np.abs(normal) < 2
    # the error of a quantile is √(p (1 - p) / n) / density: 0.02 in deviations at 2 σ
    np.testing.assert_allclose(np.log(knots[middle]), normal[middle], atol=0.06)


def test_many_rows_are_sampled_whatever_the_chunks(monkeypatch):
    random = np.random.default_rng(3)
    x = random.normal(size=100_000)
    x[random.uniform(size=len(x)) < 0.1] = np.nan
    monkeypatch.setattr("netwright.data.moments.moments._ROWS_AT_ONCE", 8192)
    one = weighted_moments("x", ["x"], x, np.ones(len(x)), quantiles=True).quantiles
    monkeypatch.setattr("netwright.data.moments.moments._ROWS_AT_ONCE", 5000)
    two = weighted_moments("x", ["x"], x, np.ones(len(x)), quantiles=True).quantiles
    np.testing.assert_array_equal(one.knots, two.knots)
    np.testing.assert_array_equal(one.normal, two.normal)
    share = [(x[~np.isnan(x)] <= knot).mean() for knot in one.knots[0]]
    from statistics import NormalDist

    np.testing.assert_allclose(share, [NormalDist().cdf(z) for z in one.normal[0]], atol=0.008)  # 4 √(¼ / 65,536)


def test_a_column_that_hardly_a_row_has_is_described_by_its_range(monkeypatch):
    monkeypatch.setattr("netwright.data.moments._sample._MAX_ROWS", 5)
    monkeypatch.setattr("netwright.data.moments._sample._MIN_ROWS", 5)
    x = np.tile(np.arange(300.0)[:, None], (1, 2))
    x[:, 1] = np.nan
    x[[30, 200], 1] = [1.0, 9.0]
    moments = weighted_moments("x", ["x", "y"], x, np.ones(300), quantiles=True)
    assert (moments.low_tail[1], moments.high_tail[1]) == (1, 9)
    assert moments.quantiles.knots[1, :2].tolist() == [1, 9]


def test_of_weights_of_a_sample_that_cancel_the_size_counts(monkeypatch):
    monkeypatch.setattr("netwright.data.moments._sample._MAX_ROWS", 4)
    monkeypatch.setattr("netwright.data.moments._sample._MIN_ROWS", 4)
    negative = np.arange(300) % 5 < 2
    x, weights = np.where(negative, 0.001, 1.0) * np.linspace(-1, 1, 300), np.where(negative, -1.0, 1.0)
    shifted = [(np.roll(x, shift), np.roll(weights, shift)) for shift in range(5)]
    knots = [weighted_moments("x", ["pt"], *one, quantiles=True).quantiles.knots[0] for one in shifted]
    assert all(knot[0] < knot[1] for knot in knots)
