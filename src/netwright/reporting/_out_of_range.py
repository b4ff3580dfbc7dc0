"""Numbers beyond what they can be without negative weights, such as an AUC above 1: one finding for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.finding import Finding
from netwright.metrics import Measured, described

__all__ = ["out_of_range_findings"]

_ROUNDING = 1e-6  # of sums of weights


def out_of_range_findings(evaluation: Mapping[str, Mapping[str, Mapping[str, Measured]]]) -> list[Finding]:
    """Find numbers that only negative weights bring out of their range.

    Args:
        evaluation: part, then head, then metric.

    Returns:
        One NOTE that names them; nothing where there are none.

    Example:
        >>> (found,) = out_of_range_findings({"test": {"y": {"roc_auc": Measured(1.07, 0.09)}}})
        >>> found.evidence
        'AUC of y on test rows is 1.070 ± 0.090: only negative weights bring it out of 0 to 1.'
    """
    beyond = [
        (
            head,
            f"{words} of {head} on {part} rows is {number}: only negative weights bring it out of {low:g} to {high:g}",
        )
        for part, heads in evaluation.items()
        for head, metrics in heads.items()
        for name, number in metrics.items()
        for metric, words in [described(name, metrics) or (None, "")]
        if metric is not None and metric.within is not None
        for low, high in [metric.within]
        if number.value < low - _ROUNDING or number.value > high + _ROUNDING
    ]
    if not beyond:
        return []
    return [
        Finding(
            "values out of range",
            "NOTE",
            f"{'; '.join(sentence for _, sentence in beyond)}.",
            tuple(dict.fromkeys(head for head, _ in beyond)),
            cause="Weights of both signs nearly cancel in so few rows.",
            remedy="Its uncertainty says how little it means; evaluate more rows.",
            see="docs/metrics.md",
        )
    ]
