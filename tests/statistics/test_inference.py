"""From scored rows to the result: bins from validation rows only, results from test rows only, all said."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.config import ResultSection
from netwright.errors import DataError
from netwright.statistics import (
    RESULTS,
    ProcessEvents,
    ScoredEvents,
    binned_significance,
    expected_limit,
    expected_weights,
    infer,
    merged_events,
    optimal_binning,
    templates,
)
from netwright.statistics.binning import BinRules

SECTION = ResultSection.model_validate(
    {"processes": {}, "bins": 4, "background_events": 2.0, "relative_uncertainty": 0.3, "replicas": 4}
)


def sample(seed, n=1500, shift=0.0):
    generator = np.random.default_rng(seed)
    weights = np.where(generator.random((2, n)) < 0.1, -1.0, 1.0)
    scores = generator.beta(4, 2, n), np.clip(generator.beta(2, 4, n) + shift, 0, 1)
    return [
        ProcessEvents("hh", ScoredEvents(scores[0], expected_weights(weights[0], 12.0)), {"lumi": (0.98, 1.02)},
                      is_signal=True),
        ProcessEvents("tt", ScoredEvents(scores[1], expected_weights(weights[1], 400.0)),
                      {"lumi": (0.98, 1.02), "rate": (0.9, 1.1)}, is_signal=False),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def inference():
    return infer(sample(1), sample(2), SECTION, members=[sample(3), sample(4)], span=(0.0, 1.0))


def test_bins_are_those_of_the_validation_rows(inference):
    signal, background = (merged_events(sample(1), is_signal=kind) for kind in (True, False))
    edges = optimal_binning(signal, background, 4, BinRules(2.0, 0.3), (0.0, 1.0))
    assert inference.channel.edges.tolist() == edges.tolist()
    other = infer(sample(1), sample(9), SECTION, span=(0.0, 1.0))
    assert other.channel.edges.tolist() == edges.tolist()
    assert other.results["limit"].value != inference.results["limit"].value


def test_results_are_those_of_the_test_rows(inference):
    channel = templates(sample(2), inference.channel.edges)
    assert inference.channel.background.values.tolist() == channel.background.values.tolist()
    assert tuple(inference.results) == RESULTS
    asimov = binned_significance(channel.signal, channel.background)
    assert inference.results["asimov"].value == pytest.approx(asimov.value)
    assert inference.limit.limits == pytest.approx(expected_limit(inference.workspace).limits, rel=1e-4)
    assert inference.results["limit"].value == pytest.approx(inference.limit.median, rel=1e-4)


def test_more_knowledge_is_more_significance(inference):
    values = {name: measured.value for name, measured in inference.results.items()}
    assert values["simple"] > values["asimov"] > values["asimov_with_uncertainty"] > 0
    assert values["asimov"] > values["discovery"] > 0


def test_uncertainty_and_spread_are_there(inference):
    for measured in inference.results.values():
        assert 0 < measured.uncertainty < 0.5 * measured.value
        assert measured.spread is not None
        assert 0 < measured.spread < measured.value
    assert infer(sample(1), sample(2), SECTION).results["limit"].spread is None


def test_both_binnings_are_compared_and_the_cut_is_that_of_validation_rows(inference):
    assert inference.binnings["optimal"].value >= 0.99 * inference.binnings["quantiles"].value
    assert inference.binning == "optimal"
    assert inference.cuts.best is not None
    assert inference.at_best_cut is not None
    assert 0 < inference.at_best_cut.value < inference.results["asimov"].value


def test_the_workspace_leaves_room_for_the_widest_limit(inference):
    (bounds,) = inference.workspace["measurements"][0]["config"]["parameters"][0]["bounds"]
    assert bounds[1] > 2.5 * inference.limit.limits[-1]


def test_a_member_without_a_result_is_named():
    few = [ProcessEvents(one.name, ScoredEvents([0.1], [5.0]), is_signal=one.is_signal) for one in sample(1)]
    result = infer(sample(1), sample(2), SECTION, members=[sample(3), few], span=(0.0, 1.0))
    assert len(result.remarks) == 1
    assert result.remarks[0].startswith("Member 1 has no separate result: score: every bin must have background")
    assert np.isinf(result.results["limit"].spread)


def test_lost_replicas_are_said():
    valid, test = sample(1), sample(2)
    background = test[1].nominal
    last = infer(valid, test, SECTION, span=(0.0, 1.0)).channel.edges[-2]
    kept = (background.scores < last) | (np.cumsum(background.scores >= last) == 1)
    rows = ScoredEvents(background.scores[kept], np.abs(background.weights[kept]))
    thin = ProcessEvents("tt", rows, is_signal=False)  # one row of background in the last bin
    section = SECTION.model_copy(update={"replicas": 12})
    result = infer(valid, [test[0], thin], section, span=(0.0, 1.0))
    assert "of 12 bootstrap replicas gave no result, so that uncertainties are too small" in result.remarks[0]


def test_test_rows_without_background_in_a_bin_are_refused():
    background = ProcessEvents("tt", ScoredEvents([0.01] * 50, [8.0] * 50), is_signal=False)
    with pytest.raises(DataError, match="every bin must have background"):
        infer(sample(1), [sample(2)[0], background], SECTION, span=(0.0, 1.0))


def test_where_no_background_passes_the_cut_its_significance_is_not_known():
    test = sample(2)
    low = ScoredEvents(test[1].nominal.scores * 0.1, test[1].nominal.weights)
    section = SECTION.model_copy(update={"bins": 1})
    result = infer(sample(1), [test[0], ProcessEvents("tt", low, is_signal=False)], section, span=(0.0, 1.0))
    assert result.cuts.best > 0.1
    assert result.results["asimov"].uncertainty == 0  # one bin holds the total, which a replica does not change
    assert result.at_best_cut is None
    assert result.remarks == ("No cut leaves enough simulated background to know what a cut is worth.",)
