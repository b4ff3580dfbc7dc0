"""Targets of a regression that are far from what a network gives at its start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case
from netwright.doctor.quantities.labels import describe_labels
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["TARGETS_NOT_SCALED"]

_LARGE = 20.0  # of the mean or the deviation
_HUGE = 1000.0
_NEAR = 0.3  # of that, outputs at the start


def _examine(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.target is None or "crossentropy" in case.objective.loss:
        return
    labels = describe_labels(rows.target, rows.target.shape[1])
    if labels is None or labels.encoding != "numbers":
        return
    scale = float(np.sqrt((rows.target**2).mean(0)).max())
    start = case.vitals[0].outputs if case.vitals and case.vitals[0].epoch == 0 else None
    if start is not None and start.size and np.sqrt((start**2).mean(0)).max() > _NEAR * scale:
        return  # the network ends in a layer that scales back
    short = falls_short(case)
    if short is False or scale < (_LARGE if short else _HUGE):
        return
    yield Finding(
        "targets not scaled",
        "WARN" if short else "NOTE",
        f"Targets go from {labels.low:.4g} to {labels.high:.4g}, and a network starts with outputs of order 1.",
        threshold=TARGETS_NOT_SCALED.threshold,
        cause="The targets are not scaled.",
        remedy="Subtract the mean of the targets and divide by their deviation (and turn predictions back).",
        see="docs/doctor.md",
        confidence=0.75 if scale > _HUGE else 0.45,
    )


TARGETS_NOT_SCALED = Symptom(
    name="targets not scaled",
    needs=("rows",),
    threshold="The root of the mean square of the targets is below 20.",
    silent="A network that does as well as a simple method; before the training, a NOTE above 1,000.",
    examine=_examine,
    explains=("learning rate too low", "underfitting", "too few epochs", "learning rate too high", "constant output",
              "not finite", "dead units"),
    stays="NOTE",
)  # fmt: skip
