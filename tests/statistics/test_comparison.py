"""Scores compared on validation rows: the numbers of the channel, member by member, and pairs."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.config import ResultSection
from netwright.errors import DataError
from netwright.metrics import roc_auc
from netwright.statistics import (
    ProcessEvents,
    ScoredEvents,
    build_workspace,
    discovery_significance,
    expected_weights,
    median_limit,
    paired_difference,
    quantile_binning,
    score_worth,
    templates,
)
from netwright.statistics.binning import BinRules

SECTION = ResultSection.model_validate(
    {"processes": {}, "bins": 3, "binning": "quantiles", "relative_uncertainty": 0.3}
)


def sample(seed, n=800):
    generator = np.random.default_rng(seed)
    signal = ScoredEvents(generator.beta(4, 2, n), expected_weights(np.ones(n), 12.0))
    background = ScoredEvents(generator.beta(2, 4, n), expected_weights(np.ones(n), 400.0))
    return [ProcessEvents("hh", signal, is_signal=True), ProcessEvents("tt", background, is_signal=False)]


def test_a_score_is_worth_what_its_templates_say():
    rows = sample(1)
    worth = score_worth(rows, SECTION, span=(0.0, 1.0))
    signal, background = (row.nominal for row in rows)
    edges = quantile_binning(signal, background, 3, BinRules(3.0, 0.3), (0.0, 1.0))
    workspace = build_workspace(templates(rows, edges))
    assert worth.together["limit"] == pytest.approx(median_limit(workspace), rel=1e-3)
    assert worth.limit.median == pytest.approx(worth.together["limit"], rel=1e-3)
    assert worth.together["discovery"] == pytest.approx(discovery_significance(workspace), rel=1e-3)
    auc = roc_auc(np.repeat([1, 0], 800), np.concatenate([signal.scores, background.scores]))
    assert worth.together["roc_auc"] == pytest.approx(auc)
    assert worth.members == (worth.together,)


def test_members_are_worth_what_their_own_rows_say():
    members = [sample(2), sample(3)]
    worth = score_worth(sample(1), SECTION, members=members, span=(0.0, 1.0))
    assert len(worth.members) == 2
    assert worth.members[0]["roc_auc"] == pytest.approx(score_worth(members[0], SECTION).together["roc_auc"])
    assert worth.members[0]["limit"] != worth.members[1]["limit"]


def test_a_member_without_background_in_a_bin_has_no_limit_but_an_auc():
    few = [ProcessEvents(one.name, ScoredEvents([0.1], [5.0]), is_signal=one.is_signal) for one in sample(1)]
    worth = score_worth(sample(1), SECTION, members=[sample(2), few], span=(0.0, 1.0))
    assert np.isnan(worth.members[1]["limit"])
    assert worth.members[1]["roc_auc"] == 0.5


def test_a_member_without_rows_of_a_class_has_neither():
    (signal, background), nothing = sample(2), ScoredEvents([], [])
    without = [ProcessEvents(signal.name, nothing, is_signal=True), background]
    worth = score_worth(sample(1), SECTION, members=[sample(2), without], span=(0.0, 1.0))
    assert np.isnan(worth.members[1]["limit"])
    assert np.isnan(worth.members[1]["roc_auc"])


def test_pairs_share_what_drops_out():
    generator = np.random.default_rng(5)
    common, noise = generator.normal(0, 10.0, 400), generator.normal(0.5, 0.2, 400)
    difference = paired_difference(common + noise, common)
    assert difference.value == pytest.approx(0.5, abs=4 * difference.uncertainty)
    assert difference.uncertainty == pytest.approx(0.2 / 20, rel=0.15)


def test_pairs_without_a_number_do_not_count():
    assert paired_difference([1.0, np.nan, 3.0], [0.5, 1.0, 2.5]).value == 0.5
    assert paired_difference([1.0, 2.0], [0.5, np.nan]).uncertainty == np.inf
    assert np.isnan(paired_difference([np.nan], [1.0]).value)


def test_pairs_have_the_same_length():
    with pytest.raises(DataError, match=r"they are pairs. Received: 1 and 2"):
        paired_difference([1.0], [1.0, 2.0])
