"""Bins of the score: the rules hold, quantiles are equal parts, and the optimum is that of brute force."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.statistics import BinRules, ScoredEvents, asimov_significance, fill, optimal_binning, quantile_binning
from netwright.statistics.binning import best_segments

LOOSE = BinRules(background_events=1e-9, relative_uncertainty=1e9)


def sample(seed, n=2000, negative=0.1):
    generator = np.random.default_rng(seed)
    weights = [np.where(generator.random(n) < negative, -1.0, 1.0) * scale for scale in (0.01, 0.5)]
    return (
        ScoredEvents(generator.beta(5, 2, n), weights[0]),
        ScoredEvents(generator.beta(2, 4, n), weights[1]),
    )


def merit(signal, background, edges):
    """Σ Z_A² with the simulated background's √Σw² as its uncertainty."""
    s, b = (fill(rows.scores, rows.weights, edges) for rows in (signal, background))
    return float(np.square(asimov_significance(s.values, b.values, b.errors)).sum())


def test_quantiles_of_the_signal_hold_equal_parts_of_it():
    signal, background = sample(1)
    edges = quantile_binning(signal, background, 4, LOOSE, (0.0, 1.0))
    assert edges[[0, -1]].tolist() == [0.0, 1.0]
    parts = fill(signal.scores, signal.weights, edges).values / signal.weights.sum()
    assert parts == pytest.approx([0.25] * 4, abs=0.002)  # a row of 2000 is 0.0006 of their sum


@pytest.mark.parametrize("binning", [quantile_binning, optimal_binning])
@pytest.mark.parametrize("rules", [BinRules(20.0, 0.2), BinRules(1.0, 0.1), BinRules(50.0, 0.5)])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_bin_fulfils_the_rules(binning, rules, seed):
    signal, background = sample(seed)
    edges = binning(signal, background, 8, rules, (0.0, 1.0))
    filled = fill(background.scores, background.weights, edges)
    assert rules.fulfilled(filled.values, filled.variances).all()
    assert 2 < len(edges) <= 9
    assert (np.diff(edges) > 0).all()


def test_the_optimum_is_better_than_quantiles_and_than_one_bin():
    signal, background = sample(7)
    rules = BinRules(5.0, 0.3)
    best, quantiles = (
        merit(signal, background, binning(signal, background, 6, rules, (0.0, 1.0)))
        for binning in (optimal_binning, quantile_binning)
    )
    assert best > quantiles > merit(signal, background, [0.0, 1.0])


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_the_optimum_is_that_of_brute_force(seed, bins):
    generator = np.random.default_rng(seed)
    signal = ScoredEvents(generator.beta(4, 2, 9).round(2), generator.normal(1.0, 0.6, 9).clip(-0.5))
    background = ScoredEvents(generator.beta(2, 3, 12).round(2), generator.normal(3.0, 2.0, 12))
    rules = BinRules(2.0, 0.9)
    candidates = np.unique(np.concatenate([signal.scores, background.scores]))
    candidates = candidates[(candidates > 0) & (candidates < 1)]
    best = -np.inf
    for number in range(bins):
        for inner in itertools.combinations(candidates, number):
            edges = np.array([0.0, *inner, 1.0])
            filled = fill(background.scores, background.weights, edges)
            if rules.fulfilled(filled.values, filled.variances).all():
                best = max(best, merit(signal, background, edges))
    if np.isinf(best):
        with pytest.raises(DataError, match=r"All background together"):
            optimal_binning(signal, background, bins, rules, (0.0, 1.0))
    else:
        edges = optimal_binning(signal, background, bins, rules, (0.0, 1.0))
        assert merit(signal, background, edges) == pytest.approx(best, rel=1e-9)


def test_of_equally_good_segments_the_fewest_are_taken():
    merits = np.full((4, 4), -np.inf)
    for i, j in itertools.combinations(range(4), 2):
        merits[i, j] = j - i  # every cut has the same sum
    assert best_segments(merits, 3) == [0, 3]


def test_a_thousand_fine_bins_and_ten_bins_take_about_a_second():
    signal, background = sample(3, n=50_000)
    start = time.process_time()
    edges = optimal_binning(signal, background, 10, BinRules(5.0, 0.1), (0.0, 1.0))
    assert len(edges) == 11
    assert time.process_time() - start < 10


def test_without_a_span_the_outermost_scores_are_the_edges():
    signal, background = ScoredEvents([0.4, 0.9], [1.0, 1.0]), ScoredEvents([0.1, 0.5], [3.0, 3.0])
    edges = quantile_binning(signal, background, 1, LOOSE)
    assert edges.tolist() == [0.1, 0.9]
    same = ScoredEvents([0.5, 0.5], [1.0, 1.0])
    assert quantile_binning(same, same, 3, LOOSE).tolist() == [0.5, 1.5]


def test_what_is_left_at_the_lowest_scores_joins_bins_until_the_rules_hold():
    """The lowest bin has too little, and with its neighbour it is known too badly."""
    signal = ScoredEvents([0.1, 0.3, 0.5, 0.7, 0.9], np.ones(5))
    background = ScoredEvents([0.1, 0.1, 0.45, 0.95], [-6.0, 3.0, 4.0, 9.0])
    edges = quantile_binning(signal, background, 4, BinRules(2.0, 2.0), (0.0, 1.0))
    filled = fill(background.scores, background.weights, edges)
    assert BinRules(2.0, 2.0).fulfilled(filled.values, filled.variances).all()
    assert len(edges) == 2


@pytest.mark.parametrize("binning", [quantile_binning, optimal_binning])
def test_bad_input_is_refused(binning):
    signal, background = sample(1)
    with pytest.raises(DataError, match=r"All background together must fulfil.*at least 1e\+06 events"):
        binning(signal, background, 5, BinRules(1e6, 0.5))
    nothing = ScoredEvents(background.scores, np.zeros(len(background.scores)))
    with pytest.raises(DataError, match=r"relative uncertainty of unknown"):
        binning(signal, nothing, 5, BinRules(1.0, 0.5))
    with pytest.raises(DataError, match=r"`bins` must be at least 1. Received: 0"):
        binning(signal, background, 0, LOOSE)
    with pytest.raises(DataError, match=r"signal with a positive sum of weights.*summing to 0"):
        binning(ScoredEvents(signal.scores, np.zeros(len(signal.scores))), background, 5, LOOSE)
    with pytest.raises(DataError, match=r"Received: 0 and 2000 rows"):
        binning(signal, ScoredEvents([], []), 5, LOOSE)


@pytest.mark.parametrize("name", ["background_events", "relative_uncertainty"])
def test_rules_are_positive(name):
    with pytest.raises(DataError, match=f"`{name}` must be positive"):
        BinRules(**({"background_events": 1.0, "relative_uncertainty": 1.0} | {name: 0.0}))
