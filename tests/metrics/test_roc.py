"""ROC curve and rejection: against a walk from cut to cut in exact arithmetic, and against np.interp."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.weighted_rows import columns

from netwright.errors import DataError
from netwright.metrics import background_rejection, roc_auc, roc_curve

JETS = Path("../shared/data/real_jets_1000.npz")
SCORES = st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 1.0])
EXACT_WEIGHTS = st.integers(-16, 64).map(lambda k: k / 32)  # sums of these are exact: plateaus at ε_S occur
ROWS = st.lists(st.tuples(st.integers(0, 1), SCORES, EXACT_WEIGHTS), min_size=2, max_size=25)
TARGETS = st.sampled_from([0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0])


def slow_efficiency(labels, scores, weights, label, threshold):
    """The share of a class that passes the cut, in rational numbers."""
    rows = [(s, Fraction(float(w))) for y, s, w in zip(labels, scores, weights, strict=True) if y == label]
    return sum((w for s, w in rows if s >= threshold), Fraction(0)) / sum(w for _, w in rows)


def slow_background(labels, scores, weights, target):
    """ε_B at ε_S: cut by cut from the tightest, linear between cuts, the end of a vertical run."""
    target = Fraction(target).limit_denominator(1000)
    points = [(Fraction(0), Fraction(0))]
    points += [
        tuple(slow_efficiency(labels, scores, weights, label, cut) for label in (1, 0))
        for cut in sorted(set(scores.tolist()), reverse=True)
    ]
    result = None
    for (s0, b0), (s1, b1) in pairwise(points):
        if result is not None and s1 != target:
            return result
        if s1 == target:
            result = b1
        elif s1 > target:
            return b0 + (b1 - b0) * (target - s0) / (s1 - s0)
    return result


@given(ROWS, TARGETS)
@example(  # ε_B goes from below 0 to above, and is 0 at 0.1
    [(0, 0.0, 0.0625), (0, 0.1, 0.625), (0, 0.2, -0.34375), (1, 0.0, 0.5625), (1, 0.1, 0.125)], 0.1
)
def test_rejection_equals_the_walk_from_cut_to_cut(rows, target):
    labels, scores, weights = columns(rows)
    background = slow_background(labels, scores, weights, target)
    expected = float(1 / background) if background > 0 else np.inf
    assert background_rejection(labels, scores, target, weights) == pytest.approx(expected, rel=1e-12)


@given(ROWS, TARGETS)
def test_without_negative_weights_it_is_numpys_interpolation(rows, target):
    labels, scores, weights = columns([(y, s, abs(w)) for y, s, w in rows])
    curve = roc_curve(labels, scores, weights)
    distance = np.abs(curve.signal_efficiency - target)
    assume(not ((distance > 0) & (distance < 1e-12)).any())  # np.interp sees rounding there, we do not
    background = np.interp(target, curve.signal_efficiency, curve.background_efficiency)
    expected = 1 / background if background > 0 else np.inf
    assert background_rejection(labels, scores, target, weights) == pytest.approx(expected, rel=1e-12)


@given(ROWS)
def test_curve_equals_its_definition_and_its_area_is_the_auc(rows):
    labels, scores, weights = columns(rows)
    curve = roc_curve(labels, scores, weights)
    assert curve.thresholds.tolist() == [np.inf, *sorted(set(scores.tolist()), reverse=True)]
    for k, cut in enumerate(curve.thresholds[1:], start=1):
        for label, result in ((1, curve.signal_efficiency[k]), (0, curve.background_efficiency[k])):
            expected = slow_efficiency(labels, scores, weights, label, cut)
            assert result == pytest.approx(float(expected), abs=1e-13)
    assert np.trapezoid(curve.signal_efficiency, curve.background_efficiency) == roc_auc(labels, scores, weights)


@given(ROWS)
def test_uncertainty_is_that_of_a_weighted_binomial(rows):
    labels, scores, weights = columns(rows)
    curve = roc_curve(labels, scores, weights)
    background = weights[labels == 0]
    assume(np.square(background).sum() < background.sum() ** 2)
    for k, cut in enumerate(curve.thresholds):
        passes = scores[labels == 0] >= cut
        share = background[passes].sum() / background.sum()
        by_row = np.square(background * (passes - share)).sum() / background.sum() ** 2
        assert curve.background_uncertainty[k] ** 2 == pytest.approx(by_row, abs=1e-12)


def test_rejection_uncertainty_with_unit_weights():
    labels = np.repeat([1, 0], [10, 100])
    scores = np.concatenate([np.full(10, 0.5), np.linspace(0.96, -0.03, 100)])  # 46 rows above 0.5, one tied
    rejected = roc_curve(labels, scores).rejection(1.0)
    share = float(np.mean(scores[labels == 0] >= 0.5))
    assert rejected.value == 1.0  # the curve is vertical at ε_S = 1, its largest ε_B counts
    assert rejected.uncertainty == 0.0
    at_half = roc_curve(labels, scores).rejection(0.5)
    assert at_half.value == pytest.approx(1 / share, rel=0.02)
    assert at_half.uncertainty == pytest.approx(at_half.value**2 * np.sqrt(share * (1 - share) / 100), rel=0.04)


def test_a_plateau_at_the_working_point_does_not_depend_on_rounding():
    """3 of 10 equal signal weights are ε_S = 0.3, though 0.1 + 0.1 + 0.1 is not 0.3 in binary."""
    labels = np.repeat([1, 0, 1, 0], [3, 2, 7, 2])
    scores = np.linspace(1, 0, 14)
    for weight in (1.0, 0.1, 1 / 3, 7e-5):
        assert background_rejection(labels, scores, 0.3, np.full(14, weight)) == pytest.approx(2.0, rel=1e-12)


def test_no_background_left_is_infinite_and_so_is_a_negative_rest():
    assert background_rejection([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.8]) == np.inf
    assert background_rejection([0, 0, 1, 1], [0.1, 0.9, 0.6, 0.8], 0.5, [2.0, -1.0, 1.0, 1.0]) == np.inf
    cancels = [1.0, 0.1, 0.2, -0.3, 1.0, 1.0]
    assert background_rejection([0, 0, 0, 0, 1, 1], [0.1, 0.9, 0.9, 0.9, 0.6, 0.8], 0.5, cancels) == np.inf
    assert roc_curve([0, 1], [0.1, 0.9]).rejection(0.5).uncertainty == np.inf


def test_one_row_of_background_leaves_the_uncertainty_open():
    rejected = roc_curve([0, 1, 1], [0.5, 0.5, 0.6]).rejection(0.75)
    assert rejected.value == 2.0
    assert rejected.uncertainty == np.inf


@pytest.mark.parametrize("efficiency", [0.0, -0.1, 1.5, float("nan")])
def test_refuses_an_impossible_working_point(efficiency):
    with pytest.raises(DataError, match=r"`signal_efficiency` must be above 0 and at most 1. Received"):
        background_rejection([0, 1], [0.1, 0.9], efficiency)


def test_published_taggers_on_real_jets():
    """ParticleNet beats TopoDNN on the 1,000 jets, and both lie near the published AUC (0.986, 0.972)."""
    if not JETS.exists():
        pytest.skip("../shared/data is not here")
    with np.load(JETS, allow_pickle=False) as jets:
        labels, best, simple = jets["truth_label"], jets["score_ParticleNet_v2"], jets["score_topodnn_v2"]
    assert roc_auc(labels, best) == pytest.approx(0.986, abs=3 * roc_curve(labels, best).auc.uncertainty)
    assert roc_auc(labels, simple) == pytest.approx(0.972, abs=3 * roc_curve(labels, simple).auc.uncertainty)
    assert background_rejection(labels, best, 0.5) > background_rejection(labels, simple, 0.5)
