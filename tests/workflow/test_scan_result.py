"""The sentence of a scan: what it claims, and what it leaves open."""

from __future__ import annotations

from math import inf, nan

import pytest

from netwright.metrics import Measured
from netwright.workflow.scans.result import scan_sentence


@pytest.mark.parametrize(
    ("best", "difference", "pairs", "members", "said"),
    [
        (1.0, Measured(0.0, 0.0), 5, 5, "The experiment's own x = 1 is the best by limit on validation rows."),
        (3.0, Measured(-0.6, 0.2), 5, 5, "over 5 members, by more than two standard deviations (3.0)."),
        (3.0, Measured(-0.3, 0.2), 5, 5, "over 5 members, not by more than two standard deviations (1.5)."),
        (3.0, Measured(-0.3, 0.0), 2, 2, "by more than two standard deviations (inf)."),
        (3.0, Measured(-0.3, inf), 1, 1, "is not known from 1 member: use folds, or ensemble.members."),
        (3.0, Measured(nan, inf), 0, 0, "on validation rows. The experiment's own 1 has no result to compare it with."),
        (3.0, Measured(nan, inf), 0, 4, "is not known from 0 of 4 members: use folds"),
        (3.0, Measured(-0.6, 0.2), 3, 5, "by -0.60 ± 0.20 over 3 of 5 members, by more than"),
    ],
)
def test_the_sentence_says_no_more_than_is_known(best, difference, pairs, members, said):
    assert said in scan_sentence("x", "limit", 1.0, best, difference, pairs, members)
