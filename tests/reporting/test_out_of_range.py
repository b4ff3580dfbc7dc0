"""Numbers that only negative weights explain have a note."""

from __future__ import annotations

from netwright.metrics import Measured
from netwright.reporting import out_of_range_findings


def test_areas_and_shares_beyond_their_range_are_named_once() -> None:
    measured = {
        "train": {"y": {"roc_auc": Measured(0.9, 0.1), "accuracy": Measured(1.0, 0.1)}},
        "test": {"y": {"roc_auc": Measured(1.07, 0.09), "accuracy": Measured(-0.2, 0.4)}},
    }
    (finding,) = out_of_range_findings(measured)
    assert (finding.severity, finding.where) == ("NOTE", ("y",))
    assert "AUC of y on test rows is 1.070 ± 0.090" in finding.evidence
    assert "accuracy of y on test rows is -0.20 ± 0.40" in finding.evidence
    assert "train" not in finding.evidence
    assert not out_of_range_findings({"test": {"y": {"background_rejection_0.5": Measured(40.0, 3.0)}}})
    assert not out_of_range_findings({"test": {"y": {"roc_auc": Measured(1.0 + 1e-12, 0.0)}}})
