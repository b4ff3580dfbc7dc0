"""Accuracy and log loss: against loops over the rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.metrics import accuracy, log_loss, measure_binary, measure_multiclass, multiclass_accuracy

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.2, 0.5, 0.5, 1.0]) | st.floats(0, 1), st.floats(-1, 3)),
    min_size=1,
    max_size=25,
)


def columns(rows):
    labels, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    assume(weights.sum() > 0.1 * np.abs(weights).sum() > 0)
    return labels, scores, weights


@given(ROWS, st.sampled_from([0.2, 0.5, 0.9]))
def test_accuracy_equals_a_loop_over_the_rows(rows, threshold):
    labels, scores, weights = columns(rows)
    right = sum(w for y, s, w in zip(labels, scores, weights, strict=True) if (s >= threshold) == bool(y))
    assert accuracy(labels, scores, weights, threshold) == pytest.approx(right / sum(weights), abs=1e-12)


@given(ROWS)
def test_log_loss_equals_a_loop_over_the_rows(rows):
    labels, scores, weights = columns(rows)
    loss = 0.0
    for y, p, w in zip(labels, scores, weights, strict=True):
        of_truth = min(max(p if y else 1 - p, 2.0**-52), 1 - 2.0**-52)
        loss -= w * math.log(of_truth)
    assert log_loss(labels, scores, weights) == pytest.approx(loss / sum(weights), rel=1e-12, abs=1e-12)


@given(ROWS)
def test_two_classes_are_a_binary_head(rows):
    labels, scores, weights = columns(rows)
    assume(not (scores == 0.5).any())  # equal probabilities: the first class counts, a score of 0.5 is signal
    both = np.stack([1 - scores, scores], axis=1)
    assume(not (both[:, 0] == both[:, 1]).any())
    assert multiclass_accuracy(labels, both, weights) == pytest.approx(accuracy(labels, scores, weights))


def test_uncertainty_with_unit_weights_is_binomial():
    labels, scores = np.repeat([0, 1], 50), np.tile([0.2, 0.9, 0.4, 0.8, 0.1], 20)
    result = measure_binary(labels, scores)["accuracy"]
    assert result.uncertainty == pytest.approx(math.sqrt(result.value * (1 - result.value) / 100), rel=1e-12)


def test_uncertainty_counts_negative_weights_as_spread():
    """+2 and -1 make a net 1 but fluctuate as √5: the error grows where weights cancel."""
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 1000), rng.random(1000)
    plain = measure_binary(labels, scores)["accuracy"].uncertainty
    mixed = measure_binary(labels, scores, np.tile([2.0, -1.0], 500))["accuracy"].uncertainty
    assert mixed > 2 * plain


def test_one_effective_row_leaves_the_uncertainty_open():
    measured = measure_multiclass([0, 1], [[0.9, 0.1], [0.2, 0.8]], [1.0, 1e-300])
    assert measured["accuracy"].uncertainty == np.inf


@pytest.mark.parametrize("score", [-0.1, 1.2])
def test_log_loss_refuses_what_is_no_probability(score):
    with pytest.raises(DataError, match=r"`scores` must hold probabilities.*row 1 \(1 such rows\).*sigmoid"):
        log_loss([0, 1], [0.5, score])
