"""Findings on a guessed target: what was assumed about it, and the alternative."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from netwright.finding import Finding
from netwright.inspection.binning import FEW
from netwright.inspection.column_summary import ColumnSummary
from netwright.tasks import usual_signal

__all__ = ["target_findings"]

MAX_DECADES = 4.0  # that a regression target may span before its logarithm is advised
MAX_DEVIATIONS = 1.5  # of its mean: 1 for an exponential distribution, 1.9 where all of four decades are as likely
SEE = "docs/experiment.md"


def target_findings(head: Mapping[str, Any], column: ColumnSummary) -> Iterator[Finding]:
    """Return what was assumed about a target.

    Args:
        head: the guessed target, as an experiment file has it.
        column: its column.

    Yields:
        NOTE for assumptions, WARN for a target that is better predicted as its logarithm.
    """
    name = column.name
    if "where" in head:
        evidence = f"Rows in which {name} is missing or infinite are left out of its head: {head['where']}."
        yield Finding("rows without a target", "NOTE", evidence, (name,), see=SEE)
    if head["kind"] == "binary":
        signal = head.get("signal") or usual_signal(head["classes"])
        value = head["classes"][signal]
        reason = "because it is the second class" if signal == list(head["classes"])[1] else "by its name"
        called = "" if str(value) == signal else f" ({signal})"
        evidence = f"{head['column']} = {value}{called} is taken as the signal, {reason}."
        yield Finding("signal class", "NOTE", evidence, (head["column"],), see=SEE)
    if head["kind"] == "regression" and column.minimum is not None and column.maximum is not None:
        yield from _regression_findings(column, column.minimum, column.maximum)


def _regression_findings(column: ColumnSummary, low: float, high: float) -> Iterator[Finding]:
    name = column.name
    if column.whole:
        yield Finding(
            "kind of target",
            "NOTE",
            f"{name} has whole numbers from {low:g} to {high:g} and is taken as a number (kind: regression).",
            (name,),
            threshold=f"Up to {FEW} distinct whole numbers are taken for classes.",
            remedy="If it names a class, write kind: multiclass and classes: {NAME: VALUE, ...}.",
            see=SEE,
        )
    decades = math.log10(high / low) if low > 0 else 0.0
    uneven = (column.std or 0.0) > MAX_DEVIATIONS * (column.mean or 0.0)  # one small value alone spans decades
    if decades > MAX_DECADES and uneven:
        yield Finding(
            "range of the target",
            "WARN",
            f"{name} spans {decades:.0f} decades.",
            (name,),
            threshold=f"Beyond {MAX_DECADES:g}, with a deviation above {MAX_DEVIATIONS:g} times the mean, the "
            "squared error sees only the largest values.",
            remedy="Predict its logarithm, and name it in the target: data.derived: "
            f"{{log_target: 'log10(\"{name}\")'}}.",
            see=SEE,
        )
