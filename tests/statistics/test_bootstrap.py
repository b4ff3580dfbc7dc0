"""The bootstrap of results: against error propagation, and where the sample is too small."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError, InferenceError
from netwright.statistics import ProcessEvents, ScoredEvents, binned_significance, bootstrap, templates

EDGES = np.array([0.0, 0.5, 1.0])


def rows(n):
    generator = np.random.default_rng(4)
    return [
        ProcessEvents("hh", ScoredEvents(generator.beta(4, 2, n), np.full(n, 8.0 / n)), is_signal=True),
        ProcessEvents("tt", ScoredEvents(generator.beta(2, 4, n), np.full(n, 100.0 / n)), is_signal=False),
    ]


def significance(channel):
    return [binned_significance(channel.signal, channel.background).value]


def test_the_scatter_is_that_of_events_that_move_between_bins():
    """With the totals fixed, a row of weight w in a bin of slope g moves Z by w (g - mean of g)."""
    processes = rows(300)
    result, lost = bootstrap(significance, processes, EDGES, replicas=600, seed=1)
    assert lost == 0
    assert result.shape == (600, 1)
    nominal = templates(processes, EDGES)
    z, step, variance = significance(nominal)[0], 1e-5, 0.0
    for place, one in enumerate(nominal.processes):
        slopes = []
        for k in range(2):
            values = [nominal.signal.values.copy(), nominal.background.values.copy()]
            values[place][k] += step
            moved = [type(one.yields)(value, value) for value in values]
            slopes.append((binned_significance(*moved).value - z) / step)
        share = one.yields.values / one.yields.total
        variance += one.yields.variances @ np.square(np.array(slopes) - share @ slopes)
    assert result.std() == pytest.approx(np.sqrt(variance), rel=0.12)


def test_the_same_seed_gives_the_same():
    first, second = (bootstrap(significance, rows(50), EDGES, replicas=2, seed=9)[0] for _ in range(2))
    assert (first == second).all()


def test_replicas_without_background_are_counted_and_not_hidden():
    small = rows(40)
    edges = np.array([0.0, small[1].nominal.scores.max() - 1e-9, 1.0])  # one row of background in the last bin
    result, lost = bootstrap(significance, small, edges, replicas=60, seed=2)
    assert len(result) + lost == 60
    assert 10 < lost < 35  # e⁻¹ of them


def test_bad_input_is_refused():
    with pytest.raises(DataError, match=r"`replicas` must be at least 2"):
        bootstrap(significance, rows(10), EDGES, replicas=1)

    def never(_):
        msg = "none"
        raise InferenceError(msg)

    with pytest.raises(InferenceError, match=r"Only 0 of 3 replicas of the simulated sample gave a result"):
        bootstrap(never, rows(10), EDGES, replicas=3)
