"""Significance against the cut: against single cuts, and where no background is left."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.statistics import ScoredEvents, asimov_significance, significance_of_cuts

GENERATOR = np.random.default_rng(5)
SIGNAL = ScoredEvents(GENERATOR.beta(4, 2, 300), GENERATOR.normal(0.1, 0.05, 300))
BACKGROUND = ScoredEvents(GENERATOR.beta(2, 5, 500), GENERATOR.normal(2.0, 1.0, 500))


@pytest.mark.parametrize("relative", [0.0, 0.2])
def test_equals_each_cut_alone(relative):
    cuts = np.linspace(0.05, 0.6, 12)
    scan = significance_of_cuts(SIGNAL, BACKGROUND, cuts, relative_uncertainty=relative)
    for cut, z in zip(cuts, scan.significance, strict=True):
        s, b = (rows.weights[rows.scores >= cut].sum() for rows in (SIGNAL, BACKGROUND))
        assert z == pytest.approx(float(asimov_significance(s, b, relative * b)), rel=1e-9)
    assert scan.best == cuts[np.argmax(scan.significance)]


def test_where_no_background_is_left_the_significance_is_not_known():
    scan = significance_of_cuts(SIGNAL, BACKGROUND, [0.5, BACKGROUND.scores.max() + 1e-6], background_rows=5.0)
    assert np.isfinite(scan.significance[0])
    assert np.isnan(scan.significance[1])
    assert np.isnan(scan.uncertainty[1])
    assert significance_of_cuts(SIGNAL, BACKGROUND, [1.1]).best is None


def test_cuts_must_ascend():
    with pytest.raises(DataError, match=r"must ascend"):
        significance_of_cuts(SIGNAL, BACKGROUND, [0.5, 0.2])
