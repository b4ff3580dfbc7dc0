"""The difference of two AUCs: against DeLong's covariance in loops, and against a permutation of the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netwright.metrics import auc_difference, roc_auc


def scores(rows: int, seed: int = 3) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    common = random.normal(size=rows)
    return labels, *((labels + common + noise * random.normal(size=rows)).round(1) for noise in (0.6, 0.8))


def components(labels: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return DeLong's structural components of signal and of background, pair by pair."""
    signal, background = values[labels == 1], values[labels == 0]
    wins = np.array([[(s > b) + 0.5 * (s == b) for b in background] for s in signal])
    return wins.mean(1), wins.mean(0)


def test_it_is_that_of_delong_with_unit_weights() -> None:
    labels, one, other = scores(60)
    result = auc_difference(labels, one, other)
    variance = 0.0
    for first, second in zip(components(labels, one), components(labels, other), strict=True):
        variance += np.cov(first - second) / len(first)
    assert result.value == pytest.approx(roc_auc(labels, one) - roc_auc(labels, other), abs=1e-14)
    assert result.uncertainty == pytest.approx(math.sqrt(variance), rel=1e-12)


def test_a_permutation_of_the_rows_gives_the_same_probability() -> None:
    """Where both are alike, exchanging the two ranks of a row changes nothing: 2,000 exchanges know p to 0.01."""
    labels, one, other = scores(400, seed=5)
    one, other = (np.argsort(np.argsort(values, kind="stable")).astype(float) for values in (one, other))
    result = auc_difference(labels, one, other)
    random = np.random.default_rng(0)
    larger = 0
    for _ in range(2_000):
        exchanged = random.random(len(labels)) < 0.5
        first, second = np.where(exchanged, other, one), np.where(exchanged, one, other)
        larger += abs(roc_auc(labels, first) - roc_auc(labels, second)) >= abs(result.value)
    p_value = math.erfc(abs(result.value) / result.uncertainty / math.sqrt(2))
    assert 0.01 < p_value < 0.9
    assert larger / 2_000 == pytest.approx(p_value, abs=0.035)


def test_weights_are_rows_counted_so_often() -> None:
    """Many rows: a row of weight two moves the area as two rows; their scatter is that of the sum of squares."""
    labels, one, other = scores(40)
    weights = np.where(np.arange(40) < 20, 2.0, 1.0)
    twice = np.repeat(np.arange(40), weights.astype(int))
    assert auc_difference(labels, one, other, weights).value == pytest.approx(
        auc_difference(labels[twice], one[twice], other[twice]).value, abs=1e-14
    )
    assert auc_difference(labels, one, one, weights).uncertainty == 0


def test_one_row_of_a_class_tells_nothing_of_the_scatter() -> None:
    assert auc_difference([0, 0, 1], [1, 2, 3], [1, 3, 2]).uncertainty == math.inf
