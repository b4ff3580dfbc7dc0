"""Quantiles of binned values against those of the values themselves, within the bound that is stated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.inspection.binning import choose_binning
from netwright.inspection.quantiles import PROBABILITIES, binned_quantiles
from netwright.inspection.sums import MISSING, FeatureSums
from netwright.metrics import weighted_quantile

VALUES = st.lists(
    st.tuples(st.floats(-1e6, 1e6, allow_nan=False, width=32), st.floats(0.01, 10)), min_size=1, max_size=60
)
WHOLE = st.lists(st.tuples(st.integers(-300, 300), st.floats(0.01, 10)), min_size=1, max_size=60)


def summed(values, weights, subset=None):
    sums = FeatureSums(choose_binning(values if subset is None else subset), 0)
    sums.add(values, weights, np.zeros(len(values), dtype=np.int64))
    return sums


def both(values, weights, subset=None):
    sums = summed(values, weights, subset)
    whole = sums.binning.whole and not sums.not_whole
    binned = binned_quantiles(sums.counts.sum(axis=0)[:MISSING], sums.edges, whole=whole)
    return binned, [weighted_quantile(values, p, weights) for p in PROBABILITIES]


@given(VALUES)
def test_within_the_bound(pairs):
    values, weights = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    (result, errors), exact = both(values, weights)
    slack = 1e-9 * np.abs(values).max() + 1e-300
    assert (np.abs(result - exact) <= errors + slack).all()


@given(WHOLE)
def test_whole_numbers_are_exact(pairs):
    values, weights = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    (result, errors), exact = both(values, weights)
    assert result.tolist() == exact
    assert (errors == 0).all()


@given(VALUES, st.integers(1, 10))
def test_also_where_the_subset_saw_little(pairs, seen):
    values, weights = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    (result, errors), exact = both(values, weights, values[:seen])
    slack = 1e-9 * np.abs(values).max() + 1e-300
    assert (np.abs(result - exact) <= errors + slack).all()


@pytest.mark.parametrize("draw", ["normal", "exponential", "standard_cauchy"])
def test_the_bound_is_small(draw):
    random = np.random.default_rng(1)
    values = getattr(random, draw)(size=100_000)
    weights = random.normal(1, 0.5, 100_000)  # some negative
    (result, errors), exact = both(values, weights)
    spread = np.quantile(values, 0.75) - np.quantile(values, 0.25)
    assert (np.abs(result - exact) <= errors).all()
    assert (errors < (0.5 if draw == "standard_cauchy" else 0.005) * spread).all()


@pytest.mark.parametrize(
    "values",
    [
        np.exp(
            2 * np.random.default_rng(2).normal(size=2000)
        ),  # a bin is 0.2 wide: the quantile of 5% was 0.05 off 0.04
        np.random.default_rng(2).choice([-3.0, 7.0, 2.0**30], 2000),  # the median was 260,000
    ],
)
def test_a_sample_of_all_rows_gives_exact_quantiles(values):
    weights = np.random.default_rng(3).exponential(size=2000)
    sums = summed(values, weights)
    result, _ = binned_quantiles(sums.counts.sum(axis=0)[:MISSING], sums.edges, sample=(values, weights))
    assert result.tolist() == [weighted_quantile(values, p, weights) for p in PROBABILITIES]


def test_negative_weights_as_in_the_metrics():
    values, weights = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([2.0, 1.0, -2.0, 1.0, 2.0])
    (result, _), exact = both(values, weights)
    assert result.tolist() == exact  # F passes ½ twice: at 0 and at 3


@pytest.mark.parametrize("counts", [[0.0, 0.0], [1.0, -1.0], [1.0, -2.0]])
def test_undefined_without_a_positive_sum(counts):
    assert binned_quantiles(np.array(counts), np.arange(3.0)) is None
