"""Weighted histograms: against numpy, with negative weights, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.statistics import Yields, fill, total_yields, without_negative_bins

ROWS = st.lists(st.tuples(st.floats(-0.5, 1.5), st.floats(-1, 3)), min_size=1, max_size=30)


@given(ROWS)
def test_equals_numpys_histogram_with_the_outside_in_the_outermost_bins(rows):
    scores, weights = np.array(rows).T
    edges = np.array([0.0, 0.25, 0.75, 1.0])
    filled = fill(scores, weights, edges)
    inside = np.clip(scores, 0.0, np.nextafter(1.0, 0.0))
    for result, power in ((filled.values, 1), (filled.variances, 2)):
        expected = np.histogram(inside, edges, weights=weights**power)[0]
        assert result == pytest.approx(expected, abs=1e-12)
    assert filled.total == pytest.approx(weights.sum(), abs=1e-12)


def test_scaled_and_added_yields_keep_their_variances():
    one = Yields([1.0, 2.0], [1.0, 1.0]).scaled(3.0)
    assert one.values.tolist() == [3.0, 6.0]
    assert one.variances.tolist() == [9.0, 9.0]
    assert total_yields([one, one]).errors == pytest.approx(np.sqrt([18.0, 18.0]))


def test_weights_that_cancel_leave_no_rounding_in_a_bin():
    """As background, 6e-17 events below one of signal would be a discovery of 8 standard deviations."""
    assert fill([0.2, 0.7, 0.7, 0.7], [1.0, 0.1, 0.2, -0.3], [0.0, 0.5, 1.0]).values.tolist() == [1.0, 0.0]


def test_negative_bins_become_zero_and_the_total_stays():
    treated = without_negative_bins(Yields([6.0, -2.0, 4.0], [1.0, 5.0, 2.0]))
    assert treated.values == pytest.approx([4.8, 0.0, 3.2])
    assert treated.total == pytest.approx(8.0)
    assert treated.variances == pytest.approx([0.64, 5.0, 1.28])


def test_a_process_without_a_positive_total_is_refused():
    with pytest.raises(DataError, match=r"must have a positive sum. Received: -1 events in 2 bins"):
        without_negative_bins(Yields([1.0, -2.0], [1.0, 1.0]))


@pytest.mark.parametrize(
    ("values", "variances", "message"),
    [
        ([1.0], [1.0, 2.0], r"same shape \(bins,\)"),
        ([], [], r"at least one bin"),
        ([1.0, np.inf], [1.0, 1.0], "inf with variance 1 in bin 1"),
        ([1.0], [-1.0], "with variance -1 in bin 0"),
    ],
)
def test_what_are_no_yields_is_refused(values, variances, message):
    with pytest.raises(DataError, match=message):
        Yields(values, variances)


def test_other_bins_cannot_be_added():
    with pytest.raises(DataError, match=r"same bins. Received: numbers of bins \[1, 2\]"):
        total_yields([Yields([1.0], [1.0]), Yields([1.0, 1.0], [1.0, 1.0])])


@pytest.mark.parametrize(
    ("scores", "weights", "edges", "message"),
    [
        ([0.1], [1.0], [1.0, 0.0], "must ascend"),
        ([0.1], [1.0], [0.0], "two entries at least"),
        ([0.1, 0.2], [1.0], [0.0, 1.0], "A row may be missing"),
        ([0.1, np.nan], [1.0, 1.0], [0.0, 1.0], r"score nan with weight 1 in row 1 \(1 such rows\)"),
    ],
)
def test_what_cannot_be_filled_is_refused(scores, weights, edges, message):
    with pytest.raises(DataError, match=message):
        fill(scores, weights, edges)
