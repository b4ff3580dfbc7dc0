"""The sentence of a scan: what it claims, and what it leaves open."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from netwright.metrics import Measured
from netwright.statistics import paired_difference
from netwright.workflow.scans.result import chance_of_best, scan_sentence


@pytest.mark.parametrize(
    ("best", "difference", "pairs", "members", "values", "said"),
    [
        (1.0, Measured(0.0, 0.0), 5, 5, 7, "The experiment's own x = 1 is the best by limit on validation rows."),
        (3.0, Measured(-0.6, 0.2), 5, 5, 2, "over 5 members, more than chance explains: the better of both values is "),
        (3.0, Measured(-0.6, 0.2), 5, 5, 7, "no more than chance explains: the best of 7 values is better by as much "),
        (3.0, Measured(-0.6, 0.2), 5, 5, 7, "in 11% of scans in which the parameter changes nothing."),
        (
            3.0,
            Measured(-3.0, 0.2),
            5,
            5,
            7,
            "more than chance explains: the best of 7 values is better by as much in l",
        ),
        (3.0, Measured(0.3, 0.2), 5, 5, 7, "in 100% of scans"),  # the ensemble is better, its members are not
        (3.0, Measured(-0.3, 0.0), 2, 2, 7, "in less than 1% of scans"),
        (3.0, Measured(-0.3, inf), 1, 1, 7, "is not known from 1 member: use folds, or ensemble.members."),
        (3.0, Measured(nan, inf), 0, 0, 7, "rows. The experiment's own 1 has no result to compare it with."),
        (3.0, Measured(nan, inf), 0, 4, 7, "is not known from 0 of 4 members: use folds"),
        (3.0, Measured(-0.6, 0.2), 3, 5, 7, "by -0.60 ± 0.20 over 3 of 5 members, no more than"),
    ],
)
def test_the_sentence_says_no_more_than_is_known(best, difference, pairs, members, values, said):
    assert said in scan_sentence("x", "limit", 1.0, best, difference, pairs, members, values)


def test_larger_significances_are_better():
    said = scan_sentence("x", "discovery", 1.0, 3.0, Measured(0.6, 0.1), 5, 5, 2)
    assert "over 5 members, more than chance explains" in said


@pytest.mark.parametrize(("values", "members"), [(2, 2), (3, 5), (7, 5)])
def test_a_parameter_that_changes_nothing_is_seldom_said_to_change_something(values, members):
    merits = np.random.default_rng(values).normal(size=(1000, values, members))  # smaller is better, 0 is the default
    best = merits.mean(axis=2).argmin(axis=1)
    gains = merits[:, 0] - merits[np.arange(1000), best]
    said = [
        chance_of_best(paired_difference(gain, np.zeros(members)), members, values) < 0.05 for gain in gains[best > 0]
    ]
    assert 0.01 < np.sum(said) / 1000 < 0.07  # beyond two standard deviations are 0.15, 0.09 and 0.18
