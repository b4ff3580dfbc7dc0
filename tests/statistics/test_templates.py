"""Templates and channels: yields are σL, variations follow their rows, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.statistics import (
    Channel,
    Process,
    ProcessEvents,
    ScoredEvents,
    Yields,
    expected_weights,
    fill,
    templates,
)

GENERATOR = np.random.default_rng(11)
EDGES = [0.0, 0.5, 1.0]


def process(name="tt", *, is_signal=False, n=200, events=50.0, **changed):
    weights = expected_weights(GENERATOR.normal(1.0, 0.7, n), events)
    return ProcessEvents(name, ScoredEvents(GENERATOR.random(n), weights), is_signal=is_signal, **changed)


def test_yields_are_cross_section_times_luminosity_however_weights_are_scaled():
    weights = GENERATOR.normal(1.0, 2.0, 500)
    assert expected_weights(weights, 33.0).sum() == pytest.approx(33.0)
    assert expected_weights(weights * 1e4, 33.0) == pytest.approx(expected_weights(weights, 33.0))


def test_drawn_rows_whose_weights_add_up_to_nothing_are_refused():
    """Scaled to the total of the process, their templates would be upside down, or empty."""
    signal = process("hh", is_signal=True)
    background = ProcessEvents("tt", ScoredEvents([0.1, 0.7, 0.8], [30.0, 30.0, -10.0]), is_signal=False)
    drawn = np.ones(len(signal.nominal.scores))
    for counts in ([0.0, 0.0, 2.0], [0.0, 1.0, 3.0], [0.0, 0.0, 0.0]):
        with pytest.raises(DataError, match=r"tt: the weights of the rows that were drawn add up to .*Draw others"):
            templates([signal, background], EDGES, counts=[drawn, np.array(counts)])
    background = ProcessEvents("tt", ScoredEvents([0.1, 0.2, 0.7, 0.8], [0.1, 0.2, -0.3, 9.0]), is_signal=False)
    with pytest.raises(DataError, match="drawn add up to 0, and"):  # but for rounding
        templates([signal, background], EDGES, counts=[drawn, np.array([1.0, 1.0, 1.0, 0.0])])


def test_a_template_holds_sums_of_weights_and_their_squares():
    rows = process()
    signal = process("hh", is_signal=True)
    filled = templates([rows, signal], EDGES)
    for one, source in zip(filled.processes, (rows, signal), strict=True):
        upper = source.nominal.scores >= 0.5
        weights = source.nominal.weights
        assert one.yields.values == pytest.approx([weights[~upper].sum(), weights[upper].sum()])
        assert one.yields.variances == pytest.approx([np.square(weights[part]).sum() for part in (~upper, upper)])
    assert filled.background.total == pytest.approx(50.0)
    assert filled.bins == 2


def test_a_replica_keeps_the_totals_and_varies_rows_together():
    rows = process()
    up = ScoredEvents(rows.nominal.scores, rows.nominal.weights * 1.1)
    down = ScoredEvents(rows.nominal.scores, rows.nominal.weights * 0.9)
    varied = ProcessEvents("tt", rows.nominal, shapes={"scale": (down, up)}, is_signal=False)
    signal = process("hh", is_signal=True)
    counts = [GENERATOR.poisson(1.0, 200).astype(float) for _ in range(2)]
    replica = templates([varied, signal], EDGES, counts=counts).processes[0]
    assert replica.yields.total == pytest.approx(50.0)
    expected = fill(rows.nominal.scores, rows.nominal.weights * counts[0], EDGES).values
    assert replica.yields.values == pytest.approx(expected * 50.0 / expected.sum())
    assert replica.shapes["scale"][1].values == pytest.approx(1.1 * replica.yields.values)


def test_negative_bins_of_a_template_become_zero():
    tt = ProcessEvents("tt", ScoredEvents([0.1, 0.8, 0.9], [5.0, 1.0, -2.0]), is_signal=False)
    qcd = ProcessEvents("qcd", ScoredEvents([0.1, 0.9], [1.0, 1.0]), is_signal=False)
    filled = templates([tt, qcd, process("hh", is_signal=True)], EDGES)
    assert filled.processes[0].yields.values.tolist() == [4.0, 0.0]


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0], [1.0, np.nan], []])
def test_weights_without_a_sum_are_refused(weights):
    with pytest.raises(DataError, match=r"must have a positive, finite sum. Received: (0|nan) from"):
        expected_weights(weights, 10.0)


@pytest.mark.parametrize("events", [0.0, -1.0, np.inf, np.nan])
def test_expected_events_are_positive(events):
    with pytest.raises(DataError, match=r"`events` must be positive: it is cross section times luminosity"):
        expected_weights([1.0], events)


def test_a_variation_with_missing_rows_is_refused():
    nominal = ScoredEvents([0.1, 0.2, 0.3], [1.0, 1.0, 1.0])
    fewer = ScoredEvents([0.1, 0.2], [1.0, 1.0])
    with pytest.raises(DataError, match=r"tt: the variation jes at \+1σ must have the same rows.*2 rows instead of 3"):
        ProcessEvents("tt", nominal, is_signal=False, shapes={"jes": (nominal, fewer)})


def test_a_variation_with_other_bins_is_refused():
    with pytest.raises(DataError, match=r"tt: the variation jes must have the 2 bins.*Received: 2 and 3 bins"):
        Process(
            "tt",
            Yields([1, 1], [1, 1]),
            is_signal=False,
            shapes={"jes": (Yields([1, 1], [1, 1]), Yields([1] * 3, [1] * 3))},
        )


@pytest.mark.parametrize("factors", [(0.0, 1.1), (0.9, -1.0), (np.nan, 1.1)])
def test_factors_are_positive(factors):
    with pytest.raises(DataError, match=r"the factors of rate must be positive"):
        Process("tt", Yields([1], [1]), is_signal=False, norms={"rate": factors})


def test_negative_yields_are_refused():
    with pytest.raises(DataError, match=r"The yields of tt must not be negative. Received: -1 events in bin 1"):
        Process("tt", Yields([1, -1], [1, 1]), is_signal=False)
    with pytest.raises(DataError, match=r"The yields of tt at -1σ of jes must not be negative"):
        Process("tt", Yields([1], [1]), is_signal=False, shapes={"jes": (Yields([-1], [1]), Yields([1], [1]))})
    with pytest.raises(DataError, match=r"The yields of tt at \+1σ of jes must not be negative"):
        Process("tt", Yields([1], [1]), is_signal=False, shapes={"jes": (Yields([1], [1]), Yields([-1], [1]))})


@pytest.mark.parametrize("name", ["a/b", "", "1st", "data_obs", "mu", "..", "t t"])
def test_names_are_names_of_files_and_histograms(name):
    with pytest.raises(DataError, match=r"must be named by letters, digits and underscores"):
        Process(name, Yields([1], [1]), is_signal=False)


SIGNAL, BACKGROUND = (
    Process("hh", Yields([1.0], [1.0]), is_signal=True),
    Process("tt", Yields([1.0], [1.0]), is_signal=False),
)
NO_SIGNAL = Process("hh", Yields([0.0], [0.0]), is_signal=True)
NO_BACKGROUND = Process("tt", Yields([0.0], [0.0]), is_signal=False)
TWO_BINS = Process("qcd", Yields([1.0, 1.0], [1.0, 1.0]), is_signal=False)
CLASHING = Process("tt_jesUp", Yields([1.0], [1.0]), is_signal=False)
VARIED = Process("tt", BACKGROUND.yields, is_signal=False, shapes={"jes": (BACKGROUND.yields, BACKGROUND.yields)})
FACTOR = Process("qcd", BACKGROUND.yields, is_signal=False, norms={"jes": (0.9, 1.1)})


@pytest.mark.parametrize(
    ("processes", "message"),
    [
        ([SIGNAL], "at least one process must be background"),
        ([BACKGROUND], "at least one process must be signal"),
        ([SIGNAL, BACKGROUND, BACKGROUND], "Received: tt more than once"),
        ([SIGNAL, BACKGROUND, TWO_BINS], "qcd must have the 1 bins of the channel. Received: 2 bins"),
        ([NO_SIGNAL, BACKGROUND], "the signal is zero in all bins"),
        ([SIGNAL, NO_BACKGROUND], r"every bin must have background. Received: none in bin 0, scores from 0 to 1"),
        ([SIGNAL, VARIED, FACTOR], "must change yields or templates. Received: jes in both ways"),
        ([SIGNAL, VARIED, CLASHING], "two histograms would be called tt_jesUp"),
    ],
)
def test_what_is_no_channel_is_refused(processes, message):
    with pytest.raises(DataError, match=message):
        Channel("score", np.array([0.0, 1.0]), tuple(processes))


def test_the_uncertainty_of_the_background_moves_its_processes_together(channel):
    tt, _, qcd = (one.yields for one in channel.processes)
    expected = tt.variances + qcd.variances
    expected += np.square(0.02 * tt.values) + np.square(0.12 * tt.values) + np.square(tt.values * [0.05, 0.0, 0.1])
    assert channel.background_uncertainty == pytest.approx(np.sqrt(expected))
