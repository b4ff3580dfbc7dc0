"""Training and test rows are compared head by head, in the direction of the metric."""

from __future__ import annotations

import pytest

from netwright.metrics import Measured
from netwright.reporting import train_test_findings


def compared(metric: str, train: tuple[float, float], test: tuple[float, float]):
    parts = {"train": {"h": {metric: Measured(*train)}}, "test": {"h": {metric: Measured(*test)}}}
    (finding,) = train_test_findings(parts)
    return finding


@pytest.mark.parametrize(
    ("metric", "train", "test", "severity", "sigmas"),
    [
        ("roc_auc", (0.99, 0.003), (0.97, 0.004), "WARN", "better by 4.0"),  # 0.02 / hypot(0.003, 0.004)
        ("roc_auc", (0.97, 0.003), (0.99, 0.004), "PASS", "worse by 4.0"),
        ("roc_auc", (0.984, 0.003), (0.97, 0.004), "PASS", "better by 2.8"),
        ("resolution", (10.0, 3.0), (30.0, 4.0), "WARN", "better by 4.0"),  # a smaller one is better
        ("resolution", (30.0, 3.0), (10.0, 4.0), "PASS", "worse by 4.0"),
        ("bias", (-0.5, 0.03), (0.1, 0.04), "PASS", "worse by 8.0"),  # nearer to zero is better
        ("roc_auc", (1.0, 0.0), (1.0, 0.0), "PASS", "better by 0.0"),
    ],
)
def test_only_training_rows_that_do_better_count(metric, train, test, severity, sigmas):
    result = compared(metric, train, test)
    assert (result.severity, result.where) == (severity, ("h",))
    assert result.evidence.endswith(f"training rows are {sigmas} standard deviations.")
    assert bool(result.remedy) == bool(result.cause) == (severity == "WARN")


def test_in_a_healthy_training_it_is_a_note():
    parts = {"train": {"h": {"roc_auc": Measured(0.99, 0.003)}}, "test": {"h": {"roc_auc": Measured(0.97, 0.004)}}}
    (finding,) = train_test_findings(parts, healthy=True)
    assert (finding.severity, finding.cause) == ("NOTE", "The network has memorised part of its training rows.")


def test_every_head_has_a_finding():
    good, bad = Measured(0.9, 0.01), Measured(0.5, 0.01)
    train = {"a": {"roc_auc": good}, "b": {"roc_auc": good}}
    findings = train_test_findings({"train": train, "test": {"a": {"roc_auc": good}, "b": {"roc_auc": bad}}})
    assert [(finding.where, finding.severity) for finding in findings] == [(("a",), "PASS"), (("b",), "WARN")]
