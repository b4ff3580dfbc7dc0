"""Pruning against plain counting, and its false alarms on trials that are all alike."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.searching import rungs, survivors, worse_in_folds

COSTS = st.lists(st.floats(-5, 5), min_size=1, max_size=12)


@given(COSTS, COSTS, st.integers(2, 5))
def test_survivors_are_those_with_few_better_ones(costs, earlier, factor):
    """Slow twin: a trial goes on if fewer others are better than the number of places."""
    kept = survivors(dict(enumerate(costs)), earlier, factor)
    every = [*costs, *earlier]
    positions = max(1, len(every) // factor)
    assert kept == {n for n, cost in enumerate(costs) if sum(other < cost for other in every) < positions}


def test_costs_that_are_no_numbers_do_not_survive():
    assert survivors({0: float("nan"), 1: 2.0}, [], 3) == {1}
    assert survivors({0: float("nan")}, [], 3) == set()


def test_there_is_no_comparison_at_the_end():
    assert rungs(2, 3, 18) == [2, 6]
    assert rungs(5, 2, 5) == []


def test_p_is_the_share_of_signs_with_as_large_a_rank_sum():
    """Slow twin: all assignments of signs to the ranks."""
    costs, best = np.array([0.5, 0.9, 0.7, 0.3, 0.8]), np.array([0.4, 0.6, 0.72, 0.1, 0.3])
    ranks = np.argsort(np.argsort(np.abs(costs - best))) + 1
    observed = ranks[costs > best].sum()
    sums = [np.dot(signs, ranks) for signs in itertools.product((0, 1), repeat=5)]
    expected = np.mean(np.array(sums) >= observed)
    assert worse_in_folds(costs, best, 0.4) == expected
    assert worse_in_folds(best, costs, 0.4) is None


@pytest.mark.parametrize("costs", [[1.0, 1.0], [np.inf, 1.0, 1.0, 1.0]])
def test_few_folds_and_costs_that_are_not_finite_give_nothing_up(costs):
    assert worse_in_folds(costs, [0.0] * len(costs), 0.5) is None


def test_trials_that_are_alike_are_seldom_given_up():
    generator = np.random.default_rng(1)
    trials = generator.normal(size=(1000, 2, 8))
    given_up = np.mean([worse_in_folds(one, other, 0.1) is not None for one, other in trials])
    assert 0.05 < given_up <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 1000)
