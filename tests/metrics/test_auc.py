"""AUC: against all pairs in exact arithmetic, against symmetries, and its uncertainty against DeLong."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.weighted_rows import columns

from netwright.metrics import roc_auc, roc_curve

FEW_SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0])  # ties are certain
ROWS = st.tuples(st.integers(0, 1), FEW_SCORES | st.floats(-5, 5), st.floats(-1, 3))


def slow_auc(labels, scores, weights):
    """The definition: every pair of signal and background, a tie counts half, in rational numbers."""
    weights = [Fraction(float(w)) for w in weights]
    pairs = Fraction(0)
    for y, s, w in zip(labels, scores, weights, strict=True):
        for other_y, other_s, other_w in zip(labels, scores, weights, strict=True):
            if y == 1 and other_y == 0:
                pairs += w * other_w * (Fraction(int(s > other_s)) + Fraction(int(s == other_s), 2))
    return pairs / (total(labels, weights, 1) * total(labels, weights, 0))


def total(labels, weights, label):
    return sum((w for y, w in zip(labels, weights, strict=True) if y == label), Fraction(0))


@given(st.lists(ROWS, min_size=2, max_size=25))
def test_equals_the_sum_over_pairs_with_ties_and_negative_weights(rows):
    labels, scores, weights = columns(rows)
    assert roc_auc(labels, scores, weights) == pytest.approx(
        float(slow_auc(labels, scores, weights)), rel=1e-12, abs=1e-12
    )


@given(st.lists(ROWS, min_size=2, max_size=25))
def test_turning_the_score_round_mirrors_it_and_a_monotone_map_changes_nothing(rows):
    labels, scores, weights = columns(rows)
    auc = roc_auc(labels, scores, weights)
    assert roc_auc(labels, -scores, weights) == pytest.approx(1 - auc, abs=1e-12)
    assert roc_auc(1 - labels, scores, weights) == pytest.approx(1 - auc, abs=1e-12)
    assert roc_auc(labels, 2 * scores, 7 * weights) == pytest.approx(auc, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 1), FEW_SCORES, st.integers(1, 4)), min_size=2, max_size=20))
def test_a_row_of_weight_two_is_two_rows(rows):
    labels, scores, weights = columns(rows)
    repeated = roc_auc(labels.repeat(weights), scores.repeat(weights))
    assert roc_auc(labels, scores, weights) == pytest.approx(repeated, abs=1e-14)


def test_a_row_and_its_negative_cancel():
    rng = np.random.default_rng(1)
    labels, scores, weights = rng.integers(0, 2, 50), rng.random(50), rng.random(50)
    ghosts = roc_auc(np.append(labels, [1, 1]), np.append(scores, [0.5, 0.5]), np.append(weights, [1e6, -1e6]))
    assert ghosts == pytest.approx(roc_auc(labels, scores, weights), rel=1e-9)


def test_the_order_of_the_rows_and_the_type_of_the_arrays_do_not_matter():
    jnp = pytest.importorskip("jax.numpy")
    rng = np.random.default_rng(2)
    labels, scores = rng.integers(0, 2, 200), rng.random(200).astype(np.float32)
    auc, shuffled = roc_auc(labels, scores), rng.permutation(200)
    assert roc_auc(labels[shuffled], scores[shuffled]) == pytest.approx(auc, abs=1e-14)
    assert roc_auc(labels.tolist(), scores.tolist()) == auc
    assert roc_auc(labels == 1, scores) == auc
    assert roc_auc(jnp.asarray(labels), jnp.asarray(scores), jnp.ones(200)) == auc
    assert isinstance(auc, float)


@given(st.lists(st.tuples(st.integers(0, 1), FEW_SCORES), min_size=4, max_size=25))
def test_uncertainty_with_unit_weights_is_delongs(rows):
    labels, scores = (np.array(column) for column in zip(*rows, strict=True))
    signal, background = scores[labels == 1], scores[labels == 0]
    assume(len(signal) > 1 and len(background) > 1)
    above = (signal[:, None] > background) + (signal[:, None] == background) / 2
    s10, s01 = above.mean(axis=1).var(ddof=1), above.mean(axis=0).var(ddof=1)
    expected = np.sqrt(s10 / len(signal) + s01 / len(background))
    assert roc_curve(labels, scores).auc.uncertainty == pytest.approx(expected, abs=1e-12)


def test_uncertainty_is_the_spread_over_repeated_experiments():
    """400 samples of 300 weighted rows: the mean uncertainty is the spread to 10% (3 σ of the spread)."""
    rng = np.random.default_rng(3)
    collected = []
    for _ in range(400):
        labels = rng.integers(0, 2, 300)
        weights = np.where(rng.random(300) < 0.15, -1.0, 1.0) * rng.choice([0.5, 1.0, 2.0], 300)
        collected.append(roc_curve(labels, rng.normal(size=300) + labels, weights).auc)
    spread = np.std([auc.value for auc in collected])
    assert np.mean([auc.uncertainty for auc in collected]) == pytest.approx(spread, rel=0.11)


def test_one_row_a_class_leaves_the_uncertainty_open():
    assert roc_curve([0, 1], [0.2, 0.9]).auc.uncertainty == np.inf


def test_a_million_rows_take_well_under_a_second():
    rng = np.random.default_rng(4)
    labels, scores = rng.integers(0, 2, 1_000_000), rng.random(1_000_000)
    start = time.process_time()
    assert roc_auc(labels, scores, rng.random(1_000_000)) == pytest.approx(0.5, abs=0.005)
    assert time.process_time() - start < 2.0  # 0.35 s on a desktop core; room for a busy machine
