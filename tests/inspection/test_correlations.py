"""Correlations against NumPy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netwright.inspection.correlations import LinearSums, correlation, pair_counts, ranks, strongest

RANDOM = np.random.default_rng(1)
VALUES = RANDOM.normal(size=(5, 5)) @ RANDOM.normal(size=(5, 3000))
WEIGHTS = RANDOM.uniform(0.1, 3, 3000)


def test_chunks_against_numpy():
    sums, first = LinearSums(5), np.zeros(5)
    guess = VALUES[:, :1] * 0.5
    for start in range(0, 3000, 700):
        part = slice(start, start + 700)
        distance = VALUES[:, part] - guess
        sums.add(distance.astype(np.float32), WEIGHTS[part], float(np.abs(distance).max()))
        first += distance @ WEIGHTS[part]
    covariance = np.cov(VALUES, aweights=WEIGHTS, ddof=0)
    expected = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert sums.correlations(first) == pytest.approx(expected, abs=2e-6)


def test_negative_weights_against_the_definition():
    weights = np.where(np.arange(3000) % 7 == 0, -0.8, 1.3)
    mean = VALUES @ weights / weights.sum()
    centred = VALUES - mean[:, None]
    covariance = (centred * weights) @ centred.T
    expected = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert correlation(VALUES, weights) == pytest.approx(expected, abs=5e-6)


def test_huge_deviations_are_added_in_double_precision():
    values = VALUES.copy()
    values[0] *= 1e25
    sums = LinearSums(5)
    with np.errstate(over="ignore"):
        sums.add(values.astype(np.float32), WEIGHTS, float(np.abs(values).max()))
    correlations = sums.correlations(values @ WEIGHTS)
    assert np.isfinite(correlations).all()
    assert correlations == pytest.approx(correlation(VALUES, WEIGHTS), abs=1e-4)


def test_undefined_is_nan():
    rho = correlation(np.array([[1.0, 1.0], [1.0, 2.0]]), np.ones(2))
    assert np.isnan(rho[0]).all()
    assert rho[1, 1] == 1
    assert np.isnan(LinearSums(2).correlations(np.zeros(2))).all()
    assert np.isnan(correlation(np.array([[3.0, 0.0, 1.0]] * 2), np.array([0.1, 0.2, -0.3]))).all()  # Σw is rounding


def test_ranks_against_pandas():
    values = np.array([3.0, 1.0, 3.0, np.nan, 2.0, 2.0, 2.0, -1.0])
    expected = (pd.Series(values).rank() - 1) / 6 - 0.5
    assert ranks(values) == pytest.approx(expected.fillna(0.0).to_numpy())
    assert ranks(np.array([np.nan, 1.0])).tolist() == [0, 0]


def test_rank_correlation_sees_what_is_no_straight_line():
    x = np.linspace(0.1, 10, 500)
    both = np.stack([x, np.exp(x)])
    assert correlation(np.stack([ranks(row) for row in both]), np.ones(500))[0, 1] == pytest.approx(1)
    assert correlation(both, np.ones(500))[0, 1] < 0.8


def test_strongest_pairs():
    linear = np.array([[1, 0.2, -0.9], [0.2, 1, np.nan], [-0.9, np.nan, 1]])
    rank = np.array([[1, 0.5, -0.1], [0.5, 1, 0.3], [-0.1, 0.3, 1]])
    pairs = strongest(linear, rank, ["a", "b", "c"], 9)
    assert [(p.first, p.second) for p in pairs] == [("a", "c"), ("a", "b"), ("b", "c")]
    assert [(p.first, p.second) for p in strongest(linear, rank, ["a", "b", "c"], 9, among=[0, 1])] == [("a", "b")]


def test_pairs_in_two_dimensions():
    x, y = RANDOM.normal(size=(2, 1000))
    x[0] = np.nan
    x_edges, y_edges, counts = pair_counts(x, y, np.full(1000, 2.0))
    inside = (x >= x_edges[0]) & (x <= x_edges[-1]) & (y >= y_edges[0]) & (y <= y_edges[-1])
    assert counts.sum() == 2 * inside.sum()
    assert inside.mean() > 0.97
    assert pair_counts(np.full(5, np.nan), np.ones(5), np.ones(5)) is None
    assert pair_counts(np.ones(5), np.arange(5.0), np.ones(5)) is None
