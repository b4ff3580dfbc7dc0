"""Whether a network treats its training rows like test rows: one finding per head."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot

from netwright.finding import Finding
from netwright.metrics import Measured, described

__all__ = ["APART", "TRAIN_TEST", "train_test_findings"]

TRAIN_TEST = "difference between train and test"
_MAIN = ("roc_auc", "resolution")  # of a head with neither, the first that is measured
APART = 3.0  # standard deviations; chance exceeds it once in 370 comparisons


def train_test_findings(
    evaluation: Mapping[str, Mapping[str, Mapping[str, Measured]]], *, healthy: bool = False
) -> list[Finding]:
    """Compare the main metric of each head on training and test rows.

    Args:
        evaluation: part, then head, then metric.
        healthy: whether the doctor calls the training healthy: that training rows do better is no fault then.

    Returns:
        For each head, WARN (NOTE in a healthy training) where training rows do better by more than three standard
        deviations, else PASS.

    Example:
        >>> train, test = Measured(0.99, 0.001), Measured(0.95, 0.01)
        >>> (found,) = train_test_findings({"train": {"y": {"roc_auc": train}}, "test": {"y": {"roc_auc": test}}})
        >>> found.severity, found.threshold
        ('WARN', 'Chance rarely explains more than 3.')
    """
    findings = []
    for head, metrics in evaluation["test"].items():
        metrics_of_both = [name for name in metrics if name in evaluation["train"][head]]  # few rows may lack a metric
        metric = next((name for name in _MAIN if name in metrics_of_both), metrics_of_both[0])
        described_metric = described(metric, metrics)
        cost = float if described_metric is None else described_metric[0].cost
        train, test = evaluation["train"][head][metric], metrics[metric]
        sigma = hypot(train.uncertainty, test.uncertainty)
        better = (cost(test.value) - cost(train.value)) / sigma if sigma > 0 else 0.0
        evidence = (
            f"{metric.replace('_', ' ')} of {head} is {train} on training rows and {test} on test rows: training rows "
            f"are {'better' if better >= 0 else 'worse'} by {abs(better):.1f} standard deviations."
        )
        is_overtrained = better > APART
        findings.append(
            Finding(
                TRAIN_TEST,
                ("NOTE" if healthy else "WARN") if is_overtrained else "PASS",
                evidence,
                (head,),
                threshold=f"Chance rarely explains more than {APART:g}.",
                cause="The network has memorised part of its training rows." if is_overtrained else "",
                remedy="Quote the numbers of the test rows; more rows, dropout or L2 would bring both closer."
                if is_overtrained
                else "",
                see="docs/metrics.md",
            )
        )
    return findings
