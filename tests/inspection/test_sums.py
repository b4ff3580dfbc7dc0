"""Running sums against NumPy on all rows at once, in any blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.inspection.binning import FEW, choose_binning
from netwright.inspection.feature_summary import distribution_of, summarise_feature
from netwright.inspection.features import Feature
from netwright.inspection.sums import MISSING, SLOTS, FeatureSums

ROW = st.tuples(
    st.floats(-1e5, 1e5, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 1e39]),
    st.floats(-1, 4),
    st.integers(0, 2),
)


def added(values, weights, classes, at_once, subset=None):
    sums = FeatureSums(choose_binning(values if subset is None else subset), 2)
    for start in range(0, len(values), at_once):
        part = slice(start, start + at_once)
        sums.add(values[part], weights[part], classes[part] * SLOTS)
    return sums


@given(st.lists(ROW, min_size=1, max_size=50), st.integers(1, 50))
def test_against_all_at_once(rows, at_once):
    values, weights, classes = (np.array(column) for column in zip(*rows, strict=True))
    sums = added(values, weights, classes, at_once, values[::3])
    exists = np.abs(values) < 3.4e38
    assert sums.count == exists.sum()
    assert sums.missing == (~exists).sum()
    assert sums.infinite == (np.abs(values) > 3.4e38).sum()
    assert sums.counts.sum() == pytest.approx(weights.sum(), abs=1e-9)
    assert sums.counts[:, MISSING].sum() == pytest.approx(weights[~exists].sum(), abs=1e-9)
    for k in range(3):
        assert sums.counts[k].sum() == pytest.approx(weights[classes == k].sum(), abs=1e-9)
    if exists.any():
        assert (sums.minimum, sums.maximum) == (values[exists].min(), values[exists].max())
    x, w = values[exists], weights[exists]
    if w.sum() > 0.1:
        mean = np.average(x, weights=w)
        assert sums.mean == pytest.approx(mean, rel=1e-6, abs=1e-6 * np.abs(x).max())
        variance = np.average((x - mean) ** 2, weights=w)
        if variance > 1e-3 * np.abs(x).max() ** 2:
            assert sums.deviation == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_digits_do_not_cancel():
    values = 1e9 + np.random.default_rng(1).normal(size=10_000)
    sums = added(values, np.ones(10_000), np.zeros(10_000, dtype=int), 777, values[:100])
    assert sums.deviation == pytest.approx(values.std(), rel=1e-9)
    assert sums.mean == pytest.approx(values.mean(), rel=1e-15)


def test_undefined_is_none():
    sums = added(np.array([1.0, 2.0]), np.array([1.0, -1.0]), np.zeros(2, dtype=int), 2)
    assert (sums.mean, sums.deviation) == (None, None)
    sums = added(np.array([3.0, 0.0, 1.0]), np.array([0.1, 0.2, -0.3]), np.zeros(3, dtype=int), 3)
    assert (sums.mean, sums.deviation) == (None, None)  # Σw is rounding
    sums = added(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 3.0, -1.0]), np.zeros(3, dtype=int), 3)
    assert sums.mean == 1.0
    assert sums.deviation is None  # Σw (x - 1)² = -2
    sums = added(np.full(3, np.nan), np.ones(3), np.zeros(3, dtype=int), 3)
    assert (sums.count, sums.mean) == (0, None)


def test_a_spike_is_counted_and_kept_out_of_the_bins():
    values = np.random.default_rng(1).normal(size=1000)
    values[::10] = -999.0
    binning = choose_binning(values)
    assert binning.spike == -999.0
    assert binning.spike_distance > 100
    assert binning.low > -5
    sums = added(values, np.ones(1000), np.zeros(1000, dtype=int), 100)
    assert sums.spikes == 100


@pytest.mark.parametrize(
    ("values", "spike"),
    [
        (np.arange(FEW) % FEW, None),
        (np.concatenate([np.zeros(9), np.linspace(1, 2, 500)]), None),  # too few rows
        (np.concatenate([np.zeros(100), np.repeat(np.linspace(1, 2, 50), 20)]), None),  # others are frequent as well
        (np.concatenate([np.zeros(100), np.linspace(1, 2, 500)]), 0.0),
    ],
)
def test_what_is_a_spike(values, spike):
    assert choose_binning(np.asarray(values, dtype=float)).spike == spike


def test_whole_numbers_have_a_bin_each():
    binning = choose_binning(np.array([3.0, 5.0, 9.0]))
    assert binning.whole
    assert (binning.low % 1, binning.width) == (0.5, 1.0)
    assert not choose_binning(np.array([0.0, 1e6])).whole
    assert choose_binning(np.array([0.0, 1e6])).integer


def test_a_distribution_has_all_weight_of_its_range():
    random = np.random.default_rng(1)
    values, classes = random.normal(size=5000), random.integers(0, 2, 5000)
    sums = added(values, np.ones(5000), classes, 999)
    distribution = distribution_of(sums, ["a", "b"])
    inside = (values >= distribution.edges[0]) & (values < distribution.edges[-1])
    for k, name in enumerate("ab"):
        counts, _ = np.histogram(values[inside & (classes == k)], distribution.edges)
        assert sum(distribution.heights[name]) == pytest.approx((inside & (classes == k)).sum())
        assert np.abs(counts - distribution.heights[name]).max() <= 2  # values on an edge
    assert distribution.outside == pytest.approx(1 - inside.mean())
    assert len(distribution.edges) <= 51
    assert 0 < distribution.outside < 0.02


def test_a_distribution_of_whole_numbers_is_complete():
    values = np.array([0.0, 0.0, 1.0, 3.0])
    distribution = distribution_of(added(values, np.ones(4), np.zeros(4, dtype=int), 4), ["a", "b"])
    assert distribution.edges == (-0.5, 0.5, 1.5, 2.5, 3.5)
    assert distribution.heights["a"] == (2, 1, 0, 1)
    assert distribution.outside == 0
    empty = added(np.full(3, np.nan), np.ones(3), np.zeros(3, dtype=int), 3)
    assert distribution_of(empty, ["a", "b"]) is None


def test_summary_of_a_target_that_counts_in_some_rows():
    values = np.array([1.0, np.nan, np.nan, 4.0])
    sums = added(values, np.ones(4), np.zeros(4, dtype=int), 4)
    summary = summarise_feature(Feature("m", "m", "target"), sums, (), np.zeros(0), missing_at=-3.0, uncounted=2)
    assert (summary.missing, summary.missing_share, summary.missing_at) == (0, None, -3.0)
    assert (summary.count, summary.mean, summary.quantiles[4]) == (2, 2.5, 2.5)
    assert summary.auc is None


def test_as_many_digits_are_shown_as_the_deviation_needs():
    """Mean, smallest and largest value of 5e8 ± 3 were all shown as 5e+08."""
    digits = []
    for place in (0.0, 1.0, 5e8):
        values = place + np.array([-3.0, 0.1, 3.0])
        sums = FeatureSums(choose_binning(values), 0)
        sums.add(values, np.ones(3), np.zeros(3, dtype=np.int64))
        summary = summarise_feature(Feature("m", "m", "input"), sums, (), np.zeros(0), missing_at=None)
        digits.append(summary.digits)
        assert f"{summary.mean:.{summary.digits}g}" == f"{place + 0.1 / 3:.{5 if place < 5e8 else 12}g}"
    assert digits == [5, 5, 12]
