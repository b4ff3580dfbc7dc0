"""Weighted quantiles, bias and resolution: against the definition in exact arithmetic, and against numpy."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.metrics import bias, measure_regression, resolution, weighted_quantile

VALUES = st.sampled_from([-2.0, -1.0, 0.0, 0.0, 1.5, 3.0]) | st.floats(-10, 10)
ROWS = st.lists(st.tuples(VALUES, st.integers(-16, 64).map(lambda k: k / 32)), min_size=1, max_size=25)
PROBABILITIES = st.sampled_from([0.125, 0.25, 0.3, 0.5, 0.75, 0.84])


def slow_quantile(values, weights, p):
    """Mean of the first x with F ≥ p and of the first x after F was last at or below p."""
    weights, p = [Fraction(float(w)) for w in weights], Fraction(p).limit_denominator(1000)
    distinct = sorted(set(values.tolist()))
    shares = []
    for x in distinct:
        below = sum((w for v, w in zip(values, weights, strict=True) if v <= x), Fraction(0))
        shares.append(below / sum(weights))
    first = next(k for k, share in enumerate(shares) if share >= p)
    after = max((k + 1 for k, share in enumerate(shares) if share <= p), default=0)
    return (distinct[first] + distinct[min(after, len(distinct) - 1)]) / 2


def columns(rows):
    values, weights = (np.array(column) for column in zip(*rows, strict=True))
    assume(weights.sum() > 0.1 * np.abs(weights).sum() > 0)
    return values, weights


@given(ROWS, PROBABILITIES)
def test_equals_the_definition_with_ties_and_negative_weights(rows, p):
    values, weights = columns(rows)
    assert weighted_quantile(values, p, weights) == pytest.approx(
        slow_quantile(values, weights, p), rel=1e-12, abs=1e-12
    )


@given(st.lists(VALUES, min_size=1, max_size=25), PROBABILITIES)
def test_with_unit_weights_it_is_numpys_averaged_inverted_cdf(values, p):
    expected = np.quantile(values, p, method="averaged_inverted_cdf")
    assert weighted_quantile(values, p) == pytest.approx(expected, abs=1e-12)


@given(ROWS, PROBABILITIES)
def test_turning_the_values_round_turns_the_quantile_round(rows, p):
    """Also with negative weights: neither side is preferred."""
    values, weights = columns(rows)
    mirrored = -weighted_quantile(-values, 1 - p, weights)
    assert weighted_quantile(values, p, weights) == pytest.approx(mirrored, abs=1e-12)


@given(st.lists(st.tuples(VALUES, st.integers(1, 4)), min_size=1, max_size=20), PROBABILITIES)
def test_a_row_of_weight_two_is_two_rows(rows, p):
    values, weights = columns(rows)
    assert weighted_quantile(values, p, weights) == weighted_quantile(values.repeat(weights), p)


@given(ROWS)
def test_bias_and_resolution_are_quantiles_of_the_residuals(rows):
    residuals, weights = columns(rows)
    targets = np.zeros(len(residuals))
    lower, upper = (weighted_quantile(residuals, p, weights) for p in (0.15865525393145705, 0.8413447460685429))
    assert bias(targets, residuals, weights) == weighted_quantile(residuals, 0.5, weights)
    assert resolution(targets, residuals, weights) == (upper - lower) / 2


def test_normal_residuals_give_their_mean_and_standard_deviation():
    rng = np.random.default_rng(0)
    targets = rng.uniform(100, 200, 20_000)
    predictions = targets + rng.normal(1.5, 3.0, 20_000)
    measured = measure_regression(targets, predictions, np.where(rng.random(20_000) < 0.1, -1.0, 1.0))
    assert abs(measured["bias"].value - 1.5) < 3 * measured["bias"].uncertainty
    assert abs(measured["resolution"].value - 3.0) < 3 * measured["resolution"].uncertainty


def test_bootstrap_uncertainty_is_that_of_order_statistics():
    """For n normal residuals σ(median) = 1.2533 σ/√n and σ(resolution) = 0.9298 σ/√n (density formula).

    100 replicas know a standard deviation to 7%; the tolerance is three times that.
    """
    residuals = np.random.default_rng(1).normal(0, 2.0, 40_000)
    measured = measure_regression(np.zeros(40_000), residuals)
    assert measured["bias"].uncertainty == pytest.approx(1.2533 * 2 / 200, rel=0.21)
    assert measured["resolution"].uncertainty == pytest.approx(0.9298 * 2 / 200, rel=0.21)


def test_same_seed_same_uncertainty_and_another_seed_another():
    rng = np.random.default_rng(2)
    targets, predictions = rng.random(500), rng.random(500)
    first = measure_regression(targets, predictions, seed=3)
    assert measure_regression(targets, predictions, seed=3) == first
    assert measure_regression(targets, predictions, seed=4) != first


def test_one_effective_row_leaves_the_uncertainty_open():
    measured = measure_regression([1.0], [1.5])
    assert (measured["bias"].value, measured["resolution"].value) == (0.5, 0.0)
    assert measured["bias"].uncertainty == measured["resolution"].uncertainty == np.inf


def test_a_quarter_of_a_million_rows_are_bootstrapped_in_seconds():
    rng = np.random.default_rng(5)
    start = time.process_time()
    measure_regression(rng.random(250_000), rng.random(250_000), rng.normal(1, 1, 250_000))
    assert time.process_time() - start < 4.0  # 0.4 s on a desktop core; room for a busy machine


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, float("nan")])
def test_refuses_an_impossible_probability(p):
    with pytest.raises(DataError, match=r"`probability` must be above 0 and below 1. Received"):
        weighted_quantile([1.0, 2.0], p)
