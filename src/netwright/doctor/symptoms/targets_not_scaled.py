"""Targets of a regression that are far from what a network gives at its start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._dynamics import dead_from_start, largest_rate, usual_rate
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case
from netwright.doctor.quantities.labels import Labels, describe_labels
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, Severity

__all__ = ["TARGETS_NOT_SCALED"]

_LARGE = 20.0  # of the mean or the deviation
_HUGE = 1000.0
_NEAR = 0.3  # of that, outputs at the start
_HALF = 0.5  # of that, outputs at the end
_USUAL = 3.0  # times the usual learning rate
_STEPS = 300  # of the usual length


def _examine(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.target is None or "crossentropy" in case.objective.loss:
        return
    labels = describe_labels(rows.target, rows.target.shape[1])
    if labels is None or labels.encoding != "numbers":
        return
    scale = float(np.sqrt((rows.target**2).mean(0)).max())
    start = case.vitals[0].outputs if case.vitals and case.vitals[0].epoch == 0 else None
    short = falls_short(case)
    given = float(np.sqrt((start**2).mean(0)).max()) if start is not None and start.size else 0.0
    if short and _drowned(case, scale, given):
        yield _found(labels, "WARN", 0.75)
        return
    if given > _NEAR * scale:
        return  # the network ends in a layer that scales back
    if short is False or scale < (_LARGE if short else _HUGE):
        return
    sure = scale > _HUGE or (short and _never_arrives(case, scale))
    yield _found(labels, "WARN" if short else "NOTE", 0.75 if sure else 0.45)


def _found(labels: Labels, severity: Severity, confidence: float) -> Finding:
    return Finding(
        "targets not scaled",
        severity,
        f"Targets go from {labels.low:.4g} to {labels.high:.4g}, and a network starts with outputs of order 1.",
        threshold=TARGETS_NOT_SCALED.threshold,
        cause="The targets are not scaled.",
        remedy="Subtract the mean of the targets and divide by their deviation (and turn predictions back).",
        see="docs/doctor.md",
        confidence=confidence,
    )


def _drowned(case: Case, scale: float, given: float) -> bool:
    """Whether targets are so small beside what a network gives at its start that it ends worse than their mean."""
    skill = case.skill
    return 0 < scale < given / _LARGE and skill is not None and not skill.classes and skill.network < 0


def _never_arrives(case: Case, scale: float) -> bool:
    """Whether steps of a usual length did not bring outputs half-way to the targets, or blew them up at once.

    The gradient of a squared error is as large as the targets, which is too much for a rate that is usual elsewhere.
    """
    rate, usual = largest_rate(case), usual_rate(case)
    if not case.history.ends_finite:
        return "squared" in case.objective.loss and rate <= _USUAL * usual
    end = case.vitals[-1].outputs if case.vitals else None
    if end is None or not end.size or dead_from_start(case):
        return False
    if rate * case.plan.steps < usual * _STEPS or rate < usual / _USUAL:
        return False
    return bool(np.sqrt((end**2).mean(0)).max() < _HALF * scale)


TARGETS_NOT_SCALED = Symptom(
    name="targets not scaled",
    needs=("rows",),
    threshold="The root of the mean square of the targets is below 20, and not below a 20th of what the network gives "
    "at its start where it ends worse than their mean.",
    silent="A network that does as well as a simple method; before the training, a NOTE above 1,000.",
    examine=_examine,
    explains=("learning rate too low", "underfitting", "too few epochs", "learning rate too high", "constant output",
              "not finite", "dead units", "saturation", "noisy gradients"),
    stays="NOTE",
)  # fmt: skip
